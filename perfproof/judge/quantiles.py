"""Quantiles with intervals that hold whatever the distribution: order statistics.

Of n independent values, the number below the true p-quantile is binomial (n, p) at most, so the
l-th and the u-th smallest enclose it with a chance that the binomial distribution tells exactly
(Thompson 1936, Annals of Mathematical Statistics 7:122-128; David and Nagaraja 2003, Order
Statistics, 3rd ed., section 7.1). Ties and steps only make the interval safer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, log, log1p

import numpy as np
from scipy.special import bdtr

from perfproof.errors import UseError
from perfproof.judge.figures import require_share
from perfproof.record import Interval

__all__ = [
    "Ranks",
    "TooFewValuesError",
    "lower_rank",
    "quantile_interval",
    "quantile_ranks",
    "values_needed",
]


class TooFewValuesError(UseError):
    """A quantile was asked of fewer values than can carry its interval."""

    def __init__(self, quantile: float, values: int, needed: int) -> None:
        super().__init__(
            f"{values} values cannot carry the {quantile * 100:g} % quantile with both ends of"
            " its interval",
            remedy=f"it takes {needed} values",
        )
        self.quantile = quantile
        self.values = values
        self.needed = needed


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which of the sorted values are the interval's ends and its middle; each from 1 to n."""

    low: int
    middle: int
    high: int


def values_needed(quantile: float, *, level: float) -> int:
    """Fewest independent values with which both ends of a quantile's interval are among them.

    The largest of n values is under the p-quantile with chance p^n, the smallest above it with
    (1 - p)^n; neither may be more than half of what the level leaves.

    Args:
        quantile: 0.99 for the 99 % quantile.
        level: Confidence, two-sided, 0 to 1.

    Raises:
        UseError: A quantile or level outside 0 to 1.
    """
    require_share(quantile, "quantile")
    require_share(level, "level")
    tail = (1 - level) / 2
    above, below = log(tail) / log(quantile), log(tail) / log1p(-quantile)
    needed = max(1, ceil(max(above, below) - 1e-9))
    # Rounding of the logarithms must not decide: the exact condition does.
    while max(quantile, 1 - quantile) ** needed > tail:
        needed += 1
    return needed


def quantile_ranks(values: int, quantile: float, *, level: float) -> Ranks:
    """The order statistics that enclose a quantile, each side missing it with half of the rest.

    Args:
        values: How many independent values there are; a fraction is rounded down before.
        quantile: 0.99 for the 99 % quantile.
        level: Confidence, two-sided, 0 to 1.

    Raises:
        TooFewValuesError: An end would lie beyond the values.
        UseError: A quantile or level outside 0 to 1.
    """
    needed = values_needed(quantile, level=level)
    if values < needed:
        raise TooFewValuesError(quantile, values, needed)
    tail = (1 - level) / 2
    low = lower_rank(values, quantile, level=level) or 1
    # The u-th smallest is under the quantile when at least u values are: 1 - cdf(u - 1).
    high = _first(values, lambda rank: float(bdtr(rank - 1, values, quantile)) >= 1 - tail)
    middle = min(values, max(1, ceil(values * quantile - 1e-9)))
    return Ranks(min(low, middle), middle, max(min(high, values), middle))


def lower_rank(values: int, quantile: float, *, level: float) -> int | None:
    """The order statistic that lies above a quantile with at most half of what the level leaves.

    Args:
        values: How many independent values there are.
        quantile: 0.99 for the 99 % quantile.
        level: Confidence, two-sided, 0 to 1.

    Returns:
        From 1 to n; ``None`` where not even the smallest value may be taken for the end.

    Raises:
        UseError: A quantile or level outside 0 to 1.
    """
    require_share(quantile, "quantile")
    require_share(level, "level")
    tail = (1 - level) / 2
    if values < 1 or float(bdtr(0, values, quantile)) > tail:
        return None
    # The l-th smallest is above it when at most l - 1 values are below: cdf(l - 1).
    return _first(values, lambda rank: float(bdtr(rank, values, quantile)) > tail)


def quantile_interval(values: Sequence[float], quantile: float, *, level: float) -> Interval:
    """A quantile of independent values, with an interval that needs no distribution.

    Args:
        values: In any order, in the unit of the result; finite.
        quantile: 0.99 for the 99 % quantile.
        level: Confidence, two-sided, 0 to 1.

    Returns:
        The smallest value that at least a share ``quantile`` of the values does not exceed; ``n``
        is the number of values.

    Raises:
        TooFewValuesError: Fewer than ``values_needed``.
        UseError: A value that is not finite, a quantile or level outside 0 to 1.
    """
    ranks = quantile_ranks(len(values), quantile, level=level)
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if not np.isfinite(ordered).all():
        raise UseError("a value is not finite", remedy="leave out what was not measured")
    low, middle, high = (float(ordered[r - 1]) for r in (ranks.low, ranks.middle, ranks.high))
    return Interval(middle, low, high, level, len(ordered))


def _first(most: int, holds: Callable[[int], bool]) -> int:
    """The first rank from 1 on for which ``holds``, which stays true; ``most`` where none does."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
