"""What the suite knows of scatter, lent to benchmarks with few pairs of their own.

After four pairs a standard deviation has three degrees of freedom, and the bound of a t statistic
for one of twenty benchmarks is some fifty errors; most of that is not knowing the scatter. Other
benchmarks of the same session scatter alike, within a factor: as in Smyth 2004 (Statist. Appl.
Genet. Mol. Biol. 3:3, section 6.2) a prior is fitted to the variances of the suite, and what it is
worth in degrees of freedom is added to a benchmark's own.

It is lent cautiously, as a suite is no random sample. An error never becomes smaller than the
benchmark's own; no more than four degrees of freedom are lent; a benchmark that scatters three
times the prior's variance or more stands alone. So only the bound falls, and only where the
benchmark's own data agree with the rest. With truth at the margin the chance of any wrong
``slower`` in a suite of twenty stayed what it was without lending (nominal 1 % over 120 looks, here
40 looks, 1,500 suites each, in per cent with and without): recorded pairs, centred 0.3 and 0.2;
normal pairs of equal scatter 0.1 and 0.1, of lognormal scatter (sd 0.5) 0.2 and 0.1; one of them
ten times noisier 0.4 and 0.4; Student's t with 3 degrees of freedom 0.0 and 0.1. Smyth's own
estimate, without the three rules, had 2.1, 0.3, 2.1, 3.4 and 0.1; ``tests/judge_duel`` repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perfproof.judge.biweight import FloatArray
from perfproof.judge.moderation import fit_prior

__all__ = ["ALONE", "Lent", "lend"]

MOST_DF = 4.0
"""Degrees of freedom that are lent at most."""

REACH = 3.0
"""Times the prior's variance from which on a benchmark stands alone."""

FEWEST = 8
"""Benchmarks with a scatter of their own, below which nothing is known of a suite."""


@dataclass(frozen=True, slots=True)
class Lent:
    """Scatter that a suite has in common; of several suites arrays of shape (suites, 1).

    Attributes:
        variance: Of one pair's log ratio.
        df: Degrees of freedom that knowing it is worth; 0 when nothing is lent.
    """

    variance: float | FloatArray
    df: float | FloatArray

    def to(
        self, error: FloatArray, df: FloatArray, pairs: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Error and degrees of freedom with what is lent to them.

        Args:
            error: Standard errors of locations.
            df: Degrees of freedom of these.
            pairs: Pairs behind them.
        """
        variance = error * error * pairs
        alone = (variance >= REACH * self.variance) | (np.asarray(self.df) <= 0)
        together = (self.df * self.variance + df * variance) / np.maximum(self.df + df, 1)
        lent: FloatArray = np.sqrt(np.maximum(variance, together) / pairs)
        return np.where(alone, error, lent), np.where(alone, df, df + self.df)


ALONE = Lent(0.0, 0.0)
"""Nothing is lent."""


def lend(variances: FloatArray, df: FloatArray) -> Lent:
    """Fit the prior to a suite's variances, and cap what it is worth.

    Args:
        variances: Of one pair's log ratio, shape (benchmarks,) or (suites, benchmarks), above 0;
            NaN where there is none.
        df: Degrees of freedom of each.
    """
    prior, prior_df = fit_prior(variances, df)
    known = (np.isfinite(variances) & (df > 0)).sum(axis=-1, keepdims=True)
    return Lent(prior, np.where(known < FEWEST, 0.0, np.minimum(prior_df, MOST_DF)))
