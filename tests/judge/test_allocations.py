"""Allocations counted in passing: figures, changes without a margin, and what is not known."""

from __future__ import annotations

import pytest

from perfproof.judge.allocations import allocation_changes, allocation_figures
from perfproof.record import Side
from perfproof.record.counting import CountVerdict, Meter, Tally

OWN = 33
"""What loop and meter themselves allocate."""


def tally(
    first: float,
    second: float | None = None,
    *,
    side: Side | None = None,
    meter: Meter = "allocations",
) -> Tally:
    """Two pairs of loops of 100 and 200 calls, of so many allocations a call each."""
    each = (first, first if second is None else second)
    return Tally(
        benchmark="a",
        meter=meter,
        hash_seed=1,
        calls=(100, 200) * 2,
        counted=tuple(OWN + round(a_call * calls) for a_call in each for calls in (100, 200)),
        side=side,
    )


def verdict(base: Tally, head: Tally) -> CountVerdict:
    (found,) = allocation_changes([base, head])
    return found.verdict


def test_a_figure_sheds_the_loop_and_the_meter() -> None:
    span = allocation_figures([tally(12)])["a"]["allocations"]
    assert span is not None
    assert (span.low, span.middle, span.high, span.n) == (12, 12, 12, 1)


def test_loops_that_do_not_agree_give_no_figure() -> None:
    assert allocation_figures([tally(12, 13)])["a"]["allocations"] is None
    assert allocation_figures([tally(0, 1)])["a"]["allocations"] is None
    assert allocation_figures([tally(0)])["a"]["allocations"] is not None


@pytest.mark.parametrize("large", [12, 1_000_000])
def test_one_allocation_more_a_call_is_shown_however_many_there_are(large: int) -> None:
    more, fewer = tally(large + 1, side="head"), tally(large - 1, side="head")
    assert verdict(tally(large, side="base"), more) is CountVerdict.MORE
    assert verdict(tally(large, side="base"), fewer) is CountVerdict.FEWER
    assert verdict(tally(large, side="base"), tally(large, side="head")) is CountVerdict.EQUAL


def test_what_moves_from_loop_to_loop_alike_on_both_sides_is_equal() -> None:
    both = tally(200, 201, side="base"), tally(200, 201, side="head")
    assert verdict(*both) is CountVerdict.EQUAL


def test_what_overlaps_or_does_not_repeat_is_undecided() -> None:
    overlapping = tally(200, 201, side="base"), tally(201, 200, side="head")
    assert verdict(*overlapping) is CountVerdict.UNDECIDED
    assert verdict(tally(12, side="base"), tally(13, 15, side="head")) is CountVerdict.UNDECIDED


def test_one_side_alone_is_no_change_and_instructions_are_none_of_it() -> None:
    assert allocation_changes([tally(12, side="head")]) == ()
    assert allocation_figures([tally(12, meter="instructions")]) == {}
