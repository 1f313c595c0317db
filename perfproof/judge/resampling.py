"""Across processes: one location, and its error by resampling whole processes.

The process is the unit of replication. Blocks of one process share its memory layout, hash seed
and the machine's mood, so their scatter says nothing about the next process.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perfproof.judge.biweight import FloatArray
from perfproof.judge.locations import IntArray

__all__ = ["DRAWS", "TRIMMED_SHARE", "Located", "Resampling", "across"]

DRAWS = 2000
"""Resamples; the error of a standard error from them is 1 / sqrt(2 * 2000) = 1.6 % of it."""

TRIMMED_SHARE = 0.25
"""Share of the processes left out at each end: the interquartile mean, from four processes on."""

# Draws times processes held at once; a file that claims a million processes must not take it all.
_CELLS = 4_000_000


class Resampling:
    """Draws of processes, made once and shared by every benchmark and both sides.

    Shared draws make a comparison exactly symmetrical: with the sides swapped the same numbers
    come out, inverted.

    Args:
        rng: Where chance comes from.
        largest: Most processes that any benchmark has.
    """

    def __init__(self, rng: np.random.Generator, largest: int) -> None:
        draws = int(np.clip(_CELLS // max(largest, 1), 100, DRAWS))
        self._chance = rng.random((draws, largest))

    def errors(self, ordered: FloatArray) -> FloatArray:
        """Bootstrap standard error of each row's interquartile mean.

        The location is a weighted sum of order statistics, and resampling sorted values by
        sorted indices keeps them sorted; so every resample is one linear map of the sorted row,
        the same for all benchmarks (the Monte Carlo counterpart of Hutson and Ernst 2000, J. R.
        Statist. Soc. B 62:89-94). The variance is multiplied by n/(n-1): with few processes the
        plain bootstrap's is too small by that (Efron and Tibshirani 1993, An Introduction to the
        Bootstrap, section 5.3).

        Args:
            ordered: Shape (rows, processes), sorted along each row, at least two processes.
        """
        count = ordered.shape[1]
        maps = self._maps(count)
        centred = ordered - ordered.mean(axis=1, keepdims=True)
        at_once = max(_CELLS // len(maps), 1)
        variances = [
            np.var(centred[start : start + at_once] @ maps.T, axis=1)
            for start in range(0, len(centred), at_once)
        ]
        errors: FloatArray = np.sqrt(np.concatenate(variances) * count / (count - 1))
        return errors

    def _maps(self, count: int) -> FloatArray:
        """One line a draw: the weight that it gives to each sorted value."""
        chosen = np.sort((self._chance[:, :count] * count).astype(np.int64), axis=1)
        maps = np.zeros((len(chosen), count))
        np.add.at(maps, (np.arange(len(chosen))[:, None], chosen), order_weights(count)[None, :])
        return maps


@dataclass(frozen=True, slots=True)
class Located:
    """Per benchmark: where it lies over all its processes. Arrays of shape (benchmarks,).

    Attributes:
        location: Log location; NaN for a benchmark without samples.
        error: Its standard error; NaN with fewer than two processes, or where none was asked for.
        processes: Processes behind it.
    """

    location: FloatArray
    error: FloatArray
    processes: IntArray


def order_weights(count: int) -> FloatArray:
    """Weights of the sorted values in the interquartile mean of ``count`` values."""
    cut = int(TRIMMED_SHARE * count)
    weights = np.zeros(count)
    weights[cut : count - cut] = 1 / (count - 2 * cut)
    return weights


def across(
    values: FloatArray, owner: IntArray, benchmarks: int, resampling: Resampling | None = None
) -> Located:
    """Location and error of each benchmark over its processes.

    A trimmed mean and not a second biweight: where processes fall into two modes, a redescending
    estimate jumps from one to the other, a trimmed mean moves with their shares.

    Args:
        values: Log location of each sample, shape (samples,).
        owner: Benchmark of each sample, 0 to ``benchmarks`` - 1.
        benchmarks: Number of benchmarks.
        resampling: Draws of processes, for at least as many as any benchmark has; without them
            no error is had.
    """
    counts = np.bincount(owner, minlength=benchmarks).astype(np.int64)
    ordered = values[np.lexsort((values, owner))]
    starts = np.cumsum(counts) - counts
    location, error = np.full(benchmarks, np.nan), np.full(benchmarks, np.nan)
    for count in np.unique(counts[counts > 0]):
        rows = np.flatnonzero(counts == count)
        matrix = ordered[starts[rows, None] + np.arange(count)]
        location[rows] = matrix @ order_weights(int(count))
        if count > 1 and resampling is not None:
            error[rows] = resampling.errors(matrix)
    return Located(location=location, error=error, processes=counts)
