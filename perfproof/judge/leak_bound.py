r"""Memory of a whole process held against a bound, where no site can be told from another.

A process that serves fills caches for a long while, and beside a large cache a small leak does not
make every round rise. So the question is another one than in :mod:`perfproof.judge.leaks`: how
fast does what lives in it still grow over the later half, and is that under a stated bound?

**The figure** is the slope of a straight line through the looks of the later half (least squares),
bytes over operations. What is held beside a leak wavers, and neighbouring looks waver together, so
the error counts fewer looks than there are: with the lag-1 correlation :math:`r_1` of the residuals

.. math:: n_e = n \frac{1 - r_1}{1 + r_1}

(at most n), the residual variance is over :math:`n_e - 2`, and so are the degrees of Student's t
(Santer et al. 2000, *J. Geophys. Res.* 105(D6), 7337-7356, section 4; :math:`r_1` is raised by
its bias :math:`(1 + 4 r_1)/n`, Kendall 1954, *Biometrika* 41:403). Where looks follow each other so
closely that less than half of them counts, the interval is also as wide as that of the mean
growth between looks, which is right for a random walk. Intervals of 99 % were seen to hold the
truth in 99.3 % of runs with independent looks, and in 97.6 to 98.3 % with lag-1 correlations from
0.3 to 1 (29 looks, 3,000 runs each).

**The verdict** is ``free`` only when the whole interval lies under the bound, ``leak`` only when it
lies above it and the growth does not slow down, and ``undecided`` for all between: a slow leak, a
cache that still fills, too much noise. So what is called free keeps at most the bound of an
operation; nothing is said of less.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from statistics import fmean

from scipy.special import stdtrit

from perfproof.judge.leaks import STEADY
from perfproof.record import Interval, Leak, LeakVerdict

__all__ = ["FEWEST_LOOKS", "LEVEL", "growth_rate", "hold_against", "later_over_earlier"]

LEVEL = 0.99
"""Confidence of the interval, two-sided."""

FEWEST_LOOKS = 12
"""Looks of the later half under which nothing is said."""

_MOST_ALIKE = 0.95


def growth_rate(
    marks: Sequence[int], operations: Sequence[int], *, level: float = LEVEL
) -> Interval:
    """Growth an operation over the later half of the looks.

    Args:
        marks: What was held before the first look and at each look; one more than looks.
        operations: Operations before each look, all above 0.
        level: Confidence of the interval.

    Returns:
        The rate in the unit of ``marks`` an operation; its n counts looks. Without ends where
        there are fewer than ``FEWEST_LOOKS``.

    Raises:
        ValueError: The two are not of the same looks, or there is none.
    """
    if not operations or len(marks) != len(operations) + 1 or min(operations) < 1:
        raise ValueError("every look has a mark and at least one operation before it")
    half = len(operations) // 2
    done = list(accumulate(operations[half:], initial=0))
    held = [float(each) for each in marks[half:]]
    centre, middle = fmean(done), fmean(held)
    spread = sum((each - centre) ** 2 for each in done)
    slope = sum((x - centre) * (y - middle) for x, y in zip(done, held, strict=True)) / spread
    residuals = [y - middle - slope * (x - centre) for x, y in zip(done, held, strict=True)]
    squares = sum(each**2 for each in residuals)
    if len(done) < FEWEST_LOOKS:
        return Interval(slope, None, None, None, len(done))
    worth = _effective(residuals, squares)
    degrees = max(1.0, worth - 2)
    reach = float(stdtrit(degrees, (1 + level) / 2)) * math.sqrt(squares / degrees / spread)
    low, high = slope - reach, slope + reach
    if worth < len(done) / 2:
        between = _mean_growth(held, operations[half:], level)
        low, high = min(low, between[0]), max(high, between[1])
    return Interval(slope, low, high, level, len(done))


def _effective(residuals: Sequence[float], squares: float) -> float:
    """How many independent looks these are worth."""
    count = len(residuals)
    # Of what fits a line exactly, nothing is left to correlate.
    if squares <= 0:
        return count
    seen = sum(a * b for a, b in pairwise(residuals)) / squares
    alike = min(_MOST_ALIKE, max(0.0, seen + (1 + 4 * seen) / count))
    return count * (1 - alike) / (1 + alike)


def _mean_growth(
    held: Sequence[float], operations: Sequence[int], level: float
) -> tuple[float, float]:
    """Ends of the growth from look to look, over the operations: a ratio estimate.

    Its error is Cochran's (*Sampling Techniques*, 3rd ed., section 6.4), without the finite
    population.
    """
    total, count = sum(operations), len(operations)
    rate = (held[-1] - held[0]) / total
    grown = [after - before for before, after in pairwise(held)]
    squares = sum((d - rate * n) ** 2 for d, n in zip(grown, operations, strict=True))
    error = math.sqrt(count / (count - 1) * squares) / total
    reach = float(stdtrit(count - 1, (1 + level) / 2)) * error
    return rate - reach, rate + reach


def hold_against(
    size: Interval, objects: Interval, *, bound: float, steadiness: float
) -> Leak | None:
    """What is said of a process whose memory grows like this; ``None`` when it is free.

    Args:
        size: Bytes an operation, of :func:`growth_rate`.
        objects: Blocks an operation, the same.
        bound: Bytes an operation that it may keep at most.
        steadiness: Of :func:`later_over_earlier`.
    """
    if size.low is None or size.high is None:
        verdict, reason = (
            LeakVerdict.UNDECIDED,
            f"with {size.n} looks, under {FEWEST_LOOKS}, nothing can be told",
        )
    elif size.high < bound:
        return None
    elif size.low <= bound:
        verdict, reason = LeakVerdict.UNDECIDED, f"the bound of {bound:g} bytes lies within"
    elif steadiness < STEADY:
        verdict, reason = LeakVerdict.UNDECIDED, "grows more and more slowly, as a cache may"
    else:
        verdict, reason = LeakVerdict.LEAK, f"more than the bound of {bound:g} bytes"
    return Leak(kept="memory", verdict=verdict, stack=(), objects=objects, size=size, reason=reason)


def later_over_earlier(marks: Sequence[int], operations: Sequence[int]) -> float:
    """Rate of the last quarter over that of the quarter before; endless where that had none."""
    start, middle = len(operations) // 2, len(operations) * 3 // 4
    early = (marks[middle] - marks[start]) / max(1, sum(operations[start:middle]))
    late = (marks[-1] - marks[middle]) / max(1, sum(operations[middle:]))
    return late / early if early > 0 else math.inf
