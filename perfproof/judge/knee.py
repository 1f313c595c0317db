"""The knee: the highest rate at which a quantile of the latency stays under its limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from perfproof.record import Interval, TargetVerdict

__all__ = ["Knee", "Rung", "find_knee", "next_rate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rate of a sweep.

    Attributes:
        rate: Requests a second that were offered.
        verdict: Of the quantile against the target; ``None`` where the run counts for nothing.
        figure: The quantile, seconds; ``None`` where it could not be had.
        median_seconds: Half of the requests took at most so long; ``None`` likewise.
        reason: Why it counts for nothing, or what failed.
    """

    rate: float
    verdict: TargetVerdict | None
    figure: Interval | None = None
    median_seconds: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Knee:
    """Where latency leaves the target.

    Attributes:
        highest_met: Highest rate that met the target with every lower one; ``None`` for none.
        lowest_not_met: Lowest rate that did not; ``None`` when all did.
    """

    highest_met: float | None
    lowest_not_met: float | None


def find_knee(rungs: Sequence[Rung]) -> Knee:
    """The knee that the rungs show; a rate above one that was not met counts for nothing."""
    met: float | None = None
    for rung in sorted(rungs, key=lambda each: each.rate):
        if rung.verdict is not TargetVerdict.MET:
            return Knee(met, rung.rate)
        met = rung.rate
    return Knee(met, None)


def next_rate(rungs: Sequence[Rung], start: float, *, most: float, step: float) -> float | None:
    """The rate to try next: doubling until one is not met, then halving the gap on a log scale.

    Args:
        rungs: What was tried.
        start: First rate.
        most: No rate above is tried.
        step: The gap, as a ratio, at which it is enough; 1.1 is 10 %.

    Returns:
        ``None`` when the knee is known that well, or cannot be.
    """
    if not rungs:
        return min(start, most)
    knee = find_knee(rungs)
    if knee.lowest_not_met is None:
        assert knee.highest_met is not None
        return min(2 * knee.highest_met, most) if knee.highest_met < most else None
    if knee.highest_met is None:
        down = knee.lowest_not_met / 4
        return down if down >= start / 64 else None
    if knee.lowest_not_met / knee.highest_met <= step:
        return None
    return math.sqrt(knee.lowest_not_met * knee.highest_met)
