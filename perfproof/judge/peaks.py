"""Typical peak memory of a process that measures a benchmark, with an interval."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from scipy.special import stdtrit

from perfproof.judge.figures import log_interval, require_share
from perfproof.judge.resampling import Resampling, across
from perfproof.record import Interval, Session

__all__ = ["peaks_bytes"]


def peaks_bytes(
    session: Session, *, level: float, rng: np.random.Generator, ids: Collection[str]
) -> dict[str, Interval]:
    """Peak memory of the benchmarks ``ids``; those whose processes told none are left out.

    The peak is of the whole process: interpreter, suite and benchmark, and what benchmarks that
    ran before in it left of its heap, so it is less in a session of one benchmark. Over
    processes, location and interval are those of times (``figure_seconds``).

    Args:
        session: What was measured.
        level: Confidence, two-sided, 0 to 1.
        rng: Where resampling takes its chance from.
        ids: Benchmarks that are meant.

    Returns:
        Bytes; the ends are ``None`` with one process.

    Raises:
        UseError: A level outside 0 to 1.
    """
    require_share(level, "level")
    peaks: dict[str, list[int]] = {}
    for sample in session.samples:
        if sample.benchmark in ids and sample.peak_rss_bytes:
            peaks.setdefault(sample.benchmark, []).append(sample.peak_rss_bytes)
    if not peaks:
        return {}
    resampling = Resampling(rng, max(len(each) for each in peaks.values()))
    values = np.log([float(value) for each in peaks.values() for value in each])
    owner = np.repeat(np.arange(len(peaks)), [len(each) for each in peaks.values()])
    found = across(values, owner, len(peaks), resampling)
    figures = {}
    for row, name in enumerate(peaks):
        count = int(found.processes[row])
        reach = None
        if count > 1:
            reach = float(stdtrit(count - 1, (1 + level) / 2) * found.error[row])
        figures[name] = log_interval(float(found.location[row]), reach, level=level, n=count)
    return figures
