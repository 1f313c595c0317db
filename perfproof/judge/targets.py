"""Absolute limits: whether a figure, with all its uncertainty, is under what was promised."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from perfproof.errors import SettingError
from perfproof.judge.figures import figures_seconds
from perfproof.record import Interval, Session, TargetResult, TargetVerdict

__all__ = ["CheckedTargets", "Target", "check_targets", "target_verdict"]

_MARK = "mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A limit for one or many benchmarks.

    Attributes:
        pattern: Matched against the whole id: ``*`` is anything, ``?`` one character, all else
            itself, so that the square brackets of parameters need no care.
        limit_seconds: Limit of one call.
        hard: Whether missing it fails the command.
        origin: Where it stands: a file and key, or ``mark``.
    """

    pattern: str
    limit_seconds: float
    hard: bool = True
    origin: str

    def __post_init__(self) -> None:
        if not self.pattern:
            raise SettingError(
                "a target needs a pattern", where=self.origin, remedy="give an id, or '*'"
            )
        if not 0 < self.limit_seconds < np.inf:
            raise SettingError(
                f"the limit is {self.limit_seconds:g} s",
                where=self.origin,
                remedy="choose a time above 0",
            )

    def matching(self, ids: Iterable[str]) -> list[str]:
        """The ids that it is about, in their order."""
        pattern = self.pattern.replace("[", "[[]")
        return [name for name in ids if fnmatch.fnmatchcase(name, pattern)]


@dataclass(frozen=True, slots=True)
class CheckedTargets:
    """Every target held against a session; nothing is dropped.

    Attributes:
        results: One a target and benchmark that has a figure, in the order of the targets.
        unmatched: Targets that name no benchmark of the session.
        unmeasured: Targets with a benchmark that they name but that gave no figure.
    """

    results: tuple[TargetResult, ...]
    unmatched: tuple[Target, ...]
    unmeasured: tuple[tuple[Target, str], ...]


def check_targets(
    session: Session, targets: Sequence[Target], *, level: float, rng: np.random.Generator
) -> CheckedTargets:
    """Hold the session's figures against all targets, and against the marks on its benchmarks.

    There is no precedence: every target that matches is checked, so that a document's hard limit
    and a tighter one of our own both stand. The level is each interval's own.

    Args:
        session: What was measured.
        targets: Limits; those of marks are added after them, with the origin ``mark``.
        level: Confidence of each figure, two-sided.
        rng: Where resampling takes its chance from.

    Raises:
        UseError: A level outside 0 to 1.
    """
    every = (*targets, *_marks(session))
    ids = [benchmark.id for benchmark in session.benchmarks]
    named = [(target, _named(target, ids)) for target in every]
    wanted = {name for _, names in named for name in names}
    figures = figures_seconds(session, level=level, rng=rng, ids=wanted)
    return CheckedTargets(
        results=tuple(
            _result(target, name, figures[name])
            for target, names in named
            for name in names
            if name in figures
        ),
        unmatched=tuple(target for target, names in named if not names),
        unmeasured=tuple(
            (target, name) for target, names in named for name in names if name not in figures
        ),
    )


def target_verdict(figure: Interval, limit_seconds: float) -> TargetVerdict:
    """Met when the whole interval is under the limit, missed when it is above."""
    if figure.low is None or figure.high is None:
        return TargetVerdict.UNDECIDED
    if figure.high < limit_seconds:
        return TargetVerdict.MET
    return TargetVerdict.MISSED if figure.low > limit_seconds else TargetVerdict.UNDECIDED


def _marks(session: Session) -> tuple[Target, ...]:
    return tuple(
        Target(pattern=b.id, limit_seconds=b.target_seconds, origin=_MARK)
        for b in session.benchmarks
        if b.target_seconds is not None
    )


def _named(target: Target, ids: Sequence[str]) -> list[str]:
    # A mark stands on one benchmark, whose id may itself hold a star.
    return [target.pattern] if target.origin == _MARK else target.matching(ids)


def _result(target: Target, name: str, figure: Interval) -> TargetResult:
    return TargetResult(
        benchmark=name,
        limit_seconds=target.limit_seconds,
        figure=figure,
        verdict=target_verdict(figure, target.limit_seconds),
        origin=target.origin,
        hard=target.hard,
    )
