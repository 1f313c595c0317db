"""Errors over a whole suite: how much each benchmark may err, as others are decided.

A suite whose benchmarks are all the same, or all just at the margin, has any ``slower`` in at
most ``alpha`` of its runs, whatever its size, its dependence, and which of them are slower indeed:
Holm's step-down (1979, Scand. J. Statist. 6:65-70) on p values that hold at every look at once.
When a benchmark is called slower its share of ``alpha`` passes to the others, which are looked at
again (Ye et al. 2013, Statist. Med. 32:1112-1124; Maurer and Bretz 2013, Statist. Biopharm. Res.
5:311-320; as the bounds are nested, nothing else has to be watched). ``faster`` is a family of its
own.

``same`` is no alarm and is not corrected: of benchmarks that lie at a margin at most a share
``same`` is wrongly called the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from perfproof.errors import UseError
from perfproof.judge.duel.boundary import FIRST_LOOK
from perfproof.judge.duel.lending import Lent, lend
from perfproof.judge.duel.verdict import DuelJudge, Levels, State
from perfproof.judge.figures import require_share

__all__ = ["Errors", "holm_level", "judge_suite"]

_Name = TypeVar("_Name", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What a run may get wrong.

    Attributes:
        alpha: Chance of any wrong ``slower`` in the suite; and of any wrong ``faster``.
        same: Chance that one benchmark is wrongly called the same; at least ``alpha``.
    """

    alpha: float = 0.01
    same: float = 0.01

    def __post_init__(self) -> None:
        Levels(slower=self.alpha, faster=self.alpha, same=self.same)


def holm_level(p_values: Sequence[float], alpha: float) -> float:
    """Level at which exactly those fall that Holm's procedure rejects: ``alpha`` / not yet fallen.

    Args:
        p_values: One for each benchmark of the suite, also for those that stopped or were never
            measured (1 then): leaving out by the outcome would void the correction.
        alpha: Chance of any wrong rejection.

    Raises:
        UseError: No p values, or a share that is none.
    """
    require_share(alpha, "alpha")
    if not p_values:
        raise UseError("a family has at least one benchmark", remedy="select some")
    fallen = 0
    for p_value in sorted(p_values):
        if p_value > alpha / (len(p_values) - fallen):
            break
        fallen += 1
    return alpha / max(len(p_values) - fallen, 1)


def judge_suite(judges: Mapping[_Name, DuelJudge], errors: Errors) -> dict[_Name, State]:
    """Look at all duels of a suite at once, those with a verdict and those without.

    Call it after each round of pairs and feed only what wants to go on. The number of duels is
    that of the whole suite, from the first round to the last. What the suite has in common in
    scatter is lent to each (``lending``), so a verdict may be taken back by what comes later; then
    it goes on.
    """
    lent = _lent_by(judges.values())
    p_values = [judge.p_values(lent) for judge in judges.values()]
    levels = Levels(
        slower=holm_level([slower for slower, _ in p_values], errors.alpha),
        faster=holm_level([faster for _, faster in p_values], errors.alpha),
        same=errors.same,
    )
    return {name: judge.state(levels, lent) for name, judge in judges.items()}


def _lent_by(judges: Iterable[DuelJudge]) -> Lent:
    """What the scatter of all benchmarks together says of each."""
    located = [
        found
        for judge in judges
        if judge.pairs >= FIRST_LOOK and (found := judge.located()) is not None
    ]
    variances = np.array([float(each.error[0]) ** 2 * each.pairs for each in located])
    return lend(variances, np.array([float(each.df) for each in located]))
