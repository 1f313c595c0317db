"""Quantiles of values that suffer together in groups: a round, a slice of time, a process.

The design effect is the variance of the share of values beyond the quantile, taken over groups,
over what independent values would give. The number of values divided by it is the effective one,
with which the order statistics of ``quantiles`` are taken (Woodruff 1952, J. Am. Statist. Ass.
47:635-646; Korn and Graubard 1998, Survey Methodology 24:193-201, whose correction for few groups
is used too). Groups must be independent of each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from perfproof.errors import UseError
from perfproof.judge.quantiles import (
    TooFewValuesError,
    lower_rank,
    quantile_ranks,
    values_needed,
)
from perfproof.record import Interval

__all__ = ["clustered_lowest", "clustered_quantile", "design_effect"]

_Floats = npt.NDArray[np.float64]
_FEWEST_GROUPS = 2


def design_effect(beyond: Sequence[_Floats], totals: _Floats, level: float) -> float:
    """How many values weigh as much as one independent one, at least 1.

    Args:
        beyond: How many values of each group lie beyond the quantile. Where many are just equal to
            it they may be on either side, so there may be several such counts: the worst is taken.
        totals: Values of each group, same shape as each of ``beyond``.
        level: Confidence, two-sided, 0 to 1: for the correction for few groups.
    """
    held = totals > 0
    count, total = int(held.sum()), float(totals.sum())
    if count < _FEWEST_GROUPS:
        return 1.0
    tail = (1 + level) / 2
    few = float(stdtrit(count - 1, tail) / stdtrit(max(1.0, total - 1), tail))
    effects = [1.0]
    for above in beyond:
        share = float(above.sum()) / total
        if 0 < share < 1:
            scatter = (above - share * totals)[held]
            variance = count / (count - 1) * float(scatter @ scatter) / total
            effects.append(variance / (share * (1 - share)) * few * few)
    return max(effects)


def clustered_quantile(
    values: Sequence[float], groups: Sequence[int], quantile: float, *, level: float
) -> Interval:
    """A quantile of values that are independent between groups, and perhaps not within.

    Args:
        values: In the unit of the result; finite.
        groups: To which group each belongs, any whole numbers, as many as values.
        quantile: 0.99 for the 99 % quantile.
        level: Confidence, two-sided, 0 to 1.

    Returns:
        ``n`` is the number of values that independent ones would have to be.

    Raises:
        TooFewValuesError: They cannot carry both ends; ``needed`` is the number of values, at the
            scatter between groups that was seen.
        UseError: A value that is not finite, too few groups, a quantile or level outside 0 to 1.
    """
    ordered, estimate, effect = _weighed(values, groups, quantile, level)
    needed = values_needed(quantile, level=level)
    total, effective = len(ordered), int(len(ordered) / effect)
    if effective < needed:
        raise TooFewValuesError(quantile, total, math.ceil(needed * effect))
    ranks = quantile_ranks(effective, quantile, level=level)
    low = float(ordered[max(1, math.floor(total * ranks.low / effective)) - 1])
    high = float(ordered[min(total, math.ceil(total * ranks.high / effective)) - 1])
    return Interval(estimate, min(low, estimate), max(high, estimate), level, effective)


def clustered_lowest(
    values: Sequence[float], groups: Sequence[int], quantile: float, *, level: float
) -> float | None:
    """The lower end alone, which far fewer values carry; ``None`` where even that is not known.

    Raises:
        UseError: As ``clustered_quantile`` does.
    """
    ordered, _, effect = _weighed(values, groups, quantile, level)
    effective = int(len(ordered) / effect)
    rank = lower_rank(effective, quantile, level=level)
    if rank is None:
        return None
    return float(ordered[max(1, math.floor(len(ordered) * rank / effective)) - 1])


def _weighed(
    values: Sequence[float], groups: Sequence[int], quantile: float, level: float
) -> tuple[_Floats, float, float]:
    """The sorted values, their quantile, and the design effect there."""
    known = np.asarray(values, dtype=np.float64)
    if not len(known) or not np.isfinite(known).all():
        raise UseError("a value is not finite", remedy="leave out what was not measured")
    _, place = np.unique(np.asarray(groups, dtype=np.int64), return_inverse=True)
    if len(place) != len(known):
        raise UseError(f"{len(known)} values have {len(place)} groups")
    totals = np.bincount(place).astype(np.float64)
    if len(totals) < _FEWEST_GROUPS:
        raise UseError(
            "all values are of one group, so how far they hang together cannot be seen",
            remedy="measure several rounds",
        )
    ordered = np.sort(known)
    estimate = float(ordered[max(1, math.ceil(len(known) * quantile - 1e-9)) - 1])
    beyond = [
        np.bincount(place[held], minlength=len(totals)).astype(np.float64)
        for held in (known > estimate, known >= estimate)
    ]
    return ordered, estimate, design_effect(beyond, totals, level)
