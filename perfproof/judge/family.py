"""Errors spent over a suite: how much of alpha each benchmark may use."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtr, stdtrit

from perfproof.judge.biweight import FloatArray
from perfproof.judge.ratios import Ratios

__all__ = ["family_tail", "joint_error"]

# Cells over the common offset, and the share of alpha beyond the last: that much is given away.
_CELLS = 80
_BEYOND = 0.01
_HALVINGS = 14


def family_tail(ratios: Ratios, alpha: float) -> float:
    """Largest error a benchmark's end may have, so that all of them together keep ``alpha``.

    Bonferroni's alpha / m holds whatever the dependence. Here a part of it is known: two sessions
    differ by one common offset, which carries all benchmarks of a suite up or down together. Given
    that offset the benchmarks' own errors are bounded by their sum, and the bound is averaged over
    the offset, so that an offset is paid for once and not m times. Never below alpha / m.

    Args:
        ratios: The suite; benchmarks without an error take no share.
        alpha: Chance, one-sided, over the suite.
    """
    usable = np.isfinite(ratios.error)
    family = int(usable.sum())
    if family < 2:
        return alpha
    low, high = np.log(alpha / family), np.log(alpha)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if joint_error(ratios, usable, float(np.exp(middle)), alpha) <= alpha:
            low = middle
        else:
            high = middle
    return float(np.exp(low))


def joint_error(ratios: Ratios, usable: np.ndarray, tail: float, alpha: float) -> float:
    """Upper bound of the chance that any end is wrong, when each may be with chance ``tail``.

    Common offset and own errors are Student variables given their estimated scales, as in Behrens'
    and Fisher's problem (conservative: Robinson 1976, Ann. Statist. 4:963-971). Within a cell the
    offset is taken at its far edge.

    Args:
        ratios: The suite.
        usable: Which benchmarks have an error, shape (benchmarks,).
        tail: Chance that one end is wrong, taken alone.
        alpha: Sets how far out the cells reach.
    """
    reach = -stdtrit(ratios.df[usable], tail) * ratios.error[usable]
    beyond = np.geomspace(0.5, _BEYOND * alpha, _CELLS)
    edges = -stdtrit(ratios.offsets.common_df, beyond) * ratios.common_error
    masses = np.concatenate([[0.5], -np.diff(beyond)])
    own = np.maximum(ratios.own_error[usable], 1e-12)
    excess: FloatArray = (reach[None, :] - edges[:, None]) / own[None, :]
    wrong = stdtr(ratios.own_df[usable][None, :], -excess).sum(axis=1)
    return float(masses @ np.minimum(wrong, 1)) + _BEYOND * alpha
