"""What was seen to survive rounds of one benchmark, and what is said of it.

A *round* is so many operations of the benchmark; at its end, a *mark*, everything that can be
collected is collected and what is left is counted. A *site* is where it was acquired: the deepest
line of the project on the stack.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Literal

import msgspec

from perfproof.record.verdict import Interval

__all__ = [
    "Frame",
    "Kept",
    "Leak",
    "LeakChange",
    "LeakComparison",
    "LeakReport",
    "LeakResult",
    "LeakVerdict",
    "Series",
    "Survey",
]

Kept = Literal["memory", "native", "descriptor", "socket", "task", "thread", "file", "garbage"]
"""What is kept: bytes, or things of the operating system or of asyncio.

``native`` is what the C library's heap holds, for what was taken where nobody could look (its
counts are bytes too); ``descriptor`` is an open file descriptor that is no socket, ``file`` an
entry in the folder for temporary files, ``garbage`` an object that the collector gave up.
"""


class LeakVerdict(StrEnum):
    """Of one benchmark, or of one thing that it keeps."""

    LEAK = "leak"
    FREE = "free"
    UNDECIDED = "undecided"


class Frame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line on a stack; ``source`` is its text, where the file can be read."""

    file: str
    line: int
    function: str
    source: str | None = None


class Series(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one site holds at each mark.

    Attributes:
        kept: What is held.
        stack: Where it was acquired, from the deepest line of the project outwards; empty where
            that is not known.
        counts: Blocks of memory or things held at each mark.
        sizes: Bytes at each mark; ``None`` for what is not memory.
        deeper: What that line called, deepest first.
    """

    kept: Kept
    stack: tuple[Frame, ...]
    counts: tuple[int, ...]
    sizes: tuple[int, ...] | None = None
    deeper: tuple[Frame, ...] = ()

    def __post_init__(self) -> None:
        if len(self.counts) < 2:
            raise ValueError("a series needs at least two marks")
        if self.sizes is not None and len(self.sizes) != len(self.counts):
            raise ValueError("sizes and counts are of the same marks")


class Survey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One benchmark, repeated in growing rounds in one process.

    Attributes:
        benchmark: Id.
        operations: Calls in each round between two marks; one fewer than marks.
        before: Calls before the first mark: the warm-up.
        series: Sites that held more or less at one mark than at another.
        seconds: Time from the first mark to the last.
    """

    benchmark: str
    operations: tuple[int, ...]
    before: int
    series: tuple[Series, ...]
    seconds: float

    def __post_init__(self) -> None:
        if len(self.operations) < 1 or min(self.operations) < 1:
            raise ValueError("every round holds at least one operation")
        for each in self.series:
            if len(each.counts) != len(self.operations) + 1:
                raise ValueError("a series has one mark more than there are rounds")


class Leak(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One site that keeps more and more.

    Attributes:
        kept: What is kept.
        verdict: ``leak``, or ``undecided`` where it grew and the reason says what is in doubt.
        stack: As in :class:`Series`.
        deeper: As in :class:`Series`.
        objects: Blocks or things an operation.
        size: Bytes an operation; ``None`` for what is not memory.
        reason: One clause where the verdict wants one.
    """

    kept: Kept
    verdict: LeakVerdict
    stack: tuple[Frame, ...]
    objects: Interval
    size: Interval | None = None
    deeper: tuple[Frame, ...] = ()
    reason: str | None = None


class LeakResult(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of one benchmark.

    Attributes:
        benchmark: Id.
        verdict: ``leak`` when one of ``leaks`` is; ``free`` only when nothing is in doubt.
        leaks: Largest first.
        operations: Calls in all rounds of the survey that decided.
        visible_every: A leak of one object in so many operations, or more often, could have been
            seen; ``None`` when none could.
        surveys: Processes it rests on.
        reason: One clause for the reader where there is no figure.
    """

    benchmark: str
    verdict: LeakVerdict
    leaks: tuple[Leak, ...] = ()
    operations: int = 0
    visible_every: int | None = None
    surveys: int = 1
    reason: str | None = None


class LeakChange(StrEnum):
    """Head against base."""

    LEAKIER = "leakier"
    TIGHTER = "tighter"
    SAME = "same"
    UNDECIDED = "undecided"


class LeakComparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of one benchmark of two versions.

    Attributes:
        benchmark: Id.
        verdict: Of head against base.
        base: What is said of the base alone.
        head: What is said of the head alone.
        ratio: What the head keeps of an operation over what the base keeps, of the kind that
            decided; ``None`` unless both leak.
        reason: One clause where the verdict wants one.
    """

    benchmark: str
    verdict: LeakChange
    base: LeakResult
    head: LeakResult
    ratio: Interval | None = None
    reason: str | None = None


class LeakReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a whole look at a suite says, as a command prints it.

    Attributes:
        results: One a benchmark that could be judged.
        troubles: Sentences on benchmarks that gave nothing to judge; what was skipped is not here.
        skipped: Why nothing could be looked at; then there is nothing else.
    """

    results: tuple[LeakResult, ...] = ()
    troubles: tuple[str, ...] = ()
    skipped: str | None = None


def growths(marks: tuple[int, ...]) -> tuple[int, ...]:
    """How much more was held at each mark than at the one before."""
    return tuple(after - before for before, after in pairwise(marks))
