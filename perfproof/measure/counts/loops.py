"""How many calls a counted loop makes, and what a worker does when it is asked for loops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from perfproof.measure.blocks import Subject
from perfproof.measure.channel import Count, Counted
from perfproof.measure.counts.brevity import Brevity
from perfproof.measure.counts.level import level
from perfproof.measure.counts.meters import METERS, Counter

__all__ = ["CountPlan", "calls_of", "count_loops"]

_SETTLING = 20
_FEW_CALLS = 8
"""Unseen calls up to which a call is so long that it is not repeated further."""

_made: dict[str, Counter] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPlan:
    """How counts are taken.

    Attributes:
        hash_seeds: One process a side for each; the same on both sides.
        timeout_seconds: A worker that gives no answer for this long is ended.
        brevity: What keeps the whole short, where that matters more than exactness.
    """

    hash_seeds: tuple[int, ...] = (1, 2, 3)
    timeout_seconds: float = 120.0
    brevity: Brevity | None = None

    def __post_init__(self) -> None:
        if not self.hash_seeds or min(self.hash_seeds) < 1:
            raise ValueError("counting needs at least one hash seed, from 1")


def calls_of(kind: str, counted_first: int) -> int:
    """Calls of the smaller loop, from what a first loop of one call counted.

    A power of two, so that a small change of the count seldom changes the number of calls.
    """
    meter = METERS[kind]
    most = min(meter.most_calls, max(1, meter.budget // max(1, counted_first)))
    return int(1 << (most.bit_length() - 1))


def count_loops(subject: Subject, order: Count) -> Counted:
    """Run the loops that are asked for, after so many calls unseen.

    Where the suite fixes the calls of a loop, each loop makes just as many; where a call is a
    round of several, a loop of ``n`` makes ``n`` rounds.

    Raises:
        WorkerError: There is no such meter here.
    """
    if subject.program is not None:
        return Counted(calls=(), figures=())
    new = order.kind not in _made
    if new:
        _made[order.kind] = METERS[order.kind].make()
    counter = _made[order.kind]
    fixed = subject.fixed_calls
    loops = tuple(fixed if fixed is not None else each * subject.inner for each in order.loops)
    if order.unseen:
        subject.time_block(fixed if fixed is not None else order.unseen * subject.inner)
    shortest = fixed or subject.inner
    # The first loops under the meter bind symbols.
    for _ in range(1 if order.brief else 2):
        counter.of(partial(subject.time_block, shortest))
    if order.brief:
        figures = tuple(counter.of(partial(subject.time_block, each)) for each in loops)
        return Counted(calls=loops, figures=figures, whole=fixed is not None)
    # The interpreter specialises a function after some calls of it, ours and the suite's
    # around the loop too.
    for _ in range(_SETTLING if order.unseen > _FEW_CALLS else 0):
        subject.time_block(shortest)
    kept: list[tuple[int, ...]] = []
    for calls in loops:
        if METERS[order.kind].moved_by_layout:
            level()
        subject.time_block(loops[0])
        kept.append(counter.of(partial(subject.time_block, calls)))
    return Counted(calls=loops, figures=tuple(kept), whole=fixed is not None)
