"""Comparisons of base with itself inside a session: may its verdicts be believed?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import bdtrc, chdtri, ndtri, stdtr

from perfproof.errors import UseError
from perfproof.judge.biweight import FloatArray
from perfproof.judge.duel.location import Located
from perfproof.judge.duel.verdict import State
from perfproof.judge.figures import require_share
from perfproof.record import Verdict

__all__ = ["ALARM", "Null", "NullsJudgement", "downgraded", "judge_nulls"]

ALARM = 0.001
"""Chance that a session whose errors are as claimed is downgraded; a third for each check."""

_CHECKS = 3
_FLOOR = 0.95
# Beyond eight standard deviations a chance says only that it is none.
_FARTHEST = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Null:
    """One comparison of base with base, judged as any other.

    Attributes:
        log_ratio: Its location, the truth being 0.
        error: Standard error claimed for it.
        df: Degrees of freedom of the error.
        red: Whether it was called slower or faster.
    """

    log_ratio: float
    error: float
    df: int
    red: bool

    def __post_init__(self) -> None:
        if not math.isfinite(self.log_ratio) or not 0 < self.error < math.inf or self.df < 1:
            raise UseError(
                f"a null comparison of {self.log_ratio} with error {self.error} on {self.df} df",
                remedy="give it at least two pairs",
            )

    @classmethod
    def of(cls, located: Located, state: State) -> Null:
        """From a duel's judge and its last look."""
        return cls(
            log_ratio=float(located.location[0]),
            error=float(located.error[0]),
            df=located.df,
            red=state.verdict in (Verdict.SLOWER, Verdict.FASTER),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NullsJudgement:
    """What the nulls of a session say.

    Attributes:
        nulls: How many there were.
        red: How many were called slower or faster.
        floor: Noise floor: 95 % of the null ratios lie within, 0.004 is 0.4 %; the largest when
            there are fewer than 20. ``None`` without any.
        reason: Why the session's verdicts may not be believed; ``None`` when they may.
    """

    nulls: int
    red: int
    floor: float | None
    reason: str | None

    @property
    def believed(self) -> bool:
        """Whether the nulls behave as the errors that are claimed."""
        return self.reason is None


def judge_nulls(nulls: Sequence[Null], *, red_chance: float) -> NullsJudgement:
    """Test what the session claims on comparisons whose truth is known.

    Three checks at ``ALARM`` / 3 each: more reds than their binomial allows; squares of the
    standardised null statistics (t mapped to normal) with a larger sum than chi-squared on as many
    degrees of freedom, that is, scatter beyond the claimed errors; and a lean, their mean away
    from 0, which the order of measuring should have cancelled. The nulls are taken as
    independent. Without nulls nothing is known against the session.

    Args:
        nulls: Best measured with a fixed number of pairs: a stop at ``same`` picks the quiet ones.
        red_chance: Chance that one null may be red by what is claimed, both ways together.
    """
    require_share(red_chance, "red_chance")
    red = sum(null.red for null in nulls)
    if not nulls:
        return NullsJudgement(nulls=0, red=0, floor=None, reason=None)
    return NullsJudgement(
        nulls=len(nulls),
        red=red,
        floor=_floor(nulls),
        reason=_reason(nulls, red, red_chance),
    )


def downgraded(state: State, judgement: NullsJudgement) -> State:
    """The state as it may be told: undecided, with the reason, where the nulls misbehave."""
    if judgement.believed:
        return state
    return replace(
        state,
        verdict=Verdict.UNDECIDED,
        go_on=False,
        further_pairs=None,
        detectable=None,
        reason=judgement.reason,
    )


def _reason(nulls: Sequence[Null], red: int, red_chance: float) -> str | None:
    count = len(nulls)
    if red and float(bdtrc(red - 1, count, red_chance)) < ALARM / _CHECKS:
        return f"base against itself was called slower or faster in {red} of {count}"
    scores = _standardised(nulls)
    squares = float(scores @ scores)
    if squares > float(chdtri(count, ALARM / _CHECKS)):
        excess = math.sqrt(squares / count)
        return f"base against itself scatters {excess:.1f} times as far as claimed, n = {count}"
    lean = float(scores.sum()) / math.sqrt(count)
    if abs(lean) > -float(ndtri(ALARM / _CHECKS / 2)):
        typical = math.expm1(float(np.median([null.log_ratio for null in nulls])))
        return f"base against itself leans to one side by {typical:+.1%}, n = {count}"
    return None


def _standardised(nulls: Sequence[Null]) -> FloatArray:
    """Each null's t as the normal deviate of the same tail."""
    df = np.array([null.df for null in nulls], dtype=np.float64)
    size = np.array([abs(null.log_ratio) / null.error for null in nulls])
    deviates = np.minimum(-ndtri(np.maximum(stdtr(df, -size), 1e-300)), _FARTHEST)
    scores: FloatArray = np.copysign(deviates, [null.log_ratio for null in nulls])
    return scores


def _floor(nulls: Sequence[Null]) -> float:
    sizes = sorted(abs(null.log_ratio) for null in nulls)
    return math.expm1(sizes[math.ceil(_FLOOR * len(sizes)) - 1])
