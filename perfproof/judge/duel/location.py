"""Where head over base lies: within a pair by a biweight, across pairs by a trimmed mean.

Two ways were compared, on 720 recorded process pairs (base against base, six workloads, 2 shared
cores) and on simulated ones, by the error of the location after 20 pairs, in points rms:

=================================================  ====  =====  ====  ====  ======  =====
way                                                json  alloc  loop  re    sqlite  numpy
=================================================  ====  =====  ====  ====  ======  =====
biweight a pair, mean over pairs                   0.35  0.32   0.72  1.17  0.39    0.25
biweight a pair, tenth trimmed mean over pairs     0.35  0.28   0.68  0.20  0.31    0.24
biweight over the ratios of all pairs together     0.33  0.29   0.70  0.18  0.37    0.26
=================================================  ====  =====  ====  ====  ======  =====

What is left over is offsets of whole processes: both halves of a pair's ratios correlate by 0.3 to
0.9, single pairs are off by 4 to 60 %. A mean breaks on these. Pooling rejects ratios by the
scatter of blocks (reach 15 %), so a pair that is off by 5 % keeps its weight; it is no better, ten
times dearer a look, and its pseudo-values have no known distribution at four pairs. A redescending
estimate across pairs would have: of four values it may drop the one far off, and the tail of its t
statistic is then that of three. Trimming has degrees of freedom that say what it left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perfproof.judge.biweight import FloatArray, biweight
from perfproof.judge.duel.pairs import Pair, log_ratios

__all__ = ["Located", "degrees_of_freedom", "locate_pairs", "pair_location", "trimmed_each_end"]

TRIMMED_ONE_IN = 7
"""One pair is left out at each end for every seven others. On the study's recordings of identical
code the error after 25 pairs is 4 and 6 % smaller than with a tenth (20 workloads, two halves of
the segments): single processes are off by up to 35 %. Huber's estimate, the biweight and that of
Hodges and Lehmann across pairs came within 3 % of it. Weights by the scatter within a pair gained
nothing: it says nothing of the pair's offset."""

TRIMMED_FROM = 10
"""Pairs before which none is left out: a verdict then wants degrees of freedom more than a location
that is safe from one pair."""

SCATTER_FLOOR = 0.005
"""Smallest standard deviation of a pair, 0.5 % on the log scale: less than the scatter of blocks
alone gives on usual machines. Student's t is right for normal and cautious for heavy-tailed pairs;
with few pairs in two or three modes (layouts) their chance agreement would look like certainty.
It costs quiet benchmarks some pairs: 14 are wanted to see one point beyond the margin in a suite
of twenty."""


@dataclass(frozen=True, slots=True)
class Located:
    """Log ratio over the pairs; arrays of shape (rows,), one row a benchmark.

    Attributes:
        location: Log of head over base.
        error: Its standard error; NaN with one pair.
        df: Degrees of freedom of the error, the same for all rows.
        pairs: Pairs behind it.
    """

    location: FloatArray
    error: FloatArray
    df: int
    pairs: int


def pair_location(pair: Pair) -> float:
    """Log ratio of one pair: Tukey's biweight over its adjacent blocks.

    Its scale is at least 0.2 %; a switch of the machine's mode between two blocks, or a spike,
    counts for nothing.
    """
    return float(biweight(log_ratios(pair)[None, :])[0])


def trimmed_each_end(pairs: int) -> int:
    """How many of the lowest, and of the highest, are left out of the mean."""
    return (pairs - 1) // TRIMMED_ONE_IN if pairs >= TRIMMED_FROM else 0


def degrees_of_freedom(pairs: int) -> int:
    """Of the error of the trimmed mean: what was kept, less one."""
    return pairs - 2 * trimmed_each_end(pairs) - 1


def locate_pairs(values: FloatArray) -> Located:
    """Trimmed mean with its winsorised error.

    Tukey and McLaughlin 1963, Sankhya A 25:331-352: with g values left out at each end and h = n -
    2 g kept, the error is sqrt(SSW / (h (h - 1))), SSW the sum of squares about their mean of the
    values with the g lowest and highest replaced by their neighbours; (location - truth) / error
    is nearly Student with h - 1 degrees of freedom (``boundary`` makes good what is lacking).
    Nothing is left out of fewer than ten, and it is then Student's own t.

    The order of the pairs has no part in it. A scatter between pairs below ``SCATTER_FLOOR``
    counts as that.

    Args:
        values: Log ratios of pairs, shape (rows, pairs), at least one pair.
    """
    pairs = values.shape[1]
    cut = trimmed_each_end(pairs)
    kept = np.sort(values, axis=1)[:, cut : pairs - cut]
    count = kept.shape[1]
    location: FloatArray = kept.mean(axis=1)
    if pairs == 1:
        return Located(location, np.full(len(values), np.nan), 0, pairs)
    # About the location first: the scatter is small beside a ratio far from 1.
    kept = kept - location[:, None]
    low, high = kept[:, 0], kept[:, -1]
    centre = cut * (low + high) / pairs
    squares = np.einsum("ij,ij->i", kept, kept) + cut * (low * low + high * high)
    within = np.maximum(squares - pairs * centre * centre, (pairs - 1) * SCATTER_FLOOR**2)
    return Located(location, np.sqrt(within / (count * (count - 1))), count - 1, pairs)
