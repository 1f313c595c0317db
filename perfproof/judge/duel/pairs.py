"""A process pair's blocks, checked once, and the log ratios of neighbours in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perfproof.errors import UseError
from perfproof.judge.biweight import FloatArray

__all__ = ["DISTURBED", "FEWEST_CLEAN", "SETTLED_FROM", "Pair", "Side", "log_ratios"]

FEWEST_CLEAN = 0.25
"""Share of clean ratios below which the marks describe the machine and not some of the blocks."""

DISTURBED = 1.1
"""Times its side's median that a marked block must take to be left out.

Of 16,000 recorded blocks that were preempted most took no longer (1.1 % by median), and leaving
them all out cost an eighth of the ratios: an error 2 to 3 % larger. One that did wait is left out,
by the same rule on both sides and wherever a slowdown has moved a side as a whole."""

SETTLED_FROM = 8
"""Ratios from which on the first is left out.

The base is warmed up first and has stood still while the head was: its first block took 3 to 5 %
longer in large benchmarks (960 recorded pairs of identical code), which made the head 1.5 % faster
in the first quad and the whole pair 0.2 to 0.4 %. Without the first ratio the error after 25 pairs
was 9 % smaller in one half of the segments and 4 % in the other, without the second as well it was
larger again. Where there are few, blocks are long, and one ratio is worth more than it disturbs."""

# In ABBA and in BAAB the first two blocks are neighbours, and the last two.
_NEIGHBOURS = ({0, 1}, {2, 3})


@dataclass(frozen=True, slots=True)
class Side:
    """One process of a pair.

    Attributes:
        block_ns: Nanoseconds of each block, in the order of measuring; the same calls in each,
            and the same on both sides.
        slots: Place of each block in its quad, 0 to 3.
        contaminated: Whether something outside disturbed each block, by a rule blind to the
            side; empty where nobody looked.
    """

    block_ns: tuple[int, ...]
    slots: tuple[int, ...]
    contaminated: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.block_ns)
        if not count:
            raise UseError("a side of the process pair has no blocks", remedy="measure it again")
        if len(self.slots) != count or len(self.contaminated) not in (0, count):
            raise UseError(
                f"{count} blocks, {len(self.slots)} slots and {len(self.contaminated)} marks",
                remedy="give every block its slot, and all blocks a mark or none",
            )
        if min(self.block_ns) <= 0:
            raise UseError(
                f"block {self.block_ns.index(min(self.block_ns))} took {min(self.block_ns)} ns",
                remedy="give a block more calls",
            )


@dataclass(frozen=True, slots=True)
class Pair:
    """A fresh base and a fresh head process measured in alternating blocks: one replicate."""

    base: Side
    head: Side

    def __post_init__(self) -> None:
        sides = (self.base, self.head)
        blocks = tuple(len(side.block_ns) for side in sides)
        if blocks[0] != blocks[1]:
            raise UseError(
                f"base has {blocks[0]} blocks and head {blocks[1]}",
                remedy="compare what both sides measured",
            )
        for number, slots in enumerate(zip(self.base.slots, self.head.slots, strict=True)):
            if set(slots) not in _NEIGHBOURS:
                raise UseError(
                    f"blocks {number} of base and head have slots {slots[0]} and {slots[1]}",
                    remedy="keep the order ABBA or BAAB, where they are neighbours",
                )

    def swapped(self) -> Pair:
        """The same measurement with the names of the sides exchanged."""
        return Pair(base=self.head, head=self.base)


def log_ratios(pair: Pair) -> FloatArray:
    """Log of head over base for each two adjacent blocks.

    Neighbours share the machine's mode, which comes and goes for 10 ms and more; block totals do
    not. A quad gives two ratios in which each side comes first once, so a drift cancels.

    Returns:
        Shape (ratios,), no unit, without the first (``SETTLED_FROM``) and without those that a
        block takes part in which is marked and slow (``DISTURBED``). Marks say nothing when fewer
        than ``FEWEST_CLEAN`` are without any.
    """
    sides = (pair.base, pair.head)
    base, head = (np.asarray(side.block_ns, dtype=np.float64) for side in sides)
    first = 1 if len(base) >= SETTLED_FROM else 0
    ratios: FloatArray = np.log(head / base)[first:]
    marked, disturbed = np.zeros((2, len(ratios)), dtype=bool)
    for side, block_ns in zip(sides, (base, head), strict=True):
        if side.contaminated:
            marks = np.asarray(side.contaminated)
            marked |= marks[first:]
            disturbed |= (marks & (block_ns > DISTURBED * np.median(block_ns)))[first:]
    told = np.count_nonzero(~marked) >= max(1, FEWEST_CLEAN * len(ratios))
    kept: FloatArray = ratios[~disturbed]
    return kept if told else ratios
