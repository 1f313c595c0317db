"""Memory of a whole process against a bound: coverage by simulation, and what is never free."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfproof.judge.leak_bound import (
    FEWEST_LOOKS,
    growth_rate,
    hold_against,
    later_over_earlier,
)
from perfproof.record import LeakVerdict

LOOKS = 55
STEP = (200,) * LOOKS


def held(amount: Callable[[int], float], *, noise: float = 5_000, seed: int = 1) -> list[int]:
    """Bytes at each look, of so much after so many operations and a remainder that wavers."""
    draw = random.Random(seed)
    return [
        round(30_000_000 + amount(number * STEP[0]) + draw.gauss(0, noise))
        for number in range(LOOKS + 1)
    ]


def said(marks: list[int], bound: float = 4.0) -> LeakVerdict:
    rate = growth_rate(marks, STEP)
    found = hold_against(rate, rate, bound=bound, steadiness=later_over_earlier(marks, STEP))
    return LeakVerdict.FREE if found is None else found.verdict


@pytest.mark.parametrize(
    ("name", "amount", "verdict"),
    [
        ("nothing", lambda _: 0, LeakVerdict.FREE),
        ("a cache that was full before the later half", lambda n: min(n, 5_000) * 900, "free"),
        ("what is given back", lambda n: -50 * n, LeakVerdict.FREE),
        ("200 bytes each", lambda n: 200 * n, LeakVerdict.LEAK),
        ("200 bytes behind a full cache", lambda n: 200 * n + min(n, 5_000) * 900, "leak"),
        ("exactly the bound", lambda n: 4 * n, LeakVerdict.UNDECIDED),
        ("a cache that still fills", lambda n: 9e6 * (1 - math.exp(-n / 3_000)), "undecided"),
        ("a cache that fills in the later half", lambda n: min(n, 7_500) * 900, "undecided"),
    ],
)
def test_growth_is_held_against_the_bound(
    name: str, amount: Callable[[int], float], verdict: str
) -> None:
    assert said(held(amount)) == verdict, name


@pytest.mark.parametrize("seed", range(5))
def test_a_slow_leak_behind_a_filling_cache_is_never_free(seed: int) -> None:
    for fills_until in (4_000, 6_000, 8_000, 12_000):
        marks = held(lambda n, full=fills_until: 20 * n + 900 * min(n, full), seed=seed)  # type: ignore[misc]
        assert said(marks) is not LeakVerdict.FREE


def test_what_wavers_more_than_the_bound_is_undecided() -> None:
    assert said(held(lambda _: 0, noise=500_000)) is LeakVerdict.UNDECIDED


def test_too_few_looks_give_no_interval_and_no_verdict() -> None:
    few = 2 * (FEWEST_LOOKS - 2)
    rate = growth_rate([100 * each for each in range(few + 1)], (10,) * few)
    assert rate.estimate == pytest.approx(10)
    assert (rate.low, rate.high, rate.level) == (None, None, None)
    found = hold_against(rate, rate, bound=1e9, steadiness=1.0)
    assert found is not None
    assert found.verdict is LeakVerdict.UNDECIDED


@pytest.mark.parametrize("alike", [0.0, 0.5, 1.0])
def test_the_interval_holds_the_truth_also_when_looks_follow_each_other(alike: float) -> None:
    draw = random.Random(2)
    trials, inside = 400, 0
    for _ in range(trials):
        remainder, marks = 0.0, []
        for number in range(LOOKS + 1):
            remainder = alike * remainder + draw.gauss(0, 1_000)
            marks.append(round(10 * 200 * number + remainder))
        rate = growth_rate(marks, STEP)
        assert rate.low is not None
        assert rate.high is not None
        inside += rate.low <= 10 <= rate.high
    # 97.6 % was the worst of 3,000; five standard errors of 400 below that.
    assert inside / trials > 0.938


@given(st.integers(-(10**9), 10**9), st.integers(-1000, 1000))
def test_what_was_held_before_does_not_matter_and_more_growth_is_added(
    before: int, more: int
) -> None:
    marks = held(lambda n: 3 * n)
    lifted = [each + before + more * 200 * number for number, each in enumerate(marks)]
    one, other = growth_rate(marks, STEP), growth_rate(lifted, STEP)
    assert other.estimate == pytest.approx(one.estimate + more, abs=1e-3)


@pytest.mark.parametrize(("marks", "operations"), [([1], ()), ([1, 2], (0,)), ([1, 2, 3], (5,))])
def test_marks_that_are_of_other_looks_are_refused(
    marks: list[int], operations: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="every look"):
        growth_rate(marks, operations)
