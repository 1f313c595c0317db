"""Recorded pairs in another order: whole suites resampled, and all judged at once.

A resampled suite is made of pieces of a few consecutive rounds. A round is one pair of every
benchmark, taken together, so that what benchmarks have in common stays; a piece keeps the drift of
the machine. Pieces of quiet and of loaded segments are never mixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from analysis.study.recordings import Recording
from perfproof.judge.duel import FIRST_LOOK, Errors, Schedule, locate_pairs
from perfproof.judge.duel.lending import lend

__all__ = ["PIECE", "VERDICTS", "Judged", "Rounds", "Suites", "judged", "resampled", "rounds_of"]

FloatArray = npt.NDArray[np.float64]

PIECE = 4
"""Consecutive rounds that stay together."""

VERDICTS = ("undecided", "slower", "faster", "same")
_UNDECIDED, _SLOWER, _FASTER, _SAME = range(4)


@dataclass(frozen=True, slots=True)
class Rounds:
    """What a segment with a fixed number of pairs holds.

    Attributes:
        benchmarks: Ids, in the order of the second axis.
        log_ratios: The k-th pair of every benchmark, shape (rounds, benchmarks).
        seconds_a_pair: Wall seconds of the whole command over its pairs.
    """

    benchmarks: tuple[str, ...]
    log_ratios: FloatArray
    seconds_a_pair: float


@dataclass(frozen=True, slots=True)
class Suites:
    """Resampled suites.

    Attributes:
        benchmarks: Ids, in the order of the second axis.
        log_ratios: Shape (suites, benchmarks, pairs).
        seconds: Wall seconds up to and with each pair of one benchmark, shape (suites, pairs).
    """

    benchmarks: tuple[str, ...]
    log_ratios: FloatArray
    seconds: FloatArray


@dataclass(frozen=True, slots=True)
class Judged:
    """Arrays of shape (suites, benchmarks).

    Attributes:
        verdict: Place in ``VERDICTS``.
        pairs: Pairs at the verdict; all that there were when undecided.
    """

    verdict: npt.NDArray[np.int8]
    pairs: npt.NDArray[np.int64]


def rounds_of(recording: Recording) -> Rounds:
    """A recording as rounds; as many as every benchmark has."""
    duels = recording.log_ratios["duel"]
    names = tuple(sorted(duels))
    count = min(len(duels[name]) for name in names)
    values = np.array([duels[name][:count] for name in names], dtype=np.float64).T
    return Rounds(names, values, recording.seconds_a_pair)


def resampled(
    recorded: Sequence[Rounds], rng: np.random.Generator, *, suites: int, pairs: int
) -> Suites:
    """Suites of so many pairs.

    Raises:
        ValueError: Nothing, or a segment with fewer rounds than a piece or with other benchmarks.
    """
    if len({each.benchmarks for each in recorded}) != 1:
        raise ValueError("segments of one and the same suite are wanted")
    lengths = [len(each.log_ratios) for each in recorded]
    if min(lengths) < PIECE:
        raise ValueError(f"a segment has fewer than {PIECE} rounds")
    # Every round that can begin a piece is as likely.
    starts = np.concatenate(
        [
            offset + np.arange(length - PIECE + 1)
            for offset, length in zip(np.cumsum([0, *lengths]), lengths, strict=False)
        ]
    )
    drawn = rng.choice(starts, (suites, -(-pairs // PIECE)))
    rows = (drawn[..., None] + np.arange(PIECE)).reshape(suites, -1)[:, :pairs]
    costs = np.repeat([each.seconds_a_pair for each in recorded], lengths)
    every = np.concatenate([each.log_ratios for each in recorded])
    values: FloatArray = every[rows].transpose(0, 2, 1)
    return Suites(recorded[0].benchmarks, values, np.cumsum(costs[rows], axis=1))


def judged(log_ratios: FloatArray, *, margin: float, last: int, errors: Errors) -> Judged:
    """What ``DuelJudge`` and ``judge_suite`` say of each suite, pair by pair, until it stops.

    A verdict stays: the command would take back the few that what comes later on scatter revokes.

    Args:
        log_ratios: Shape (suites, benchmarks, pairs).
        margin: 0.01 is 1 %.
        last: Most pairs that were announced; at least as many as there are.
        errors: Over a suite.
    """
    suites, family, pairs = log_ratios.shape
    schedule = Schedule(last)
    edge = float(np.log1p(margin))
    verdict = np.zeros((suites, family), dtype=np.int8)
    ended = np.full((suites, family), pairs)
    # What stopped keeps its scatter: the suite still learns from it.
    own = np.full((suites, family), np.nan)
    df, taken = np.zeros((suites, family)), np.ones((suites, family))
    for look in range(FIRST_LOOK, pairs + 1):
        open_ = verdict == _UNDECIDED
        if not open_.any():
            break
        located = locate_pairs(log_ratios[open_][:, :look])
        location = np.full(open_.shape, np.nan)
        location[open_], own[open_] = located.location, located.error
        df[open_], taken[open_] = located.df, look
        error, worth = _with_lent(own, df, taken)
        look_bounds = _Bounds(schedule, look, errors, worth, open_)
        # NaN, that is no longer open, exceeds no bound.
        _fall(verdict, (location - edge) / error, _SLOWER, look_bounds)
        _fall(verdict, (-location - edge) / error, _FASTER, look_bounds)
        within = (edge - np.abs(location)) / error > look_bounds.same
        verdict[within & (verdict == _UNDECIDED)] = _SAME
        ended[open_ & (verdict != _UNDECIDED)] = look
    return Judged(verdict, ended)


class _Bounds:
    """Critical values of one look, shape (suites, benchmarks)."""

    def __init__(
        self,
        schedule: Schedule,
        look: int,
        errors: Errors,
        df: FloatArray,
        open_: npt.NDArray[np.bool_],
    ) -> None:
        self._df, self._open = df, open_
        self.same = self._where_open(schedule.tail(errors.same, look))
        # With none left the last one's level stays, as Holm's has it.
        levels = [errors.alpha / max(left, 1) for left in range(df.shape[1] + 1)]
        self._tails = np.array([schedule.tail(level, look) for level in levels])

    def by_left(self, left: npt.NDArray[np.int64]) -> FloatArray:
        """Where so many of each suite's family have not fallen yet."""
        return self._where_open(self._tails[left][:, None])

    def _where_open(self, tails: FloatArray | float) -> FloatArray:
        # Inverting a distribution is dear, and what has its verdict exceeds no bound any more.
        bound = np.full(self._df.shape, np.inf)
        wanted = np.broadcast_to(tails, self._df.shape)[self._open]
        bound[self._open] = -stdtrit(self._df[self._open], wanted)
        return bound


def _with_lent(
    error: FloatArray, df: FloatArray, pairs: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Errors and degrees of freedom as ``judge_suite`` has them."""
    return lend(error * error * pairs, df).to(error, df, pairs)


def _fall(
    verdict: npt.NDArray[np.int8],
    statistic: FloatArray,
    word: int,
    bounds: _Bounds,
) -> None:
    """Holm's step-down: who falls leaves its share to the others, who are looked at again."""
    family = verdict.shape[1]
    while True:
        left = family - (verdict == word).sum(axis=1)
        falls = (verdict == _UNDECIDED) & (statistic > bounds.by_left(left))
        if not falls.any():
            return
        verdict[falls] = word
