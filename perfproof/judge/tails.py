"""Latency under load: quantiles whose interval knows that neighbours suffer together.

Requests of one run are not independent: one stall delays hundreds. The slices of a run (parts of
its time) tell how much that matters, as ``clusters`` says; they must be longer than what hangs
together.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from perfproof.errors import UseError
from perfproof.judge.clusters import design_effect
from perfproof.judge.duel import DuelJudge, Levels, Question, State
from perfproof.judge.quantiles import (
    TooFewValuesError,
    lower_rank,
    quantile_ranks,
    values_needed,
)
from perfproof.record import Interval, TargetVerdict
from perfproof.record.load import Bins, LoadRun

__all__ = [
    "LATENESS_RULE",
    "Bottleneck",
    "bottleneck",
    "judge_rounds",
    "latency_quantile",
    "lowest_seconds",
    "quantile_ratio",
    "quantile_seconds",
    "requests_wanted",
    "slice_effect",
    "tail_verdict",
]

_LATENESS_QUANTILE = 0.99
_FEWEST_IN_TIME = 0.9
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


def bottleneck(
    run: LoadRun, *others: LoadRun, quantile: float = _LATENESS_QUANTILE
) -> Bottleneck | None:
    """Whether the driver was the bottleneck, by ``LATENESS_RULE``; ``None`` when it was not.

    A median is moved by who is late in the middle, not by the latest one in a hundred. So for a
    lower quantile than 99 % fewer must be in time, never fewer than nine in ten, but in time by
    that quantile's own latency, which is shorter.

    Args:
        run: The run.
        others: Runs whose requests are one figure with its.
        quantile: Of which figure it is asked.
    """
    runs = (run, *others)
    in_time = max(_FEWEST_IN_TIME, quantile)
    lateness = quantile_seconds([each.lateness for each in runs], in_time)
    latency = quantile_seconds([each for one in runs for each in one.slices], quantile)
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
    effect = slice_effect(run.slices, estimate, level)
    effective = int(total / effect)
    if effective < needed:
        raise TooFewValuesError(quantile, total, math.ceil(needed * effect))
    ranks = quantile_ranks(effective, quantile, level=level)
    low = _at_rank(values, counts, max(1, math.floor(total * ranks.low / effective)))
    high = _at_rank(values, counts, min(total, math.ceil(total * ranks.high / effective)))
    return Interval(estimate, min(low, estimate), max(high, estimate), level, effective)


def lowest_seconds(run: LoadRun, quantile: float, *, level: float) -> float:
    """The lower end alone of ``latency_quantile``, which far fewer requests carry than both ends.

    In overload each request suffers from all before it, so that thousands weigh no more than some
    dozen independent ones: too few for an upper end, and yet enough to say that a limit is missed.

    Returns:
        Seconds; 0 where not even that end is known.
    """
    values, counts = _together(run.slices)
    total = int(counts.sum())
    estimate = _at_rank(values, counts, math.ceil(total * quantile - 1e-9))
    effective = int(total / slice_effect(run.slices, estimate, level))
    rank = lower_rank(effective, quantile, level=level)
    return 0.0 if rank is None else _at_rank(values, counts, math.floor(total * rank / effective))


def tail_verdict(figure: Interval, limit_seconds: float) -> TargetVerdict:
    """Met only when the whole interval is under the limit, missed when none of it is."""
    if figure.low is None or figure.high is None:
        return TargetVerdict.UNDECIDED
    if figure.high < limit_seconds:
        return TargetVerdict.MET
    return TargetVerdict.MISSED if figure.low >= limit_seconds else TargetVerdict.UNDECIDED


def requests_wanted(quantile: float) -> int:
    """Fewest requests of a side with which the quantile is not the largest or next to it."""
    return math.ceil(_WANTED_BEYOND / (1 - quantile) - 1e-9)


def quantile_ratio(base: Sequence[LoadRun], head: Sequence[LoadRun], quantile: float) -> float:
    """Log of head over base of a quantile in one round of fresh servers.

    The n-th run of a side and the n-th of the other were neighbours with the same arrivals. Where
    each can carry the quantile, it is the median of the neighbours' ratios: what disturbs one of
    them disturbs little of that. Where they cannot, it is the ratio of all requests together.

    Args:
        base: Runs of one side in the order of time.
        head: Those of the other, as many.
        quantile: 0.99 for the 99 % quantile.

    Raises:
        TooFewValuesError: So few requests of a side lie beyond the quantile that it would be the
            largest or next to it.
    """
    needed = requests_wanted(quantile)
    pairs = list(zip(base, head, strict=True))
    if min(run.requests for pair in pairs for run in pair) >= needed:
        return median(_log_ratio([one], [other], quantile) for one, other in pairs)
    for runs in (base, head):
        total = sum(run.requests for run in runs)
        if total < needed:
            raise TooFewValuesError(quantile, total, needed)
    return _log_ratio(base, head, quantile)


def _log_ratio(base: Sequence[LoadRun], head: Sequence[LoadRun], quantile: float) -> float:
    low, high = (
        quantile_seconds([each for run in runs for each in run.slices], quantile)
        for runs in (base, head)
    )
    return math.log(high / low)


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


def _together(slices: Sequence[Bins]) -> tuple[_Floats, npt.NDArray[np.int64]]:
    values = np.array([v for each in slices for v in each.upper_ns], dtype=np.float64)
    counts = np.array([c for each in slices for c in each.counts], dtype=np.int64)
    if not counts.sum():
        raise UseError("there is no request in the run", remedy="raise rate or duration")
    order = np.argsort(values, kind="stable")
    return values[order] / 1e9, counts[order]


def _at_rank(values: _Floats, counts: npt.NDArray[np.int64], rank: int) -> float:
    return float(values[np.searchsorted(np.cumsum(counts), max(1, rank))])


def slice_effect(slices: Sequence[Bins], estimate: float, level: float) -> float:
    """How many requests weigh as much as one independent one, at least 1.

    Where many requests took just as long as the quantile, they may be on either side of it.
    """
    totals = np.array([each.total for each in slices], dtype=np.float64)
    beyond = [
        np.array([_counted(each, than, estimate) for each in slices], dtype=np.float64)
        for than in (operator.gt, operator.ge)
    ]
    return design_effect(beyond, totals, level)


def _counted(slice_: Bins, beyond: Callable[[float, float], bool], seconds: float) -> int:
    return sum(
        count
        for upper, count in zip(slice_.upper_ns, slice_.counts, strict=True)
        if beyond(upper / 1e9, seconds)
    )
