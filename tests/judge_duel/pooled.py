"""What was not chosen, or is wrong on purpose: other judges to hold the real one against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from perfproof.judge.biweight import MAD_TO_SD, SCALE_FLOOR, TUNING, FloatArray, biweight
from perfproof.judge.duel import FIRST_LOOK, locate_pairs
from perfproof.judge.duel.location import degrees_of_freedom
from tests.judge_duel.crossing import ever_exceeds


@dataclass(frozen=True)
class Pooled:
    location: float
    error: float


def pooled_location(rows: FloatArray) -> Pooled:
    """Biweight over the ratios of all pairs, one-step pseudo-values a pair for the error.

    Shape (pairs, ratios). The influence of a pair is the sum of psi over its ratios; the error
    that of the sum over pairs (cluster-robust: Liang and Zeger 1986, Biometrika 73:13-22).
    """
    location = float(biweight(rows.reshape(1, -1))[0])
    deviations = rows - np.median(rows)
    reach = TUNING * max(MAD_TO_SD * float(np.median(np.abs(deviations))), SCALE_FLOOR)
    u = (rows - location) / reach
    inside = np.abs(u) < 1
    influence = np.where(inside, u * (1 - u * u) ** 2, 0.0).sum(axis=1) * reach
    slope = float(np.where(inside, (1 - u * u) * (1 - 5 * u * u), 0.0).sum())
    pseudo = len(rows) * influence / slope
    return Pooled(location, float(pseudo.std(ddof=1) / np.sqrt(len(rows))))


def pooled_block_alarms(rows: FloatArray, bounds: FloatArray) -> np.ndarray:
    """Sabotage: every block a replicate, so the bounds' tails meet many degrees of freedom.

    Shape (duels, pairs, ratios); which are ever alarmed.
    """
    alarmed = np.zeros(len(rows), dtype=bool)
    for pairs in range(FIRST_LOOK, rows.shape[1] + 1):
        located = locate_pairs(rows[:, :pairs].reshape(len(rows), -1))
        tail = stdtr(degrees_of_freedom(pairs), -bounds[pairs])
        alarmed |= located.location / located.error > -stdtrit(located.df, tail)
    return alarmed


def unspent_alarms(paths: FloatArray, alpha: float) -> np.ndarray:
    """Sabotage: the whole error at each look, as if it were the only one."""
    bounds = np.full(paths.shape[1] + 1, np.inf)
    for pairs in range(FIRST_LOOK, paths.shape[1] + 1):
        df = locate_pairs(paths[:1, :pairs]).df
        bounds[pairs] = -stdtrit(df, alpha)
    return ever_exceeds(paths, bounds)
