"""Counts against planted ones."""

from __future__ import annotations

import pytest

from perfproof.judge.counting import BY_KERNEL_TOLERANCES, calls_counted, compare_counts
from perfproof.record.counting import CountComparison, CountVerdict, Meter, Tally


def tally(
    side: str, a_call: float, *, seed: int = 1, meter: Meter = "allocations", harness: int = 977
) -> Tally:
    """Loops that take so much a call and ``harness`` beside it."""
    calls = (100, 300, 100, 300)
    return Tally(
        benchmark="b",
        meter=meter,
        hash_seed=seed,
        calls=calls,
        counted=tuple(round(harness + each * a_call) for each in calls),
        side=side,  # type: ignore[arg-type]
    )


def compared(*tallies: Tally) -> CountComparison:
    (one,) = compare_counts(tallies)
    return one


def test_start_up_and_harness_fall_out_of_a_difference() -> None:
    assert calls_counted(tally("base", 17, harness=123_456)) == (17, 17)


def test_a_loop_that_the_suite_fixes_is_counted_whole() -> None:
    whole = Tally(
        benchmark="b", meter="bytes", hash_seed=1, calls=(5, 5), counted=(50, 60), whole=True
    )
    assert calls_counted(whole) == (10, 12)


@pytest.mark.parametrize(
    ("base", "head", "verdict"),
    [
        (100, 100, CountVerdict.EQUAL),
        (100, 101, CountVerdict.MORE),
        (100, 99, CountVerdict.FEWER),
        (0, 0, CountVerdict.EQUAL),
        (0, 1, CountVerdict.MORE),
    ],
)
def test_one_allocation_more_is_more(base: int, head: int, verdict: CountVerdict) -> None:
    one = compared(tally("base", base), tally("head", head))
    assert one.verdict is verdict
    assert (one.ratio is None) == (base == 0 < head)


def test_swapping_the_sides_turns_the_verdict_and_the_ratio() -> None:
    there = compared(tally("base", 100), tally("head", 125))
    back = compared(tally("base", 125), tally("head", 100))
    assert there.ratio is not None
    assert back.ratio is not None
    assert there.ratio.middle * back.ratio.middle == pytest.approx(1)
    assert (there.verdict, back.verdict) == (CountVerdict.MORE, CountVerdict.FEWER)


@pytest.mark.parametrize(
    ("growth", "verdict"), [(1.001, "equal"), (1.004, "more"), (1.02, "more"), (0.98, "fewer")]
)
def test_instructions_are_allowed_what_layout_moves(growth: float, verdict: str) -> None:
    one = compared(
        tally("base", 10_000, meter="instructions"),
        tally("head", 10_000 * growth, meter="instructions"),
    )
    assert one.verdict == verdict


def test_seeds_that_contradict_each_other_decide_nothing() -> None:
    sides = [tally("base", 100, seed=1), tally("head", 110, seed=1)]
    sides += [tally("base", 100, seed=2), tally("head", 90, seed=2)]
    one = compared(*sides)
    assert one.verdict is CountVerdict.UNDECIDED
    assert one.reason == "more under one hash seed, fewer under another"
    assert one.ratio is not None
    assert (one.ratio.low, one.ratio.high) == (0.9, 1.1)


def test_growth_under_one_seed_only_is_growth() -> None:
    sides = [tally(side, 100, seed=1) for side in ("base", "head")]
    one = compared(*sides, tally("base", 100, seed=2), tally("head", 101, seed=2))
    assert (one.verdict, one.reason) == (CountVerdict.MORE, "under some hash seeds only")


def test_loops_that_contradict_each_other_decide_nothing() -> None:
    def loops(side: str, first: int, second: int) -> Tally:
        return Tally(
            benchmark="b",
            meter="bytes",
            hash_seed=1,
            calls=(1, 3, 1, 3),
            counted=(0, 2 * first, 0, 2 * second),
            side=side,  # type: ignore[arg-type]
        )

    one = compared(loops("base", 100, 100), loops("head", 150, 50))
    assert one.verdict is CountVerdict.UNDECIDED
    assert one.reason == "the ratio differs from loop to loop"


def test_what_was_counted_on_one_side_only_is_not_compared() -> None:
    assert compare_counts([tally("base", 1), tally("head", 1, seed=2)]) == ()


def test_what_the_processor_counted_is_given_more_room() -> None:
    pair = [
        tally("base", 10_000, meter="instructions"),
        tally("head", 10_040, meter="instructions"),
    ]
    (exactly,) = compare_counts(pair)
    (roughly,) = compare_counts(pair, BY_KERNEL_TOLERANCES)
    assert exactly.verdict is CountVerdict.MORE
    assert roughly.verdict is CountVerdict.EQUAL
