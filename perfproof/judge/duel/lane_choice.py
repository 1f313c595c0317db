"""Which way of using the cores gives verdicts soonest, from null pairs measured in each.

More lanes give more pairs a second, and may make each of them scatter more: the pairs that an
error asks for grow with the square of the scatter. So ways are held against each other by the
seconds that a benchmark takes until its error is ``ERROR``: scatter squared over rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from perfproof.errors import UseError
from perfproof.judge.biweight import FloatArray
from perfproof.judge.duel.location import locate_pairs
from perfproof.record import Interval

__all__ = [
    "ERROR",
    "FEWEST_PAIRS",
    "LEVEL",
    "SUITE_SIZE",
    "LaneChoice",
    "Tried",
    "TriedPair",
    "Way",
    "WayFigures",
    "choose_way",
]

ERROR = 0.0025
"""Standard error of a log ratio that every way is asked for: a quarter of a point."""

SUITE_SIZE = 20
"""Benchmarks that share the start of a pair: in a small suite starting beside the lanes is worth
more, in a large one lanes are."""

FEWEST_PAIRS = 8
"""Fewer pairs of a way say too little of its scatter to give up the usual way for it."""

LEVEL = 0.8
"""Confidence that another way is better; a wrong choice costs time and never a verdict's truth, so
that two in ten, one to each side, are few enough."""

_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Way:
    """A way of using the cores.

    Attributes:
        name: As ``--lanes`` takes it.
        lanes: Pairs that are measured at once.
        beside: Whether as many start meanwhile on other cores.
    """

    name: str
    lanes: int
    beside: bool


@dataclass(frozen=True, slots=True)
class TriedPair:
    """A pair of identical code.

    Attributes:
        log_ratios: One a benchmark, always in the same order.
        visit_seconds: Time that it stood at a benchmark, on average.
        other_seconds: From its start to its end less all visits: starting, waiting, ending.
    """

    log_ratios: tuple[float, ...]
    visit_seconds: float
    other_seconds: float

    @property
    def seconds(self) -> float:
        """From its start to its end."""
        return self.visit_seconds * len(self.log_ratios) + self.other_seconds


@dataclass(frozen=True, slots=True)
class Tried:
    """What a way gave, all its turns together."""

    way: Way
    pairs: tuple[TriedPair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayFigures:
    """What a way is worth.

    Attributes:
        way: The way.
        pairs: Pairs behind the figures.
        pairs_a_second: Of the benchmarks that were tried.
        scatter: Standard deviation of a pair's log ratio, robust, the geometric mean over the
            benchmarks: no kind of work decides alone.
        verdict_seconds: Seconds a benchmark until the error is ``ERROR``, in a suite of
            ``SUITE_SIZE``, with its 80 % interval.
        against_usual: Those seconds over the usual way's, with their 80 % interval; ``None`` for
            the usual way itself.
    """

    way: Way
    pairs: int
    pairs_a_second: float
    scatter: float
    verdict_seconds: Interval
    against_usual: Interval | None

    @property
    def pair_seconds(self) -> float:
        """Seconds that a pair of one benchmark takes of a suite's time."""
        return self.verdict_seconds.estimate * (ERROR / self.scatter) ** 2


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """The way to use, and what speaks for it.

    Attributes:
        chosen: Figures of the way chosen: the usual one, unless another is clearly better.
        figures: Of every way, the usual one first.
    """

    chosen: WayFigures
    figures: tuple[WayFigures, ...]

    @property
    def clear(self) -> bool:
        """Whether it is another than the usual way."""
        return self.chosen.against_usual is not None


def choose_way(tried: Sequence[Tried], rng: np.random.Generator) -> LaneChoice | None:
    """The way with the fewest seconds among those whose whole interval lies below the usual's.

    The interval is a bootstrap's standard error over whole pairs times Student's t, of the
    logarithm: a percentile bootstrap of few pairs is too narrow.

    Args:
        tried: The usual way first; measured in turns drawn by chance, so that all met the same
            noise.
        rng: Where the bootstrap's chance comes from.

    Returns:
        ``None`` where a way has fewer than ``FEWEST_PAIRS``.

    Raises:
        UseError: No way at all.
    """
    if not tried:
        raise UseError("no way of using the cores was tried")
    if min(len(each.pairs) for each in tried) < FEWEST_PAIRS:
        return None
    known = [_Known.of(each) for each in tried]
    usual, spread_of_usual = known[0], known[0].redrawn(rng)
    figures = [_figures(usual, spread_of_usual, None)]
    for each in known[1:]:
        spread = each.redrawn(rng)
        against = _interval(
            each.log_seconds() - usual.log_seconds(),
            spread - spread_of_usual,
            min(each.count, usual.count),
        )
        figures.append(_figures(each, spread, against))
    better = [each for each in figures[1:] if _lies_below_one(each.against_usual)]
    chosen = min(better, key=lambda each: each.verdict_seconds.estimate, default=figures[0])
    return LaneChoice(chosen, tuple(figures))


@dataclass(frozen=True, slots=True)
class _Known:
    """The pairs of a way as arrays.

    Attributes:
        way: The way.
        log_ratios: Shape (benchmarks, pairs).
        visits: Seconds at a benchmark, shape (pairs,).
        others: Seconds beside the visits, shape (pairs,).
    """

    way: Way
    log_ratios: FloatArray
    visits: FloatArray
    others: FloatArray

    @classmethod
    def of(cls, tried: Tried) -> _Known:
        return cls(
            tried.way,
            np.array([each.log_ratios for each in tried.pairs], dtype=np.float64).T,
            np.array([each.visit_seconds for each in tried.pairs]),
            np.array([each.other_seconds for each in tried.pairs]),
        )

    @property
    def count(self) -> int:
        return len(self.visits)

    def scatter(self) -> float:
        return math.exp(float(np.mean(_log_scatters(self.log_ratios))))

    def pairs_a_second(self) -> float:
        """Little's law: pairs under way over the time that one is under way.

        Little 1961, Operations Research 9:383-387. Ends of pairs counted over a short turn would
        come in steps of a whole lane's.
        """
        under_way = self.way.lanes * (2 if self.way.beside else 1)
        seconds = len(self.log_ratios) * self.visits + self.others
        return under_way / float(seconds.mean())

    def log_seconds(self) -> float:
        one = np.arange(self.count)[None, :]
        return float(self._log_seconds(one)[0])

    def redrawn(self, rng: np.random.Generator) -> FloatArray:
        """Log seconds to a verdict with the pairs drawn again, shape (draws,)."""
        return self._log_seconds(rng.integers(self.count, size=(_DRAWS, self.count)))

    def _log_seconds(self, drawn: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> FloatArray:
        """Of each line of pairs, shape (lines, pairs)."""
        values = self.log_ratios[:, drawn].reshape(-1, self.count)
        scatters = _log_scatters(values).reshape(len(self.log_ratios), -1).mean(axis=0)
        # A pair that starts beside the lanes takes nothing but its visits of their time.
        hidden = 0.0 if self.way.beside else 1.0
        share = self.visits + hidden * self.others / SUITE_SIZE
        seconds: FloatArray = (
            2 * (scatters - math.log(ERROR))
            + np.log(share[drawn].mean(axis=1))
            - math.log(self.way.lanes)
        )
        return seconds


def _log_scatters(rows: FloatArray) -> FloatArray:
    """Log of the standard deviation of a pair as the judge takes it, for each row of pairs."""
    located = locate_pairs(rows)
    scatters: FloatArray = np.log(located.error * math.sqrt(located.pairs))
    return scatters


def _figures(known: _Known, spread: FloatArray, against: Interval | None) -> WayFigures:
    return WayFigures(
        way=known.way,
        pairs=known.count,
        pairs_a_second=known.pairs_a_second(),
        scatter=known.scatter(),
        verdict_seconds=_interval(known.log_seconds(), spread, known.count),
        against_usual=against,
    )


def _interval(log_estimate: float, spread: FloatArray, count: int) -> Interval:
    # Efron and Tibshirani 1993, section 5.3: the plain bootstrap's variance is too small by that.
    error = float(np.std(spread, ddof=1)) * math.sqrt(count / (count - 1))
    reach = float(stdtrit(count - 1, (1 + LEVEL) / 2)) * error
    low, high = math.exp(log_estimate - reach), math.exp(log_estimate + reach)
    return Interval(math.exp(log_estimate), low, high, LEVEL, count)


def _lies_below_one(ratio: Interval | None) -> bool:
    return ratio is not None and ratio.high is not None and ratio.high < 1
