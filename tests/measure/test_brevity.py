"""How many calls a short pass counts, and what it leaves out."""

from __future__ import annotations

import pytest

from perfproof.measure.blocks import Subject
from perfproof.measure.channel import Count
from perfproof.measure.command_runs import Runs
from perfproof.measure.counts.brevity import Brevity
from perfproof.measure.counts.loops import count_loops
from perfproof.record import Benchmark

BREVITY = Brevity({"quick": 1e-7, "middling": 1e-4, "slow": 0.5, "endless": 3.0}, until=1.0)


@pytest.mark.parametrize(
    ("name", "fixed", "calls"),
    [
        ("quick", None, 128),
        ("middling", None, 8),
        ("slow", None, 1),
        ("endless", None, None),
        ("slow", 3, None),
        ("middling", 1000, 8),
        ("not timed", None, None),
    ],
)
def test_calls_fit_a_millisecond_and_what_takes_too_long_is_left_out(
    name: str, fixed: int | None, calls: int | None
) -> None:
    assert BREVITY.calls(name, fixed) == calls


def test_two_differences_of_as_many_calls_show_whether_they_agree() -> None:
    assert BREVITY.loops(8) == (8, 16, 8, 16)


def test_what_runs_in_another_process_is_not_counted_and_not_run() -> None:
    def refuse(_: int) -> int:
        raise AssertionError

    described = Benchmark(id="a", name="a", runner="command", source_hash="0" * 16)
    subject = Subject(benchmark=described, time_block=refuse, program=Runs(["true"]))
    counted = count_loops(subject, Count(kind="allocations", loops=(1, 2), unseen=1))
    assert not counted.calls
    assert not counted.figures
