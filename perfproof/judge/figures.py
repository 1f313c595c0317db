"""Typical seconds a call, with an interval that processes carry."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from scipy.special import stdtrit

from perfproof.errors import UseError
from perfproof.judge.locations import Locations, locate
from perfproof.judge.resampling import Located, Resampling, across
from perfproof.record import Interval, Sample, Session

__all__ = ["WIDEST", "figure_seconds", "figures_seconds", "log_interval", "require_share"]

WIDEST = float(np.log(1e6))
"""An interval that reaches a millionfold each way says nothing: its ends count as not known."""


def figure_seconds(
    samples: Sequence[Sample], *, level: float, rng: np.random.Generator
) -> Interval:
    """Typical seconds a call of one benchmark.

    Per process a biweight over its blocks; over processes their interquartile mean, on the log
    scale; interval by its bootstrap error and Student's t with processes - 1 degrees of freedom
    (a percentile bootstrap of ten processes is too narrow, and knows no level beyond 99 %).

    Args:
        samples: Samples of one benchmark, one a process.
        level: Confidence, two-sided, 0 to 1.
        rng: Where resampling takes its chance from.

    Returns:
        Seconds; the ends are ``None`` with one process.

    Raises:
        UseError: No samples, samples of several benchmarks, or a level outside 0 to 1.
    """
    names = {sample.benchmark for sample in samples}
    if len(names) != 1:
        raise UseError(
            f"a figure needs the samples of one benchmark, these are of {len(names)}",
            remedy="pass Session.samples_of(id)",
        )
    require_share(level, "level")
    (interval,) = _figures(locate(samples, yardstick=False), level, rng).values()
    return interval


def figures_seconds(
    session: Session,
    *,
    level: float,
    rng: np.random.Generator,
    ids: Collection[str] | None = None,
) -> dict[str, Interval]:
    """``figure_seconds`` of many benchmarks at once; those without samples are left out.

    Raises:
        UseError: A level outside 0 to 1.
    """
    require_share(level, "level")
    measured = {sample.benchmark for sample in session.samples}
    wanted = [b.id for b in session.benchmarks if ids is None or b.id in ids]
    located = locate(
        session.samples, ids=[name for name in wanted if name in measured], yardstick=False
    )
    return _figures(located, level, rng)


def _figures(located: Locations, level: float, rng: np.random.Generator) -> dict[str, Interval]:
    counts = np.bincount(located.owner, minlength=len(located.ids))
    resampling = Resampling(rng, int(counts.max(initial=1)))
    found = across(located.seconds, located.owner, len(located.ids), resampling)
    return {name: _figure(found, row, level) for row, name in enumerate(located.ids)}


def _figure(found: Located, row: int, level: float) -> Interval:
    count = int(found.processes[row])
    reach = None
    if count > 1:
        reach = float(stdtrit(count - 1, (1 + level) / 2) * found.error[row])
    return log_interval(float(found.location[row]), reach, level=level, n=count)


def log_interval(location: float, reach: float | None, *, level: float, n: int) -> Interval:
    """``exp(location +- reach)`` as an interval; its ends are not known without a usable reach."""
    estimate = float(np.exp(location))
    if reach is None or not reach < WIDEST:
        return Interval(estimate, None, None, None, n)
    low, high = float(np.exp(location - reach)), float(np.exp(location + reach))
    return Interval(estimate, low, high, level, n)


def require_share(value: float, name: str) -> None:
    """Refuse a probability that is none.

    Raises:
        UseError: Not strictly between 0 and 1.
    """
    if not 0 < value < 1:
        raise UseError(
            f"{name} is {value:g}", where=name, remedy="choose a share between 0 and 1, like 0.01"
        )
