"""The kernel's counters: the system call on a software event, and why there may be none."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from perfproof.measure.counts import kernel, why_no_counters
from perfproof.measure.counts.kernel import INSTRUCTIONS, TASK_CLOCK, KernelMeter


def meter_or_skip(event: tuple[int, int]) -> KernelMeter:
    if (reason := kernel.why_not_here(event)) is not None:
        pytest.skip(reason)
    return KernelMeter(event)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def work() -> None:
    until = time.thread_time() + 0.05
    while time.thread_time() < until:
        sum(range(1000))


def test_time_on_a_cpu_is_counted_and_waiting_is_not() -> None:
    meter = meter_or_skip(TASK_CLOCK)
    (worked,) = meter.of(work)
    (waited,) = meter.of(lambda: time.sleep(0.05))
    assert worked >= 45_000_000
    assert waited < worked / 2


def test_threads_that_a_loop_starts_and_those_that_there_were_are_counted() -> None:
    meter = meter_or_skip(TASK_CLOCK)
    begin = threading.Event()

    def wait_and_work() -> None:
        begin.wait()
        work()

    there = threading.Thread(target=wait_and_work)
    there.start()

    def loop() -> None:
        begin.set()
        new = threading.Thread(target=work)
        new.start()
        new.join()
        there.join()

    (counted,) = meter.of(loop)
    assert counted >= 90_000_000


def test_no_counter_is_left_open() -> None:
    meter = meter_or_skip(TASK_CLOCK)
    meter.of(work)
    before = open_files()
    with pytest.raises(ZeroDivisionError):
        meter.of(lambda: 1 // 0)
    assert open_files() == before


def test_more_work_is_more_instructions() -> None:
    meter = meter_or_skip(INSTRUCTIONS)
    (small,) = meter.of(lambda: sum(range(10**5)))
    (large,) = meter.of(lambda: sum(range(10**6)))
    assert 5 < large / small < 15


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOENT, "has no counter of instructions"),
        (errno.EACCES, "kernel.perf_event_paranoid is 4; 2 or less is needed"),
        (errno.ENOSYS, "has no perf_event_open"),
        (errno.EMFILE, "perf_event_open failed: Too many open files"),
    ],
)
def test_the_reason_is_said(
    code: int, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    (tmp_path / "paranoid").write_text("4\n")
    monkeypatch.setattr(kernel, "_PARANOID", tmp_path / "paranoid")
    monkeypatch.setattr(kernel, "_opened", refuse)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert words in str(why_no_counters())


def test_elsewhere_than_on_linux_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert "on Linux only" in str(why_no_counters())
