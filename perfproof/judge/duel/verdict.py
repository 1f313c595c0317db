"""One benchmark's duel: pairs in, and at each look a verdict or the word to go on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from perfproof.errors import UseError
from perfproof.judge.comparison import verdict_of
from perfproof.judge.duel.boundary import FIRST_LOOK, Schedule
from perfproof.judge.duel.lending import ALONE, Lent
from perfproof.judge.duel.location import Located, locate_pairs, pair_location
from perfproof.judge.duel.pairs import Pair
from perfproof.judge.duel.sight import called_slowdown
from perfproof.judge.figures import WIDEST, require_share
from perfproof.record import Interval, Verdict

__all__ = ["DuelJudge", "Levels", "Question", "State"]

# A duel is hopeless when even an estimate this many standard errors more favourable would not do,
# and not before this share of its pairs.
_FAVOUR = 2.0
_HOPELESS_FROM = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a duel, fixed before its first pair.

    Attributes:
        margin: Slowdown that matters, 0.02 is 2 %; ``faster`` is its mirror, 1 / (1 + margin).
        last: Most pairs that the budget could ever pay for, also with what others leave.
        futility: Whether a duel that will hardly be decided may stop before its last pair.
    """

    margin: float
    last: int
    futility: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.margin < math.inf:
            raise UseError(f"margin is {self.margin:g}", where="margin", remedy="choose 0 or more")
        Schedule(self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Chance of each wrong word about one benchmark, over all its looks, one-sided.

    Attributes:
        slower: Of ``slower`` when the truth is at the margin; smaller still when it is below.
        faster: Of ``faster`` at its margin.
        same: Of ``same`` when the truth is at either margin.
    """

    slower: float
    faster: float
    same: float

    def __post_init__(self) -> None:
        for name in ("slower", "faster", "same"):
            require_share(getattr(self, name), name)
        if self.same < max(self.slower, self.faster):
            raise UseError(
                f"same may be wrong with chance {self.same:g}, less than slower or faster",
                where="same",
                remedy="choose at least theirs: the interval shown could not agree with both",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a look says.

    Attributes:
        pairs: Pairs behind it.
        verdict: ``undecided`` as long as it goes on, and after that if nothing was shown.
        go_on: Whether another pair is wanted.
        ratio: Head over base; its interval holds at every look at once (repeated confidence
            interval: Jennison and Turnbull 1989, J. R. Statist. Soc. B 51:305-361) and agrees
            with the verdict. ``None`` before the first pair.
        detectable: Smallest slowdown that would have been called by now with 90 % power; 0.03 is
            3 %. ``None`` when none would.
        further_pairs: Pairs to a verdict, were the estimate and its scatter the truth; may be more
            than the budget has. ``None`` when decided or when no number would do.
        reason: One clause where the verdict wants one.
    """

    pairs: int
    verdict: Verdict
    go_on: bool
    ratio: Interval | None
    detectable: float | None
    further_pairs: int | None
    reason: str | None = None


class DuelJudge:
    """Takes the pairs of one benchmark and says what they show; no clock, no chance.

    ``same`` is two one-sided tests: the whole interval within the margins. A look does not change
    anything, and levels may grow from look to look as other hypotheses of a family fall. What has
    got a verdict is not fed any more.

    Args:
        question: What is asked.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self._schedule = Schedule(question.last)
        self._values: list[float] = []

    @property
    def pairs(self) -> int:
        """Pairs so far."""
        return len(self._values)

    def feed(self, pair: Pair) -> None:
        """Take a pair; those past the last are refused.

        Raises:
            UseError: The pair has no finite log ratio, or there are as many as were announced.
        """
        self.feed_log_ratio(pair_location(pair))

    def feed_log_ratio(self, log_ratio: float) -> None:
        """Take a pair of which only the location is known: from a file, or from resampling."""
        if not math.isfinite(log_ratio):
            raise UseError(f"the log ratio of a pair is {log_ratio}", remedy="leave the pair out")
        if self.pairs >= self.question.last:
            raise UseError(
                f"pair {self.pairs + 1} of at most {self.question.last}",
                where="last",
                remedy="announce the most pairs that there can be before the first",
            )
        self._values.append(log_ratio)

    def located(self) -> Located | None:
        """Location and error, arrays of one row; ``None`` before the first pair."""
        return locate_pairs(np.array([self._values])) if self._values else None

    def p_values(self, lent: Lent = ALONE) -> tuple[float, float]:
        """Chance of wrongly saying slower, and faster, at which this look would just say so.

        Args:
            lent: What the suite knows of scatter.
        """
        located = self.located()
        if located is None or self.pairs < FIRST_LOOK:
            return 1.0, 1.0
        seen = _seen(located, lent)
        slower = (seen.location - self._edge) / seen.error
        faster = (-seen.location - self._edge) / seen.error
        reached = self._schedule.alpha_reached
        return reached(slower, seen.pairs, seen.df), reached(faster, seen.pairs, seen.df)

    def state(self, levels: Levels, lent: Lent = ALONE) -> State:
        """Look: verdict, interval, and what more pairs would bring.

        Args:
            levels: Chances of error.
            lent: What the suite knows of scatter.
        """
        located = self.located()
        if located is None:
            return _unknown(0, None)
        if self.pairs < FIRST_LOOK:
            estimate = math.exp(float(located.location[0]))
            return _unknown(self.pairs, Interval(estimate, None, None, None, self.pairs))
        seen = _seen(located, lent)
        verdict, ratio = self._verdict(seen, levels)
        open_ = verdict is Verdict.UNDECIDED
        reason = self._reason(seen, levels) if open_ else None
        return State(
            pairs=self.pairs,
            verdict=verdict,
            go_on=open_ and reason is None,
            ratio=ratio,
            detectable=self._detectable(seen, levels),
            further_pairs=self._further(seen, levels) if open_ else None,
            reason=reason,
        )

    @property
    def _edge(self) -> float:
        return math.log1p(self.question.margin)

    def _bound(self, alpha: float, seen: _Seen) -> float:
        return self._schedule.bound(alpha, seen.pairs, seen.df)

    def _verdict(self, seen: _Seen, levels: Levels) -> tuple[Verdict, Interval]:
        """By the interval shown: that of slower and faster, or where it says ``same``, of that."""
        location, error = seen.location, seen.error
        below = self._bound(levels.slower, seen) * error
        above = self._bound(levels.faster, seen) * error
        outer = _interval(location, (below, above), 1 - levels.slower - levels.faster, self.pairs)
        verdict = verdict_of(outer, self.question.margin)
        if verdict in (Verdict.SLOWER, Verdict.FASTER):
            return verdict, outer
        reach = self._bound(levels.same, seen) * error
        inner = _interval(location, (reach, reach), 1 - 2 * levels.same, self.pairs)
        if verdict_of(inner, self.question.margin) is Verdict.SAME:
            return Verdict.SAME, inner
        return Verdict.UNDECIDED, outer

    def _detectable(self, seen: _Seen, levels: Levels) -> float | None:
        bound, margin = self._bound(levels.slower, seen), self.question.margin
        return called_slowdown(seen.error, seen.df, margin=margin, bound=bound)

    def _further(self, seen: _Seen, levels: Levels) -> int | None:
        """Pairs until the distance to the margin is the bound's number of errors."""
        distance, alpha = self._distance(seen.location, levels)
        if distance <= 0:
            return None
        bounds = self._schedule.critical(alpha)
        scatter = seen.error * math.sqrt(seen.pairs)
        looks = np.arange(seen.pairs + 1, self.question.last + 1)
        enough = bounds[looks] * scatter / np.sqrt(looks) < distance
        if enough.any():
            return int(np.argmax(enough)) + 1
        needed = (float(bounds[-1]) * scatter / distance) ** 2
        beyond = max(needed, self.question.last + 1.0) - seen.pairs
        return math.ceil(beyond) if math.isfinite(beyond) else None

    def _distance(self, location: float, levels: Levels) -> tuple[float, float]:
        """From the estimate to the nearer margin, and the chance of error of what lies there."""
        if location > self._edge:
            return location - self._edge, levels.slower
        if location < -self._edge:
            return -self._edge - location, levels.faster
        return self._edge - abs(location), levels.same

    def _reason(self, seen: _Seen, levels: Levels) -> str | None:
        """Why no further pair is wanted; ``None`` when one is."""
        if seen.pairs >= self.question.last:
            return f"not decided in {seen.pairs} pairs, the most that were allowed"
        if self.question.futility and self._hopeless(seen, levels):
            return f"given up after {seen.pairs} pairs: the budget would hardly decide it"
        return None

    def _hopeless(self, seen: _Seen, levels: Levels) -> bool:
        if seen.pairs < _HOPELESS_FROM * self.question.last:
            return False
        shrunk = seen.error * math.sqrt(seen.pairs / self.question.last)
        for shift in (-_FAVOUR, 0.0, _FAVOUR):
            distance, alpha = self._distance(seen.location + shift * seen.error, levels)
            if distance > float(self._schedule.critical(alpha)[-1]) * shrunk:
                return False
        return True


@dataclass(frozen=True, slots=True)
class _Seen:
    """Location, its error and degrees of freedom after so many pairs."""

    location: float
    error: float
    df: float
    pairs: int


def _seen(located: Located, lent: Lent) -> _Seen:
    df, pairs = np.array([float(located.df)]), np.array([float(located.pairs)])
    error, df = lent.to(located.error, df, pairs)
    return _Seen(float(located.location[0]), float(error[0]), float(df[0]), located.pairs)


def _unknown(pairs: int, ratio: Interval | None) -> State:
    return State(
        pairs=pairs,
        verdict=Verdict.UNDECIDED,
        go_on=True,
        ratio=ratio,
        detectable=None,
        further_pairs=None,
    )


def _interval(location: float, reaches: tuple[float, float], level: float, pairs: int) -> Interval:
    """``exp`` of location less and plus its reaches; no ends where a reach says nothing."""
    estimate = math.exp(location)
    below, above = reaches
    if not max(below, above) < WIDEST:
        return Interval(estimate, None, None, None, pairs)
    low, high = math.exp(location - below), math.exp(location + above)
    return Interval(estimate, low, high, level, pairs)
