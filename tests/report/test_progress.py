from __future__ import annotations

import io

import pytest
from rich.console import Console

from perfproof.report.progress import Course, Progress, show_left


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def told(*, terminal: bool, quiet: bool = False, samples: int = 12) -> str:
    """What a session of ``samples`` samples of four seconds each shows."""
    clock, written = Clock(), io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=100)
    with Progress(samples, quiet=quiet, processes=3, console=console, clock=clock) as progress:
        for process in range(3):
            for name in range(samples // 3):
                clock.now += 4.0
                progress.advanced(f"b.py::test_{name}[red]", process)
        assert progress.done == samples
    return written.getvalue()


def test_a_log_gets_a_line_every_ten_seconds_and_nothing_that_moves() -> None:
    lines = told(terminal=False).splitlines()
    assert lines == [
        "3/12 samples, 36 s left: b.py::test_2[red]  process 1 of 3",
        "6/12 samples, 24 s left: b.py::test_1[red]  process 2 of 3",
        "9/12 samples, 12 s left: b.py::test_0[red]  process 3 of 3",
        "12/12 samples, 0 s left: b.py::test_3[red]  process 3 of 3",
    ]


def test_a_terminal_gets_a_bar_with_the_name_and_the_time_left() -> None:
    shown = told(terminal=True)
    assert "12/12" in shown
    assert "b.py::test_3[red]" in shown
    assert shown.endswith("\x1b[2K") or "\x1b[?25h" in shown


def test_quiet_shows_nothing_but_messages() -> None:
    assert told(terminal=False, quiet=True) == ""
    written = io.StringIO()
    Progress(1, quiet=True, console=Console(file=written, width=40)).say("inter\x1brupted " * 9)
    assert written.getvalue() == "inter<U+001B>rupted " * 9 + "\n"


def test_what_is_left_is_what_the_samples_so_far_took() -> None:
    clock = Clock()
    course = Course(10, clock)
    assert course.left_seconds is None
    clock.now += 6.0
    course.done = 2
    assert course.left_seconds == pytest.approx(24.0)
    course.done = 11
    assert course.left_seconds == 0.0


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "time left not known yet"),
        (0.4, "0 s left"),
        (59.4, "59 s left"),
        (59.6, "1 min 00 s left"),
        (245.0, "4 min 05 s left"),
        (7260.0, "2 h 01 min left"),
    ],
)
def test_time_left_is_said_as_a_person_says_it(seconds: float | None, shown: str) -> None:
    assert show_left(seconds) == shown
