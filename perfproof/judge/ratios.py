"""Head over base of a whole suite on the log scale, with the error of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perfproof.judge.biweight import FloatArray
from perfproof.judge.locations import IntArray, Locations, locate
from perfproof.judge.offsets import Offsets, offsets_between
from perfproof.judge.pairing import Pairing
from perfproof.judge.resampling import Located, Resampling, across
from perfproof.record import Session

__all__ = ["Ratios", "suite_ratios", "welch_df"]


@dataclass(frozen=True, slots=True)
class Ratios:
    """Arrays of shape (benchmarks,), in the order of the pairing's ids.

    Attributes:
        log_ratio: Log of head over base.
        error: Its standard error; NaN with one process on a side.
        df: Degrees of freedom of the error.
        own_error: The part of it that is not common to the suite.
        own_df: Degrees of freedom of that part.
        common_error: The part that two sessions' common offset has, one number for all.
        seconds: Typical seconds a call, base and head.
        processes: Processes, base and head.
        offsets: What was taken for the scatter between sessions.
    """

    log_ratio: FloatArray
    error: FloatArray
    df: FloatArray
    own_error: FloatArray
    own_df: FloatArray
    common_error: float
    seconds: tuple[FloatArray, FloatArray]
    processes: tuple[IntArray, IntArray]
    offsets: Offsets


def suite_ratios(base: Session, head: Session, sides: Pairing, rng: np.random.Generator) -> Ratios:
    """Every shared benchmark's log ratio, on the scale that the pairing allows.

    The variance is that of both sides across processes plus that of two sessions' offsets.
    """
    first, second = (
        locate(session.samples, ids=sides.ids, yardstick=sides.relative) for session in (base, head)
    )
    resampling = Resampling(rng, max(_most(first), _most(second)))
    on_base = _across(first, resampling, relative=sides.relative)
    on_head = _across(second, resampling, relative=sides.relative)
    offsets = offsets_between(sides.history, sides.ids, relative=sides.relative)
    variances, dfs = _parts(on_base, on_head, offsets)
    return Ratios(
        log_ratio=on_head.location - on_base.location,
        error=np.sqrt(variances.sum(axis=0)),
        df=welch_df(variances, dfs),
        own_error=np.sqrt(variances[1:].sum(axis=0)),
        own_df=welch_df(variances[1:], dfs[1:]),
        common_error=float(np.sqrt(2 * offsets.common_variance)),
        seconds=(_typical_seconds(first), _typical_seconds(second)),
        processes=(on_base.processes, on_head.processes),
        offsets=offsets,
    )


def welch_df(variances: FloatArray, dfs: FloatArray) -> FloatArray:
    """Degrees of freedom of a sum of variances (Welch 1947, Biometrika 34:28-35).

    Args:
        variances: Shape (parts, benchmarks).
        dfs: Their degrees of freedom, same shape.

    Returns:
        Shape (benchmarks,); the smallest of the parts' where all variances are 0 or one is NaN.
    """
    total = variances.sum(axis=0)
    some = total > 0
    shares = np.divide(variances, total, out=np.zeros_like(variances), where=some)
    spread = (np.square(shares) / dfs).sum(axis=0)
    found: FloatArray = np.divide(1, spread, out=dfs.min(axis=0), where=some)
    return found


def _parts(base: Located, head: Located, offsets: Offsets) -> tuple[FloatArray, FloatArray]:
    """Variances and their degrees of freedom, shape (parts, benchmarks), the common part first."""
    variances = np.stack(
        [
            np.full(len(base.error), 2 * offsets.common_variance),
            np.square(base.error),
            np.square(head.error),
            2 * offsets.own_variance,
        ]
    )
    dfs = np.stack(
        [
            np.full(len(base.error), offsets.common_df),
            np.maximum(base.processes - 1.0, 1),
            np.maximum(head.processes - 1.0, 1),
            offsets.own_df,
        ]
    )
    return variances, dfs


def _across(side: Locations, resampling: Resampling, *, relative: bool) -> Located:
    return across(side.values(relative=relative), side.owner, len(side.ids), resampling)


def _typical_seconds(side: Locations) -> FloatArray:
    seconds: FloatArray = np.exp(across(side.seconds, side.owner, len(side.ids)).location)
    return seconds


def _most(side: Locations) -> int:
    return int(np.bincount(side.owner, minlength=1).max())
