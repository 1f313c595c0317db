"""What a judge says of a figure: an interval, and one of four verdicts."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from perfproof.record.figure_kind import FigureKind

__all__ = [
    "Comparison",
    "Comparisons",
    "Interval",
    "MemoryComparison",
    "MemoryVerdict",
    "TargetReport",
    "TargetResult",
    "TargetVerdict",
    "Verdict",
]


class Verdict(StrEnum):
    """Of a ratio against a margin."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    UNDECIDED = "undecided"


class MemoryVerdict(StrEnum):
    """The same of peak memory, in the words that fit it."""

    LARGER = "larger"
    SMALLER = "smaller"
    SAME = "same"
    UNDECIDED = "undecided"


class TargetVerdict(StrEnum):
    """Of a figure against a limit."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure with its uncertainty.

    Attributes:
        estimate: The figure, in the unit of its owner.
        low: Lower end of the interval; ``None`` when it cannot be had (one process, say).
        high: Upper end.
        level: Confidence of the interval, two-sided, 0 to 1; ``None`` with the ends.
        n: Number of independent replicates (processes), never of calls or blocks.
    """

    estimate: float
    low: float | None
    high: float | None
    level: float | None
    n: int

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None) or (self.low is None) != (self.level is None):
            raise ValueError("low, high and level are known together or not at all")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ValueError("low must not be above high")
        if self.n < 1:
            raise ValueError("a figure rests on at least one process")


class Comparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Head over base for one benchmark.

    Attributes:
        ratio: Head over base with its interval, at the level that the family leaves it.
        margin: Slowdown that matters, 0.05 is 5 %.
        verdict: One of four.
        detectable: Smallest slowdown that this data could have shown, 0.03 is 3 %; ``None``
            when nothing could.
        base_seconds: Typical seconds a call, base.
        head_seconds: Typical seconds a call, head.
        base_processes: Processes behind the base figure.
        head_processes: Processes behind the head figure.
        reason: One clause for the reader where the verdict wants one.
    """

    benchmark: str
    ratio: Interval
    margin: float
    verdict: Verdict
    detectable: float | None
    base_seconds: float
    head_seconds: float
    base_processes: int
    head_processes: int
    reason: str | None = None


class MemoryComparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Head over base for the peak memory of the processes that measured one benchmark.

    Attributes:
        ratio: Head over base with its interval, at the level that the family leaves it.
        margin: Growth that matters, 0.05 is 5 %.
        verdict: One of four.
        detectable: Smallest growth that this data could have shown; ``None`` when none could.
        base_bytes: Typical peak of a process, base.
        head_bytes: Typical peak of a process, head.
        pairs: Process pairs behind it.
        reason: One clause for the reader where the verdict wants one.
    """

    benchmark: str
    ratio: Interval
    margin: float
    verdict: MemoryVerdict
    detectable: float | None
    base_bytes: float
    head_bytes: float
    pairs: int
    reason: str | None = None


class Comparisons(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole suite compared, with the errors that were allowed it.

    Attributes:
        base: Name of the base, for the reader.
        head: Name of the head.
        alpha: Chance, over the whole suite, of any wrong ``slower`` that was allowed; and once
            more as much of any wrong ``larger``.
        results: One a benchmark on both sides.
        cpu: The same for the CPU time of programs, in the family of ``results``: base and head
            are CPU seconds a run.
        memory: The same for peak memory; empty where it was not compared or the system tells none.
        added: Ids on the head only.
        removed: Ids on the base only.
        changed_source: Ids whose source differs between the two, so that a ratio also
            holds the change of the benchmark itself.
        notes: Sentences for the reader about the whole.
    """

    base: str
    head: str
    alpha: float
    results: tuple[Comparison, ...]
    cpu: tuple[Comparison, ...] = ()
    memory: tuple[MemoryComparison, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed_source: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class TargetResult(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure of a benchmark, or of a load, against its limit.

    Attributes:
        benchmark: Id; the scenario's path where a load is meant.
        kind: Which figure; it has the unit (:data:`perfproof.record.figure_kind.FORMS`).
        limit: In the unit of the figure: seconds, bytes, or a number of things.
        figure: The figure with its interval; of a count the smallest and the largest that were
            seen. ``None`` where it could not be had, and then nothing is met.
        verdict: Met only when the whole interval is under the limit (a count: at or under it).
        origin: Where the limit stands: a file and key, or ``mark``.
        hard: Whether missing it fails the command; otherwise it is only reported.
        quantile: Which quantile of a load's latency, 0.99 for 99 %; ``None`` for all else.
        reason: One clause for the reader where the verdict wants one.
    """

    benchmark: str
    kind: FigureKind = FigureKind.TIME
    limit: float
    figure: Interval | None
    verdict: TargetVerdict
    origin: str
    hard: bool = True
    quantile: float | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.figure is None and (self.reason is None or self.verdict is TargetVerdict.MET):
            raise ValueError("without a figure nothing is met, and a reason is needed")


class TargetReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``perfproof check --json`` prints in its last line.

    Attributes:
        results: One a limit and what it names.
        lost: Sentences on limits that nothing could be held against, for want of a figure.
    """

    results: tuple[TargetResult, ...] = ()
    lost: tuple[str, ...] = ()
