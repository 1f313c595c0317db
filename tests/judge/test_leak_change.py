"""Head against base of leaks: one side, both sides, doubt, and swapped sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfproof.judge.leak_change import MARGIN, compare_leaks
from perfproof.record import (
    Interval,
    Kept,
    Leak,
    LeakChange,
    LeakResult,
    LeakVerdict,
)


def rate(estimate: float, off: float = 0.001) -> Interval:
    return Interval(estimate, estimate * (1 - off), estimate * (1 + off), 0.99, 8)


def side(*rates: Interval, kept: Kept = "memory", benchmark: str = "b") -> LeakResult:
    leaks = tuple(
        Leak(
            kept=kept,
            verdict=LeakVerdict.LEAK,
            stack=(),
            objects=each,
            size=each if kept == "memory" else None,
        )
        for each in rates
    )
    verdict = LeakVerdict.LEAK if leaks else LeakVerdict.FREE
    return LeakResult(benchmark=benchmark, verdict=verdict, leaks=leaks, operations=1000)


DOUBTFUL = LeakResult(benchmark="b", verdict=LeakVerdict.UNDECIDED, reason="too few rounds")


@pytest.mark.parametrize(
    ("base", "head", "verdict"),
    [
        (side(), side(), LeakChange.SAME),
        (side(), side(rate(16)), LeakChange.LEAKIER),
        (side(rate(16)), side(), LeakChange.TIGHTER),
        (side(rate(16)), side(rate(16)), LeakChange.SAME),
        (side(rate(16)), side(rate(32)), LeakChange.LEAKIER),
        (side(rate(32)), side(rate(16)), LeakChange.TIGHTER),
        # Another line, or two instead of one: the same when as much is kept.
        (side(rate(16)), side(rate(8), rate(8)), LeakChange.SAME),
        (side(rate(16, 0.2)), side(rate(18, 0.2)), LeakChange.UNDECIDED),
        # One kind less does not make up for another more.
        (side(rate(16)), side(rate(1), kept="socket"), LeakChange.LEAKIER),
        (DOUBTFUL, side(rate(16)), LeakChange.UNDECIDED),
        (side(rate(16)), DOUBTFUL, LeakChange.UNDECIDED),
    ],
)
def test_the_verdict_follows_from_what_each_side_keeps(
    base: LeakResult, head: LeakResult, verdict: LeakChange
) -> None:
    compared = compare_leaks(base, head)
    assert compared.verdict is verdict
    assert (compared.base, compared.head) == (base, head)
    assert compared.reason is not None or verdict is LeakChange.SAME


def test_a_ratio_has_an_interval_whose_level_pays_for_both_sides() -> None:
    ratio = compare_leaks(side(rate(10, 0.1)), side(rate(30, 0.1))).ratio
    assert ratio is not None
    assert ratio.estimate == pytest.approx(3)
    assert ratio.low == pytest.approx(27 / 11)
    assert ratio.high == pytest.approx(33 / 9)
    assert ratio.level == pytest.approx(0.98)


@given(st.floats(0.1, 1e6), st.floats(0.1, 1e6), st.floats(0, 0.3))
def test_swapped_sides_invert_the_ratio_and_the_verdict(
    base: float, head: float, off: float
) -> None:
    one, other = side(rate(base, off)), side(rate(head, off))
    there, back = compare_leaks(one, other), compare_leaks(other, one)
    swapped = {
        LeakChange.LEAKIER: LeakChange.TIGHTER,
        LeakChange.TIGHTER: LeakChange.LEAKIER,
    }
    assert there.ratio is not None
    assert back.ratio is not None
    assert there.ratio.estimate * back.ratio.estimate == pytest.approx(1)
    edge = abs(abs(head / base) - 1) < 2 * MARGIN
    assert edge or back.verdict is swapped.get(there.verdict, there.verdict)


def test_a_rate_without_ends_is_undecided() -> None:
    unknown = Interval(16, None, None, None, 1)
    assert compare_leaks(side(unknown), side(rate(99))).verdict is LeakChange.UNDECIDED


def test_two_benchmarks_are_not_compared() -> None:
    with pytest.raises(ValueError, match="one benchmark"):
        compare_leaks(side(), side(benchmark="c"))
