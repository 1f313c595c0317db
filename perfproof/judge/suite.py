"""The suite as one figure: the geometric mean of head over base."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from perfproof.errors import UseError
from perfproof.judge.biweight import FloatArray
from perfproof.judge.figures import log_interval, require_share
from perfproof.judge.locations import locate
from perfproof.judge.offsets import Offsets, offsets_between
from perfproof.judge.pairing import pair
from perfproof.judge.ratios import welch_df
from perfproof.judge.resampling import Resampling, across
from perfproof.record import Interval, Session

__all__ = ["suite_ratio"]


def suite_ratio(
    base: Session,
    head: Session,
    *,
    level: float,
    rng: np.random.Generator,
    history: Sequence[Session] = (),
) -> Interval:
    """Geometric mean of head over base, over the benchmarks with figures on both sides.

    Benchmarks are not replicates: those of one process share its layout and its luck, those of
    one session its offset. So each process gives one value, the mean over its benchmarks of the
    log location (as a deviation from each benchmark's mean, so that a process without some
    benchmark is not shifted); processes are resampled, and two sessions' common offset, which no
    number of benchmarks averages out, is added.

    Args:
        base: Session to compare with.
        head: Session to judge.
        level: Confidence, two-sided, 0 to 1.
        rng: Where resampling takes its chance from.
        history: Other stored sessions, for the offset; without three it is assumed.

    Returns:
        Head over base; ``n`` is the processes of the side that has fewer. The ends are ``None``
        with one process on a side.

    Raises:
        FingerprintError: The sessions are of different machines.
        UseError: No benchmark has figures on both sides, or a level outside 0 to 1.
    """
    require_share(level, "level")
    sides = pair(base, head, history)
    if not sides.ids:
        raise UseError(
            "no benchmark has figures on both sides", remedy="compare sessions of one suite"
        )
    replicates = tuple(
        _replicates(session, sides.ids, relative=sides.relative) for session in (base, head)
    )
    offsets = offsets_between(sides.history, sides.ids, relative=sides.relative)
    return _interval(replicates, offsets, level, rng)


def _interval(
    replicates: Sequence[FloatArray], offsets: Offsets, level: float, rng: np.random.Generator
) -> Interval:
    resampling = Resampling(rng, max(len(values) for values in replicates))
    first, second = (
        across(values, np.zeros(len(values), dtype=np.int64), 1, resampling)
        for values in replicates
    )
    n = min(len(values) for values in replicates)
    log_ratio = float((second.location - first.location)[0])
    if n < 2:
        return log_interval(log_ratio, None, level=level, n=n)
    # Each benchmark's own offset averages out over the suite; the common one does not.
    own = offsets.own_variance.mean() / len(offsets.own_variance)
    variances = np.stack(
        [
            np.square(first.error),
            np.square(second.error),
            np.array([2 * offsets.common_variance]),
            np.array([2 * own]),
        ]
    )
    dfs = np.array(
        [
            [first.processes[0] - 1],
            [second.processes[0] - 1],
            [offsets.common_df],
            [offsets.own_df[0]],
        ]
    )
    quantile = float(stdtrit(welch_df(variances, dfs)[0], (1 + level) / 2))
    return log_interval(log_ratio, quantile * float(np.sqrt(variances.sum())), level=level, n=n)


def _replicates(session: Session, ids: Sequence[str], *, relative: bool) -> FloatArray:
    """One value a process: its mean over the benchmarks of the log location."""
    located = locate(session.samples, ids=ids, yardstick=relative)
    values = located.values(relative=relative)
    means = np.bincount(located.owner, values) / np.bincount(located.owner)
    _, process = np.unique(located.process, return_inverse=True)
    deviations = np.bincount(process, values - means[located.owner]) / np.bincount(process)
    replicates: FloatArray = means.mean() + deviations
    return replicates
