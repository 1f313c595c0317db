"""How many calls a counted loop makes, and what a worker does when it is asked for loops."""

from __future__ import annotations

import gc
import random
from dataclasses import dataclass
from functools import partial

from perfproof.measure.blocks import Subject
from perfproof.measure.channel import Count, Counted
from perfproof.measure.counts.meters import METERS, Counter

__all__ = ["CountPlan", "calls_of", "count_loops"]

_LAYOUT = 7
"""Seed of the memory laid out between loops; the same everywhere."""

_HOLES = 20_000
"""Blocks that fill what the start of a suite left free."""

_SETTLING = 20
_FEW_CALLS = 4
"""Unseen calls up to which a call is so long that it is not repeated further."""

_filling: list[bytes] = []
_made: dict[str, Counter] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPlan:
    """How counts are taken.

    Attributes:
        hash_seeds: One process a side for each; the same on both sides.
        timeout_seconds: A worker that gives no answer for this long is ended.
    """

    hash_seeds: tuple[int, ...] = (1, 2, 3)
    timeout_seconds: float = 120.0

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
    if order.kind not in _made:
        _made[order.kind] = METERS[order.kind].make()
    counter = _made[order.kind]
    fixed = subject.fixed_calls
    loops = tuple(fixed if fixed is not None else each * subject.inner for each in order.loops)
    if order.unseen:
        subject.time_block(fixed if fixed is not None else order.unseen * subject.inner)
    # The interpreter specialises a function after some calls of it, ours and the suite's
    # around the loop too; and the first loops under the meter bind symbols.
    shortest = fixed or subject.inner
    for _ in range(_SETTLING if order.unseen > _FEW_CALLS else 0):
        subject.time_block(shortest)
    for _ in range(2):
        counter.of(partial(subject.time_block, shortest))
    if not _filling:
        _filling.extend(_blocks(random.Random(_LAYOUT), _HOLES))
    # Collections come when so much was allocated since the last one: from here on, that is the
    # same in every process that does the same.
    gc.collect()
    figures: list[tuple[int, ...]] = []
    kept: list[list[bytes]] = []
    draw = random.Random(_LAYOUT)
    for place, calls in enumerate(loops):
        if place % 2 == 0:
            kept.append(_shaken(draw))
            subject.time_block(loops[0])
        figures.append(counter.of(partial(subject.time_block, calls)))
    return Counted(calls=loops, figures=tuple(figures), whole=fixed is not None)


def _shaken(draw: random.Random) -> list[bytes]:
    """Blocks of every small size with holes between them, to be kept while loops are counted.

    What an allocator has at hand when a loop begins moves its instructions by up to 1 %. Where
    the holes left before are filled and new ones made, alike in every process, two processes
    with different pasts agreed to 0.003 % (without it, they differed by 0.3 %).
    """
    blocks = _blocks(draw, 2000)
    draw.shuffle(blocks)
    return blocks[: draw.randrange(500, 1500)]


def _blocks(draw: random.Random, count: int) -> list[bytes]:
    return [bytes(draw.randrange(0, 480)) for _ in range(count)]
