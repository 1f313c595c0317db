"""What was counted of a benchmark: instructions and allocations."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from perfproof.record.benchmark import Side

__all__ = [
    "Cause",
    "CountComparison",
    "CountFigure",
    "CountReport",
    "CountVerdict",
    "Evidence",
    "Meter",
    "Span",
    "Tally",
]

Meter = Literal["instructions", "allocations", "bytes"]
"""Instructions executed in user mode; requests to any allocator; bytes asked of them."""

_Whole = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class Tally(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=str.lower):
    """Raw counts of one benchmark in one process: so many calls, so many counted.

    Attributes:
        benchmark: Id of the benchmark.
        meter: What was counted.
        hash_seed: Seed of string hashes in that process.
        calls: Calls of each counted loop, in their order.
        counted: What each loop took, the loop itself and its surroundings included.
        whole: Whether a call's figure is the whole loop over its calls, as the suite fixes the
            calls; otherwise it is the difference of neighbouring loops, which sheds the rest.
        side: Which version, where two are counted.
    """

    benchmark: str
    meter: Meter
    hash_seed: _Whole
    calls: tuple[_Whole, ...]
    counted: tuple[_Whole, ...]
    whole: bool = False
    side: Side | None = None

    def __post_init__(self) -> None:
        if len(self.calls) != len(self.counted) or not self.calls:
            raise ValueError("a tally has one count for each loop, and at least one loop")
        if min(self.calls) < 1:
            raise ValueError("a counted loop makes at least one call")
        if not self.whole and len(set(self.calls)) < 2:
            raise ValueError("a difference needs two numbers of calls")

    def shed(self) -> tuple[tuple[int, int], ...]:
        """Calls and what they took, one value for each pair of loops (or for each whole loop).

        Of two loops of ``n`` and ``m`` calls that took ``a`` and ``b``, ``m - n`` calls took
        ``b - a``: start-up, harness and meter are in both and fall out.
        """
        both = tuple(zip(self.calls, self.counted, strict=True))
        if self.whole:
            return both
        return tuple(
            (many - few, more - less) for (few, less), (many, more) in list(pairwise(both))[::2]
        )


class CountVerdict(StrEnum):
    """Head against base, of a count."""

    MORE = "more"
    FEWER = "fewer"
    EQUAL = "equal"
    UNDECIDED = "undecided"


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Smallest, median and largest of several counts of the same; alike where a count is exact.

    Attributes:
        low: Smallest.
        middle: Median.
        high: Largest.
        n: Processes it was seen in.
    """

    low: float
    middle: float
    high: float
    n: int

    def __post_init__(self) -> None:
        if not self.low <= self.middle <= self.high or self.n < 1:
            raise ValueError("low, middle and high must be in order, and n counts from 1")


class CountComparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Head against base for one count of one benchmark.

    Attributes:
        benchmark: Id.
        meter: What was counted.
        base: Counts a call of the base, over the hash seeds.
        head: The same of the head.
        ratio: Smallest and largest ratio of head to base under the same hash seed; ``None`` when
            the base counted nothing.
        verdict: ``more`` or ``fewer`` only when every seed says so.
        whole: Whether the figures hold the loop and what the suite sets up around it.
        reason: One clause where the verdict wants one.
    """

    benchmark: str
    meter: Meter
    base: Span
    head: Span
    ratio: Span | None
    verdict: CountVerdict
    whole: bool = False
    reason: str | None = None


class Cause(StrEnum):
    """What a difference in time comes with."""

    WORK = "work"
    PARTLY_WORK = "partly work"
    LAYOUT = "layout or environment"
    WAITING = "waiting"
    UNSEEN = "work not seen in time"
    NONE = "nothing"
    UNKNOWN = "not known"


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Time and counts of one benchmark side by side; the rule stands in ``judge.evidence``.

    Attributes:
        benchmark: Id.
        cause: What the difference in time comes with.
        instructions: Instructions a call; ``None`` where they were not counted.
        allocations: Allocations a call; ``None`` where they were not counted.
        size: Bytes a call; ``None`` where they were not counted.
        waiting_seconds: Growth of the time a call spends off the CPU; ``None`` when not known.
        reason: One sentence.
    """

    benchmark: str
    cause: Cause
    instructions: CountComparison | None = None
    allocations: CountComparison | None = None
    size: CountComparison | None = None
    waiting_seconds: float | None = None
    reason: str = ""


class CountFigure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One count of one benchmark of one version, a call."""

    benchmark: str
    meter: Meter
    span: Span
    whole: bool = False


class CountReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `perfproof counts --json` prints in its last line.

    Attributes:
        counts: One a benchmark and meter.
        absent: Why a kind (``instructions``, ``allocations``) could not be counted.
        troubles: What gave no count, a sentence each.
    """

    counts: tuple[CountFigure, ...] = ()
    absent: dict[str, str] = {}
    troubles: tuple[str, ...] = ()
