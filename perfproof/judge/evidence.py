"""Time and counts joined, not averaged: what a difference in time comes with.

The rule. Instructions have *grown* when their verdict is ``more``: by more than layout moves them
(``judge.counting.TOLERANCES``), under the same hash seeds on both sides. Then

===========  ============  ==================================================================
time         instructions  cause
===========  ============  ==================================================================
slower       grown         ``work`` where they explain at least half of the slowdown,
                           else ``waiting`` where time off the CPU grew by at least half
                           of it (who waits calls for it too), else ``partly work``
slower       not grown     ``waiting`` where time off the CPU grew by at least half of the
                           slowdown, else ``layout or environment``
not slower   grown         ``work not seen in time``
any          not counted   ``waiting`` by the same rule, else ``not known``
===========  ============  ==================================================================

Half, because instructions do not all take the same time: 5 % more of them may take 3 % or 8 %
longer, and what explains less than half is not the main cause.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from perfproof.record import Comparison, Sample, Verdict
from perfproof.record.counting import Cause, CountComparison, CountVerdict, Evidence
from perfproof.record.quantity import show_ratio, show_seconds

__all__ = ["EXPLAINS", "join", "waiting_growth", "waiting_seconds"]

EXPLAINS = 0.5
"""Share of a slowdown that its cause must account for."""


def waiting_seconds(sample: Sample) -> float:
    """Seconds a call off the CPU in one process: the lower quartile of its blocks.

    Others on the machine only add to it, in some blocks; what the code itself waits is in all.

    Raises:
        ValueError: The sample holds no CPU time.
    """
    if sample.cpu_ns is None:
        raise ValueError("the sample holds no CPU time")
    off = sorted(wall - used for wall, used in zip(sample.block_ns, sample.cpu_ns, strict=True))
    return off[len(off) // 4] / (sample.calls * 1e9)


def waiting_growth(base: Sequence[float], head: Sequence[float]) -> float | None:
    """By how much the median process waits longer; ``None`` where either side is not known."""
    return median(head) - median(base) if base and head else None


def join(
    comparison: Comparison,
    counts: tuple[CountComparison, ...],
    *,
    waiting_seconds: float | None = None,
) -> Evidence:
    """What the time and the counts of one benchmark say together.

    Args:
        comparison: Its time.
        counts: Its counts; any of the meters may be absent.
        waiting_seconds: By how much the time grew that a call spends off the CPU.
    """
    by_meter = {each.meter: each for each in counts if each.benchmark == comparison.benchmark}
    instructions = by_meter.get("instructions")
    cause = _cause(comparison, instructions, waiting_seconds)
    return Evidence(
        benchmark=comparison.benchmark,
        cause=cause,
        instructions=instructions,
        allocations=by_meter.get("allocations"),
        size=by_meter.get("bytes"),
        waiting_seconds=waiting_seconds,
        reason=_reason(cause, comparison, instructions, waiting_seconds),
    )


def _cause(
    comparison: Comparison, instructions: CountComparison | None, waiting_seconds: float | None
) -> Cause:
    slower = comparison.verdict is Verdict.SLOWER
    grown = _growth(instructions)
    if not slower:
        if grown is None:
            undecided = comparison.verdict is Verdict.UNDECIDED
            return Cause.UNKNOWN if undecided else Cause.NONE
        return Cause.UNSEEN if grown > 0 else Cause.NONE
    if grown is not None and grown >= EXPLAINS * math.log(comparison.ratio.estimate):
        return Cause.WORK
    longer = comparison.head_seconds - comparison.base_seconds
    if waiting_seconds is not None and waiting_seconds >= EXPLAINS * longer > 0:
        return Cause.WAITING
    if grown is None:
        return Cause.UNKNOWN
    return Cause.PARTLY_WORK if grown > 0 else Cause.LAYOUT


def _growth(instructions: CountComparison | None) -> float | None:
    """Log growth of the instructions; 0 where they have not grown, ``None`` where not known."""
    if instructions is None or instructions.ratio is None:
        return None
    if instructions.verdict is CountVerdict.UNDECIDED:
        return None
    if instructions.verdict is not CountVerdict.MORE:
        return 0.0
    return math.log(instructions.ratio.middle)


def _reason(
    cause: Cause,
    comparison: Comparison,
    instructions: CountComparison | None,
    waiting_seconds: float | None,
) -> str:
    time = f"time {show_ratio(comparison.ratio.estimate)}"
    counted = "instructions not counted"
    if instructions is not None and instructions.ratio is not None:
        counted = f"instructions {show_ratio(instructions.ratio.middle)}"
    said = {
        Cause.WORK: "it does more",
        Cause.PARTLY_WORK: "it does more, which explains less than half of the time",
        Cause.LAYOUT: "it does the same; where code and data lie, or the machine, has changed",
        Cause.WAITING: "it waits longer",
        Cause.UNSEEN: "it does more, and the time does not show it",
        Cause.NONE: "nothing is left to explain",
        Cause.UNKNOWN: "why is not known",
    }[cause]
    if cause is Cause.NONE and comparison.verdict is Verdict.UNDECIDED:
        said = "it does no more; whether it takes longer is undecided"
    off = ""
    if cause is Cause.WAITING and waiting_seconds is not None:
        off = f", {show_seconds(waiting_seconds)} more a call off the CPU"
    return f"{time}, {counted}{off}: {said}"
