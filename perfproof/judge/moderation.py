"""Variances of few degrees of freedom, lent strength by the rest of the suite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, polygamma

from perfproof.judge.biweight import FloatArray

__all__ = ["Moderated", "fit_prior", "moderate"]

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
    positive = np.maximum(variances, _SMALLEST * typical)
    fitted = fit_prior(positive, np.full_like(positive, df))
    prior, prior_df = (float(each[0]) for each in fitted)
    if np.isinf(prior_df):
        moderated = np.full_like(variances, prior)
    else:
        moderated = (prior_df * prior + df * variances) / (prior_df + df)
    together = df * len(variances)
    return Moderated(moderated, min(prior_df + df, together), prior, min(prior_df, together))


def fit_prior(variances: FloatArray, df: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where a suite's variances lie, and how many degrees of freedom knowing it is worth.

    By the mean and variance of their logs (Smyth 2004, section 6.2). It says nothing of fewer
    than two variances.

    Args:
        variances: Shape (benchmarks,) or (suites, benchmarks), above 0; NaN where there is none.
        df: Degrees of freedom of each.

    Returns:
        Prior variance and its degrees of freedom, perhaps infinite; shape (1,) or (suites, 1).
    """
    known = np.isfinite(variances) & (df > 0)
    enough = np.maximum(known.sum(axis=-1, keepdims=True), 2)
    half = np.where(known, df, 2.0) / 2
    logs = np.log(np.where(known, variances, 1.0)) - digamma(half) + np.log(half)
    middle = np.where(known, logs, 0.0).sum(axis=-1, keepdims=True) / enough
    spread = np.where(known, (logs - middle) ** 2, 0.0).sum(axis=-1, keepdims=True) / (enough - 1)
    of_few = np.where(known, polygamma(1, half), 0.0).sum(axis=-1, keepdims=True) / enough
    prior_half = _trigamma_inverse(spread - of_few)
    finite = np.where(np.isfinite(prior_half), prior_half, 1.0)
    shift = np.where(np.isfinite(prior_half), digamma(finite) - np.log(finite), 0.0)
    return np.exp(middle + shift), 2 * prior_half


def _trigamma_inverse(values: FloatArray) -> FloatArray:
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
