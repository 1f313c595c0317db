"""How often something fails, from trials."""

from __future__ import annotations

from scipy.special import betaincinv

from perfproof.errors import UseError
from perfproof.judge.figures import require_share
from perfproof.record import Interval

__all__ = ["failure_rate"]


def failure_rate(failures: int, trials: int, *, level: float) -> Interval:
    """Share of trials that fail, with Clopper and Pearson's interval.

    It covers the true rate at least as often as ``level`` says, whatever the rate and however few
    the trials (Clopper and Pearson 1934, Biometrika 26:404-413); trials must be independent.

    Args:
        failures: Trials that failed.
        trials: All trials.
        level: Confidence, two-sided, 0 to 1.

    Returns:
        A share, 0 to 1; ``n`` is the number of trials.

    Raises:
        UseError: No trials, failures outside 0 to ``trials``, or a level outside 0 to 1.
    """
    require_share(level, "level")
    if trials < 1 or not 0 <= failures <= trials:
        raise UseError(
            f"{failures} failures of {trials} trials is no rate",
            remedy="give at least one trial, and failures between 0 and the trials",
        )
    tail = (1 - level) / 2
    low = float(betaincinv(failures, trials - failures + 1, tail)) if failures else 0.0
    passed = failures == trials
    high = 1.0 if passed else float(betaincinv(failures + 1, trials - failures, 1 - tail))
    return Interval(failures / trials, low, high, level, trials)
