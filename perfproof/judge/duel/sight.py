"""What a duel of so many pairs could see, before it is fought."""

from __future__ import annotations

import math

from scipy.special import ndtri

from perfproof.judge.comparison import POWER
from perfproof.judge.duel.boundary import FIRST_LOOK, Schedule
from perfproof.judge.duel.location import degrees_of_freedom
from perfproof.judge.figures import WIDEST

__all__ = ["called_slowdown", "smallest_slowdown"]


def smallest_slowdown(
    scatter: float, pairs: int, *, margin: float, alpha: float, schedule: Schedule
) -> float | None:
    """Smallest slowdown that so many pairs would call with 90 % power.

    Args:
        scatter: Standard deviation of a pair's log ratio.
        pairs: Pairs that the time pays for; those past the schedule's last count for nothing.
        margin: Slowdown that matters, 0.01 is 1 %.
        alpha: Chance of error of one benchmark, one-sided.
        schedule: Looks.

    Returns:
        0.02 is 2 %; ``None`` where there would be no look yet, or none would be seen.
    """
    look = min(pairs, schedule.last)
    if look < FIRST_LOOK:
        return None
    bound = float(schedule.critical(alpha)[look])
    error = scatter / math.sqrt(look)
    return called_slowdown(error, degrees_of_freedom(look), margin=margin, bound=bound)


def called_slowdown(error: float, df: float, *, margin: float, bound: float) -> float | None:
    """Smallest slowdown that this look calls with 90 % power.

    Bound and power, in errors, over the margin (Bloom 1995, Evaluation Review 19:547-556). The
    bound is a multiple of an error that is itself estimated, which counts much where pairs are
    few: noncentral t as in Johnson and Welch 1940, Biometrika 31:362-389.

    Args:
        error: Standard error of the log ratio.
        df: Degrees of freedom of that error.
        margin: Slowdown that matters, 0.01 is 1 %.
        bound: Errors that must lie between estimate and margin.

    Returns:
        0.02 is 2 %; ``None`` where none would be called.
    """
    power = float(ndtri(POWER)) * math.sqrt(1 + bound * bound / (2 * df))
    slowdown = math.log1p(margin) + (bound + power) * error
    return math.expm1(slowdown) if slowdown < WIDEST else None
