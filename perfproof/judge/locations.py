"""Raw blocks to one log location a process: the values that everything after reasons with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from perfproof.errors import UseError
from perfproof.judge.biweight import FloatArray, biweight
from perfproof.record import Sample

__all__ = [
    "IntArray",
    "Locations",
    "locate",
    "process_location",
    "relative_location",
    "undisturbed",
]

IntArray = npt.NDArray[np.int64]

# A block of 0 ns lies below the clock's step; counting it as 1 ns errs towards slow.
_SHORTEST_NS = 1.0
_FEWEST_KEPT = 3


@dataclass(frozen=True, slots=True)
class Locations:
    """One robust location a sample; the four arrays are equally long.

    Attributes:
        ids: Benchmarks, in the order that ``owner`` counts.
        owner: Index into ``ids`` of each sample's benchmark.
        process: Process of each sample.
        seconds: Log seconds a call.
        relative: Log of a call's time in yardsticks; ``None`` unless every sample has a yardstick.
    """

    ids: tuple[str, ...]
    owner: IntArray
    process: IntArray
    seconds: FloatArray
    relative: FloatArray | None

    def values(self, *, relative: bool) -> FloatArray:
        """The log locations on one of the two scales."""
        if not relative:
            return self.seconds
        assert self.relative is not None, "asked for a scale that not every sample has"
        return self.relative


def locate(
    samples: Sequence[Sample], *, ids: Collection[str] | None = None, yardstick: bool = True
) -> Locations:
    """Each sample's location over its blocks, on both scales.

    Args:
        samples: Samples of one session.
        ids: The benchmarks wanted, in this order; all that have samples when ``None``.
        yardstick: Whether the relative scale is wanted too.

    Raises:
        UseError: A number in a sample is too large to be a time.
    """
    kept = tuple(dict.fromkeys(s.benchmark for s in samples)) if ids is None else tuple(ids)
    index = {name: position for position, name in enumerate(kept)}
    samples = [sample for sample in samples if sample.benchmark in index]
    everywhere = yardstick and all(sample.yardstick_ns is not None for sample in samples)
    try:
        seconds, in_yardsticks = _log_locations(samples, yardstick=everywhere)
        return Locations(
            ids=kept,
            owner=np.array([index[sample.benchmark] for sample in samples], dtype=np.int64),
            process=np.array([sample.process for sample in samples], dtype=np.int64),
            seconds=seconds,
            relative=in_yardsticks,
        )
    except OverflowError as exc:
        raise UseError(
            "a sample holds a number that is too large to be a time",
            where=kept[0] if len(kept) == 1 else "samples",
            remedy="measure it again",
        ) from exc


def process_location(sample: Sample) -> float:
    """Biweight over the blocks of log seconds a call."""
    return float(locate([sample], yardstick=False).seconds[0])


def relative_location(sample: Sample) -> float | None:
    """Biweight over the blocks of the log of a call's time in yardsticks; ``None`` without one."""
    relative = locate([sample]).relative
    return None if relative is None else float(relative[0])


def _log_locations(
    samples: Sequence[Sample], *, yardstick: bool
) -> tuple[FloatArray, FloatArray | None]:
    kept = [undisturbed(sample) for sample in samples]
    lengths = np.array([sum(marks) for marks in kept], dtype=np.int64)
    marks = np.fromiter(chain.from_iterable(kept), dtype=bool)
    blocks = _floats(chain.from_iterable(sample.block_ns for sample in samples))[marks]
    calls = np.log(_floats(sample.calls for sample in samples))
    log_ns = np.log(np.maximum(blocks, _SHORTEST_NS)) - np.repeat(calls, lengths)
    seconds = _by_length(log_ns - np.log(1e9), lengths)
    if not yardstick:
        return seconds, None
    beside = _floats(chain.from_iterable(sample.yardstick_ns or () for sample in samples))[marks]
    return seconds, _by_length(log_ns - np.log(beside), lengths)


def undisturbed(sample: Sample) -> list[bool]:
    """Which blocks count: those in which the kernel took the CPU away least often.

    A block that was preempted holds the time of whatever ran meanwhile. The mark does not look at
    the time itself. At least a quarter of the blocks and three of them are kept, so a machine that
    preempts every block is measured as it is.
    """
    counts = sample.preemptions
    if counts is None or len(counts) <= _FEWEST_KEPT:
        return [True] * len(sample.block_ns)
    limit = sorted(counts)[max(_FEWEST_KEPT, len(counts) // 4) - 1]
    return [count <= limit for count in counts]


def _by_length(values: FloatArray, lengths: IntArray) -> FloatArray:
    """Biweight of consecutive runs of ``values``; runs of one length are done at once."""
    starts = np.cumsum(lengths) - lengths
    found = np.empty(len(lengths))
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        found[rows] = biweight(values[starts[rows, None] + np.arange(length)])
    return found


def _floats(numbers: Iterable[int]) -> FloatArray:
    return np.fromiter(numbers, dtype=np.float64)
