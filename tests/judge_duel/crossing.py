"""How often a sequence of t statistics exceeds its bounds when it should not: simulated.

Independent of how the bounds were made: other draws, the judge's own statistic, every look. Plain
draws for errors that occur; for those of one in a million paths are drawn from shifted normals and
weighted, which is exact in expectation whatever the shifts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from perfproof.judge.biweight import FloatArray
from perfproof.judge.duel import FIRST_LOOK, locate_pairs

SHIFTS = np.array([0.05, 0.12, 0.25, 0.45, 0.8, 1.4, 2.5, 5.0, 10.0, 20.0, 50.0, 120.0])


@dataclass(frozen=True)
class Chance:
    """An estimated chance and its standard error."""

    estimate: float
    error: float


def ever_exceeds(paths: FloatArray, bounds: FloatArray, *, margin: float = 0.0) -> np.ndarray:
    """Which paths, shape (paths, pairs), exceed the bounds at any look."""
    exceeded = np.zeros(len(paths), dtype=bool)
    for pairs in range(FIRST_LOOK, min(paths.shape[1], len(bounds) - 1) + 1):
        left = np.flatnonzero(~exceeded)
        located = locate_pairs(paths[left, :pairs])
        exceeded[left] = (located.location - margin) / located.error > bounds[pairs]
    return exceeded


def weighted_error(bounds: FloatArray, draws: int, seed: int) -> Chance:
    """Chance under normal pairs about 0, by importance sampling at the look of crossing.

    A path drawn with shift d per standard deviation crosses often; it counts for the inverse of
    the mean over shifts of its likelihood ratio, at the look where it crosses. For a statistic that
    no change of scale alters, that ratio is the one of S / sqrt(Q) alone.
    """
    rng = np.random.default_rng(seed)
    last = len(bounds) - 1
    shifts = SHIFTS[rng.integers(len(SHIFTS), size=draws)]
    paths = rng.standard_normal((draws, last)) + shifts[:, None]
    sums, squares = np.cumsum(paths, axis=1), np.cumsum(paths * paths, axis=1)
    weights, left = np.zeros(draws), np.arange(draws)
    for pairs in range(FIRST_LOOK, last + 1):
        located = locate_pairs(paths[left, :pairs])
        over = located.location / located.error > bounds[pairs]
        crossed = left[over]
        towards = sums[crossed, pairs - 1] / np.sqrt(squares[crossed, pairs - 1])
        weights[crossed] = np.exp(-_log_mean_ratio(towards, pairs))
        left = left[~over]
    return Chance(float(weights.mean()), float(weights.std() / np.sqrt(draws)))


def _log_mean_ratio(towards: FloatArray, pairs: int) -> FloatArray:
    """Log of the mean over the shifts of the likelihood ratio of U = S / sqrt(Q), |U|^2 <= n."""
    # Interpolated: dense where U nears its largest value, as it does when the scatter vanishes.
    rest = np.concatenate([np.geomspace(1e-12, 1, 400), np.linspace(1, 2, 40)[1:]])
    grid = np.sqrt(pairs) * (1 - rest)
    ratios = np.stack([-pairs * d * d / 2 + _log_mean_exp_chi(d * grid, pairs) for d in SHIFTS])
    mean = np.logaddexp.reduce(ratios, axis=0) - np.log(len(SHIFTS))
    found: FloatArray = np.interp(towards, grid[::-1], mean[::-1])
    return found


def _log_mean_exp_chi(a: FloatArray, df: int) -> FloatArray:
    """Log E exp(a R) for R chi with df degrees of freedom, by quadrature about the peak."""
    peak = (a + np.sqrt(a * a + 4 * (df - 1))) / 2
    width = 1 / np.sqrt((df - 1) / peak**2 + 1)
    steps = np.linspace(-9, 9, 61)
    r = np.maximum(peak[:, None] + width[:, None] * steps, 1e-300)
    logs = (df - 1) * np.log(r) - r * r / 2 + a[:, None] * r
    top = logs.max(axis=1)
    total = np.log(np.exp(logs - top[:, None]).sum(axis=1) * (steps[1] - steps[0]) * width) + top
    value: FloatArray = total - (df / 2 - 1) * np.log(2) - gammaln(df / 2)
    return value
