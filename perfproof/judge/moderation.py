"""Variances of few degrees of freedom, lent strength by the rest of the suite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, polygamma

from perfproof.judge.biweight import FloatArray

__all__ = ["Moderated", "moderate", "trigamma_inverse"]

# Relative to the median: a variance of exactly 0 is a rounding, and its logarithm no number.
_SMALLEST = 1e-5


@dataclass(frozen=True, slots=True)
class Moderated:
    """Variances after moderation.

    Attributes:
        variance: Shape (benchmarks,).
        df: Degrees of freedom of each.
        prior_variance: Where the suite's variances lie; what a benchmark without data gets.
        prior_df: How many degrees of freedom that knowledge is worth; may be infinite.
    """

    variance: FloatArray
    df: float
    prior_variance: float
    prior_df: float


def moderate(variances: FloatArray, df: float) -> Moderated:
    """Empirical Bayes: (d0 s0^2 + d s^2) / (d0 + d), with d0 and s0^2 fitted to the suite.

    Smyth 2004, Statist. Appl. Genet. Mol. Biol. 3:3, section 6.2; as in limma, no variance is
    credited with more degrees of freedom than all of them have together.

    Args:
        variances: Sample variances, shape (benchmarks,), at least two, independent of each other.
        df: Degrees of freedom of each.
    """
    typical = float(np.median(variances))
    if typical <= 0:
        return Moderated(variances, df, prior_variance=typical, prior_df=0.0)
    logs = np.log(np.maximum(variances, _SMALLEST * typical))
    centred = logs - digamma(df / 2) + np.log(df / 2)
    excess = float(np.var(centred, ddof=1)) - float(polygamma(1, df / 2))
    prior_df = 2 * float(trigamma_inverse(np.array(excess)))
    if np.isinf(prior_df):
        prior = float(np.exp(centred.mean()))
        moderated = np.full_like(variances, prior)
    else:
        half = prior_df / 2
        prior = float(np.exp(centred.mean() + digamma(half) - np.log(half)))
        moderated = (prior_df * prior + df * variances) / (prior_df + df)
    together = df * len(variances)
    return Moderated(moderated, min(prior_df + df, together), prior, min(prior_df, together))


def trigamma_inverse(values: FloatArray) -> FloatArray:
    """The numbers whose trigamma is ``values``; infinite where these are not above 0.

    Newton's method on 1/trigamma, convex and nearly linear (Smyth 2004, appendix).
    """
    positive = values > 0
    wanted = np.where(positive, values, 1.0)
    found = 0.5 + 1 / wanted
    for _ in range(50):
        now = polygamma(1, found)
        step = now * (1 - now / wanted) / polygamma(2, found)
        found = found + step
        if not np.any(-step / found > 1e-8):
            break
    # Far out, the first and last terms of the series are exact enough, and Newton's steps are not.
    found = np.where(wanted > 1e7, 1 / np.sqrt(wanted), np.where(wanted < 1e-6, 1 / wanted, found))
    inverse: FloatArray = np.where(positive, found, np.inf)
    return inverse
