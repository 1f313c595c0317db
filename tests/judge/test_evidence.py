"""The joining rule against planted cases."""

from __future__ import annotations

import pytest

from perfproof.judge.evidence import join
from perfproof.record import Comparison, Interval, Verdict
from perfproof.record.counting import Cause, CountComparison, CountVerdict, Span


def time(ratio: float, verdict: Verdict) -> Comparison:
    return Comparison(
        benchmark="b",
        ratio=Interval(ratio, ratio - 0.01, ratio + 0.01, 0.99, 10),
        margin=0.02,
        verdict=verdict,
        detectable=0.01,
        base_seconds=1e-3,
        head_seconds=1e-3 * ratio,
        base_processes=10,
        head_processes=10,
    )


def instructions(ratio: float, verdict: CountVerdict) -> CountComparison:
    def span(value: float) -> Span:
        return Span(value, value, value, 2)

    return CountComparison(
        benchmark="b",
        meter="instructions",
        base=span(1000),
        head=span(1000 * ratio),
        ratio=span(ratio),
        verdict=verdict,
    )


SLOWER, SAME = Verdict.SLOWER, Verdict.SAME
MORE, EQUAL = CountVerdict.MORE, CountVerdict.EQUAL
CASES = {
    "real work of 5 %": ((1.05, SLOWER), (1.05, MORE), 0.0, Cause.WORK),
    "the same work and a sleep": ((1.5, SLOWER), (1.0, EQUAL), 0.5e-3, Cause.WAITING),
    "a sleep, and the call that sleeps": ((1.5, SLOWER), (1.004, MORE), 0.5e-3, Cause.WAITING),
    "the same work, elsewhere in memory": ((1.03, SLOWER), (1.0, EQUAL), 1e-7, Cause.LAYOUT),
    "the same work, CPU time not known": ((1.03, SLOWER), (1.0, EQUAL), None, Cause.LAYOUT),
    "a little work, much time": ((1.3, SLOWER), (1.05, MORE), 0.0, Cause.PARTLY_WORK),
    "identical code": ((1.0, SAME), (1.0, EQUAL), 0.0, Cause.NONE),
    "work that the time does not show": ((1.01, SAME), (1.03, MORE), 0.0, Cause.UNSEEN),
    "nothing counted": ((1.05, SLOWER), None, None, Cause.UNKNOWN),
    "nothing counted, but it waits": ((1.5, SLOWER), None, 0.4e-3, Cause.WAITING),
    "counts that contradict each other": (
        (1.05, SLOWER),
        (1.05, CountVerdict.UNDECIDED),
        0.0,
        Cause.UNKNOWN,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_planted_case_has_its_cause(case: str) -> None:
    timed, counted, waiting, cause = CASES[case]
    counts = (instructions(*counted),) if counted else ()
    evidence = join(time(*timed), counts, waiting_seconds=waiting)
    assert evidence.cause is cause
    assert "time " in evidence.reason


def test_counts_of_another_benchmark_say_nothing() -> None:
    other = CountComparison(
        **{
            **{f: getattr(instructions(1.1, MORE), f) for f in CountComparison.__struct_fields__},
            "benchmark": "other",
        }
    )
    assert join(time(1.1, SLOWER), (other,)).cause is Cause.UNKNOWN
