"""How far two stored sessions of the same code lie apart, beyond what their processes tell.

A session has an offset of its own: the host's load, the clock's mode, memory as it happened to be.
Part of it is common to all benchmarks of the session and part is each benchmark's own. The two are
kept apart, because a common offset seen in four sessions is four values, however many benchmarks
repeat it; taking the benchmarks as independent would make the suite certain of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perfproof.judge.biweight import FloatArray
from perfproof.judge.locations import locate
from perfproof.judge.moderation import moderate
from perfproof.judge.resampling import across
from perfproof.record import Sample

__all__ = [
    "ASSUMED_OWN_SD",
    "ASSUMED_RELATIVE_SD",
    "ASSUMED_SD",
    "FEWEST_SESSIONS",
    "FULL_DF",
    "Offsets",
    "assumed_offsets",
    "offsets_between",
]

ASSUMED_SD = 0.10
"""Standard deviation of a session's offset where history does not tell it. Sessions minutes apart
scattered by 4 to 11 % on a shared virtual machine, on a busy day by 8 to 14 % beyond what their
processes told: an assumption takes the upper end."""

ASSUMED_RELATIVE_SD = 0.03
"""The same for times in yardsticks, which cancel the machine's speed but not its memory: sixteen
sessions on that busy day scattered by 0 to 4 % beyond what their processes told."""

ASSUMED_OWN_SD = 0.03
"""What each benchmark adds of its own, on either scale: 0 to 4 % on that day."""

FEWEST_SESSIONS = 3
"""Stored sessions from which a scatter is estimated at all."""

FULL_DF = 10.0
"""Degrees of freedom that an offset's variance is taken to have; the assumption stands in for the
sessions that are missing to that, so that it fades out and eleven sessions stand alone."""

_MODERATE_FROM = 10
"""Benchmarks from which the suite itself tells how far its variances differ."""


@dataclass(frozen=True, slots=True)
class Offsets:
    """Variances of one session's offset, on the log scale.

    Attributes:
        common_variance: Of the part that all benchmarks of a session share.
        common_df: Its degrees of freedom.
        own_variance: Of each benchmark's own part, shape (benchmarks,).
        own_df: Their degrees of freedom, shape (benchmarks,).
        sessions: Stored sessions behind it; 0 when all of it is assumed.
        note: What the reader is told of it.
    """

    common_variance: float
    common_df: float
    own_variance: FloatArray
    own_df: FloatArray
    sessions: int
    note: str


def assumed_offsets(benchmarks: int, *, relative: bool, usable: int) -> Offsets:
    """What is taken for true without a history.

    Args:
        benchmarks: Number of benchmarks.
        relative: Whether times are in yardsticks.
        usable: Stored sessions that could have been used, for the note.
    """
    sd = _assumed_sd(relative)
    return Offsets(
        common_variance=sd**2,
        common_df=FULL_DF,
        own_variance=np.full(benchmarks, ASSUMED_OWN_SD**2),
        own_df=np.full(benchmarks, FULL_DF),
        sessions=0,
        note=(
            f"sessions are assumed to scatter by {100 * sd:.1f} % (sd) and each benchmark by "
            f"{100 * ASSUMED_OWN_SD:.1f} % more: {usable} stored sessions of this machine and "
            f"these benchmarks can be used, {FEWEST_SESSIONS} are needed to measure it"
        ),
    )


def offsets_between(
    history: Sequence[Sequence[Sample]], ids: Sequence[str], *, relative: bool
) -> Offsets:
    """Scatter between stored sessions of unchanged benchmarks.

    Their process scatter is part of it and is not taken off: with a handful of sessions the
    difference of two noisy variances is too often nothing, which would make a verdict bold where
    least is known. It costs some power and no error.

    Args:
        history: Samples of unchanged benchmarks on one machine, one sequence a session.
        ids: The benchmarks compared.
        relative: Whether times are in yardsticks.
    """
    values = _session_by_benchmark(history, ids, relative=relative)
    # A session of a few benchmarks only would leave few that stand in every session.
    values = values[np.isfinite(values).sum(axis=1) * 2 >= max(len(ids), 1)]
    everywhere = np.isfinite(values).all(axis=0)
    if len(values) < FEWEST_SESSIONS or not everywhere.any():
        return assumed_offsets(len(ids), relative=relative, usable=len(values))
    return _decomposed(values, everywhere, relative=relative)


def _decomposed(values: FloatArray, everywhere: np.ndarray, *, relative: bool) -> Offsets:
    sessions, benchmarks = values.shape
    full = values[:, everywhere]
    df = float(sessions - 1)
    deviations = full - full.mean(axis=0)
    common = deviations.mean(axis=1)
    assumed = _assumed_sd(relative) ** 2
    common_variance, common_df = _completed(float(common @ common) / df, df, assumed)
    own, own_df = _own(deviations - common[:, None], df)
    # A benchmark that is not in every session gets what its suite has, where that is known.
    own_variance = np.full(benchmarks, own.mean() if own.size > 1 else ASSUMED_OWN_SD**2)
    own_variance[everywhere] = own
    note = (
        f"scatter between sessions measured on {sessions} stored ones: "
        f"{100 * np.sqrt(common_variance):.1f} % (sd) common to the suite, "
        f"{100 * np.sqrt(np.median(own_variance)):.1f} % of a benchmark's own"
    )
    if df < FULL_DF:
        note += (
            f" (an assumed {100 * np.sqrt(assumed):.1f} % stands in for the sessions missing to 11)"
        )
    return Offsets(
        common_variance=common_variance,
        common_df=common_df,
        own_variance=own_variance,
        own_df=np.full(benchmarks, own_df),
        sessions=sessions,
        note=note,
    )


def _own(residuals: FloatArray, df: float) -> tuple[FloatArray, float]:
    benchmarks = residuals.shape[1]
    if benchmarks == 1:
        # All that one benchmark does is common to its suite.
        return np.zeros(1), FULL_DF
    variances = np.square(residuals).sum(axis=0) / df * benchmarks / (benchmarks - 1)
    if benchmarks >= _MODERATE_FROM:
        moderated = moderate(variances, df)
        return moderated.variance, moderated.df
    completed = [_completed(float(v), df, ASSUMED_OWN_SD**2) for v in variances]
    return np.array([variance for variance, _ in completed]), completed[0][1]


def _completed(variance: float, df: float, assumed: float) -> tuple[float, float]:
    missing = max(0.0, FULL_DF - df)
    return (missing * assumed + df * variance) / (missing + df), missing + df


def _assumed_sd(relative: bool) -> float:
    return ASSUMED_RELATIVE_SD if relative else ASSUMED_SD


def _session_by_benchmark(
    history: Sequence[Sequence[Sample]], ids: Sequence[str], *, relative: bool
) -> FloatArray:
    """Log locations, shape (sessions, benchmarks), NaN where a session has no figure."""
    rows = []
    for samples in history:
        located = locate(samples, ids=ids, yardstick=relative)
        rows.append(across(located.values(relative=relative), located.owner, len(ids)).location)
    return np.array(rows).reshape(len(history), len(ids))
