"""Latency under load: quantiles whose interval knows that neighbours suffer together.

Requests of one run are not independent: one stall delays hundreds. The slices of a run (parts of
its time) tell how much that matters. The design effect is the variance of the share above the
quantile, taken over slices, over what independent requests would give; requests divided by it are
the effective number, with which the order statistics of ``quantiles`` are taken (Woodruff 1952, J.
Am. Statist. Ass. 47:635-646; Korn and Graubard 1998, Survey Methodology 24:193-201, whose
correction for few slices is used too). Slices must be longer than what hangs together.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from perfproof.errors import UseError
from perfproof.judge.duel import DuelJudge, Levels, Question, State
from perfproof.judge.quantiles import TooFewValuesError, quantile_ranks, values_needed
from perfproof.record import Interval, TargetVerdict
from perfproof.record.load import Bins, LoadRun

__all__ = [
    "LATENESS_RULE",
    "Bottleneck",
    "Knee",
    "Rung",
    "bottleneck",
    "design_effect",
    "find_knee",
    "judge_rounds",
    "latency_quantile",
    "next_rate",
    "quantile_ratio",
    "quantile_seconds",
    "tail_verdict",
]

_LATENESS_QUANTILE = 0.99
_LATENESS_SHARE = 0.1
_LATENESS_FLOOR_SECONDS = 0.0001
_WANTED_BEYOND = 5

LATENESS_RULE = (
    "a run counts only when 99 % of its requests were sent less late than a tenth of the latency"
    " that 99 % of them stay under, or than 0.1 ms"
)
"""When the driver was not the bottleneck. It has one thread, so what delays its sending delays its
reading as much; latency counts from the intended start and so holds the lateness once, and what is
added by reading is of the same size."""

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """That a run says more of the driver than of the system.

    Attributes:
        lateness_seconds: 99 % of the requests were sent at most so late.
        latency_seconds: And 99 % took at most so long.
    """

    lateness_seconds: float
    latency_seconds: float


def bottleneck(run: LoadRun) -> Bottleneck | None:
    """Whether the driver was the bottleneck, by ``LATENESS_RULE``; ``None`` when it was not."""
    lateness = quantile_seconds((run.lateness,), _LATENESS_QUANTILE)
    latency = quantile_seconds(run.slices, _LATENESS_QUANTILE)
    if lateness <= max(_LATENESS_FLOOR_SECONDS, _LATENESS_SHARE * latency):
        return None
    return Bottleneck(lateness, latency)


def quantile_seconds(slices: Sequence[Bins], quantile: float) -> float:
    """The quantile of all requests together, without an interval.

    Raises:
        UseError: There is no request.
    """
    values, counts = _together(slices)
    return _at_rank(values, counts, math.ceil(counts.sum() * quantile - 1e-9))


def latency_quantile(run: LoadRun, quantile: float, *, level: float) -> Interval:
    """A quantile of the latency of one run.

    Args:
        run: Requests without an answer count with the timeout, so its limits must lie below that.
        quantile: 0.99 for the 99 % quantile.
        level: Confidence, two-sided, 0 to 1.

    Returns:
        Seconds, from the intended start; ``n`` is the number of requests that independent ones
        would have to be.

    Raises:
        TooFewValuesError: Too few requests for that; ``needed`` is the number of requests, at the
            scatter that was seen.
    """
    values, counts = _together(run.slices)
    total = int(counts.sum())
    needed = values_needed(quantile, level=level)
    if total < needed:
        raise TooFewValuesError(quantile, total, needed)
    estimate = _at_rank(values, counts, math.ceil(total * quantile - 1e-9))
    effect = design_effect(run.slices, estimate, level)
    effective = int(total / effect)
    if effective < needed:
        raise TooFewValuesError(quantile, total, math.ceil(needed * effect))
    ranks = quantile_ranks(effective, quantile, level=level)
    low = _at_rank(values, counts, max(1, math.floor(total * ranks.low / effective)))
    high = _at_rank(values, counts, min(total, math.ceil(total * ranks.high / effective)))
    return Interval(estimate, min(low, estimate), max(high, estimate), level, effective)


def tail_verdict(figure: Interval, limit_seconds: float) -> TargetVerdict:
    """Met only when the whole interval is under the limit, missed when none of it is."""
    if figure.low is None or figure.high is None:
        return TargetVerdict.UNDECIDED
    if figure.high < limit_seconds:
        return TargetVerdict.MET
    return TargetVerdict.MISSED if figure.low >= limit_seconds else TargetVerdict.UNDECIDED


def quantile_ratio(base: Sequence[LoadRun], head: Sequence[LoadRun], quantile: float) -> float:
    """Log of head over base of a quantile in one round of fresh servers.

    Raises:
        TooFewValuesError: So few requests of a side lie beyond the quantile that it would be the
            largest or next to it.
    """
    sides = []
    for runs in (base, head):
        slices = [each for run in runs for each in run.slices]
        total = sum(each.total for each in slices)
        needed = math.ceil(_WANTED_BEYOND / (1 - quantile) - 1e-9)
        if total < needed:
            raise TooFewValuesError(quantile, total, needed)
        sides.append(quantile_seconds(slices, quantile))
    return math.log(sides[1] / sides[0])


def judge_rounds(
    log_ratios: Sequence[float], question: Question, *, alpha: float, family: int
) -> State:
    """What the rounds so far say of one quantile, by the same bounds as a duel's.

    A round of fresh servers is what a process pair is there: one log ratio, whatever the number
    of its requests. The error allowed is shared equally by the quantiles that are asked for.

    Args:
        log_ratios: Of ``quantile_ratio``, one a round.
        question: Margin and most rounds.
        alpha: Chance of any wrong ``slower`` over all quantiles.
        family: How many quantiles are judged.
    """
    judge = DuelJudge(question)
    for each in log_ratios:
        judge.feed_log_ratio(each)
    share = alpha / family
    return judge.state(Levels(slower=share, faster=share, same=share))


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


def _together(slices: Sequence[Bins]) -> tuple[_Floats, npt.NDArray[np.int64]]:
    values = np.array([v for each in slices for v in each.upper_ns], dtype=np.float64)
    counts = np.array([c for each in slices for c in each.counts], dtype=np.int64)
    if not counts.sum():
        raise UseError("there is no request in the run", remedy="raise rate or duration")
    order = np.argsort(values, kind="stable")
    return values[order] / 1e9, counts[order]


def _at_rank(values: _Floats, counts: npt.NDArray[np.int64], rank: int) -> float:
    return float(values[np.searchsorted(np.cumsum(counts), max(1, rank))])


def design_effect(slices: Sequence[Bins], estimate: float, level: float) -> float:
    """How many requests weigh as much as one independent one, at least 1.

    Where many requests took just as long as the quantile, they may be on either side of it.
    """
    totals = np.array([each.total for each in slices], dtype=np.float64)
    held = totals > 0
    count, total = int(held.sum()), float(totals.sum())
    if count < 2:
        return 1.0
    tail = (1 + level) / 2
    few = float(stdtrit(count - 1, tail) / stdtrit(max(1.0, total - 1), tail))
    effects = [1.0]
    for beyond in (operator.gt, operator.ge):
        above = np.array([_counted(each, beyond, estimate) for each in slices], dtype=np.float64)
        share = float(above.sum()) / total
        if 0 < share < 1:
            scatter = (above - share * totals)[held]
            variance = count / (count - 1) * float(scatter @ scatter) / total
            effects.append(variance / (share * (1 - share)) * few * few)
    return max(effects)


def _counted(slice_: Bins, beyond: Callable[[float, float], bool], seconds: float) -> int:
    return sum(
        count
        for upper, count in zip(slice_.upper_ns, slice_.counts, strict=True)
        if beyond(upper / 1e9, seconds)
    )
