"""Absolute limits: whether a figure, with all its uncertainty, is under what was promised."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from perfproof.errors import SettingError
from perfproof.judge.counting import span_of
from perfproof.judge.figures import figures_seconds
from perfproof.judge.kept import KeptMemory
from perfproof.judge.peaks import peaks_bytes
from perfproof.record import (
    FORMS,
    Benchmark,
    FigureKind,
    Interval,
    LeakVerdict,
    Session,
    TargetResult,
    TargetVerdict,
)
from perfproof.record.counting import Tally

__all__ = ["Beside", "CheckedTargets", "Target", "check_targets", "mark_targets", "target_verdict"]

_MARK = "mark"
_METERS = {
    "instructions": FigureKind.INSTRUCTIONS,
    "allocations": FigureKind.ALLOCATIONS,
    "bytes": FigureKind.BYTES,
}
_Figures = dict[FigureKind, dict[str, Interval]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A limit for one figure of one or many benchmarks.

    Attributes:
        pattern: Matched against the whole id: ``*`` is anything, ``?`` one character, all else
            itself, so that the square brackets of parameters need no care.
        kind: Which figure.
        limit: In the unit of the figure: seconds, bytes or a number.
        hard: Whether missing it fails the command.
        origin: Where it stands: a file and key, or ``mark``.
    """

    pattern: str
    kind: FigureKind = FigureKind.TIME
    limit: float
    hard: bool = True
    origin: str

    def __post_init__(self) -> None:
        if not self.pattern:
            raise SettingError(
                "a target needs a pattern", where=self.origin, remedy="give an id, or '*'"
            )
        if 0 < self.limit < np.inf or (self.limit == 0 and FORMS[self.kind].zero):
            return
        time = self.kind is FigureKind.TIME
        raise SettingError(
            f"the limit is {self.limit:g}{' s' if time else ''}",
            where=self.origin,
            remedy=f"choose {'a time' if time else 'a number'} above 0",
        )

    def matching(self, ids: Iterable[str]) -> list[str]:
        """The ids that it is about, in their order."""
        if self.origin == _MARK:
            # A mark stands on one benchmark, whose id may itself hold a star.
            return [self.pattern]
        pattern = self.pattern.replace("[", "[[]")
        return [name for name in ids if fnmatch.fnmatchcase(name, pattern)]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a session does not hold.

    Attributes:
        kept: What benchmarks keep of an operation, by id.
        absent: Why a kind of figure cannot be had here at all, as a clause.
    """

    kept: Mapping[str, KeptMemory] = field(default_factory=dict)
    absent: Mapping[FigureKind, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedTargets:
    """Every target held against a session; nothing is dropped.

    Attributes:
        results: One a target and benchmark that has a figure, or whose kind of figure cannot be
            had here; in the order of the targets.
        unmatched: Targets that name no benchmark of the session.
        unmeasured: Targets with a benchmark that they name but that gave no figure.
    """

    results: tuple[TargetResult, ...]
    unmatched: tuple[Target, ...]
    unmeasured: tuple[tuple[Target, str], ...]


def check_targets(
    session: Session,
    targets: Sequence[Target],
    *,
    level: float,
    rng: np.random.Generator,
    beside: Beside | None = None,
) -> CheckedTargets:
    """Hold the session's figures against all targets, and against the marks on its benchmarks.

    There is no precedence: every target that matches is checked, so that a document's hard limit
    and a tighter one of our own both stand. The level is each interval's own.

    Args:
        session: What was measured: samples, and tallies of counts.
        targets: Limits; those of marks are added after them, with the origin ``mark``.
        level: Confidence of each figure, two-sided.
        rng: Where resampling takes its chance from.
        beside: What the session does not hold.

    Raises:
        UseError: A level outside 0 to 1.
    """
    beside = beside or Beside()
    ids = [benchmark.id for benchmark in session.benchmarks]
    every = (*targets, *mark_targets(session.benchmarks))
    named = [(target, target.matching(ids)) for target in every]
    wanted: dict[FigureKind, set[str]] = {kind: set() for kind in FORMS}
    for target, names in named:
        wanted[target.kind].update(names)
    figures = _figures(session, wanted, level, rng)
    figures[FigureKind.KEPT_MEMORY] = {
        name: each.figure for name, each in beside.kept.items() if each.figure is not None
    }
    notes = _notes(session.tallies)
    results: list[TargetResult] = []
    unmeasured: list[tuple[Target, str]] = []
    for target, name in ((target, name) for target, names in named for name in names):
        result = _held(target, name, figures[target.kind].get(name), notes.get(name), beside)
        if result is None:
            unmeasured.append((target, name))
        else:
            results.append(result)
    return CheckedTargets(
        results=tuple(results),
        unmatched=tuple(target for target, names in named if not names),
        unmeasured=tuple(unmeasured),
    )


def target_verdict(
    figure: Interval, limit: float, kind: FigureKind = FigureKind.TIME
) -> TargetVerdict:
    """Met when the whole interval is under the limit, missed when it is above.

    Counts and what is kept may be as large as their limit: nothing about them is estimated.
    """
    if figure.low is None or figure.high is None:
        return TargetVerdict.UNDECIDED
    reached = FORMS[kind].relation == "<=" and figure.high == limit
    if figure.high < limit or reached:
        return TargetVerdict.MET
    return TargetVerdict.MISSED if figure.low > limit else TargetVerdict.UNDECIDED


def mark_targets(benchmarks: Iterable[Benchmark]) -> tuple[Target, ...]:
    """The limits that stand on the tests themselves."""
    return tuple(
        Target(pattern=each.id, kind=kind, limit=limit, origin=_MARK)
        for each in benchmarks
        for kind, limit in each.all_limits.items()
    )


def _figures(
    session: Session,
    wanted: Mapping[FigureKind, set[str]],
    level: float,
    rng: np.random.Generator,
) -> _Figures:
    """Every kind of figure that a session holds, of the benchmarks that are named for it."""
    time, peak = FigureKind.TIME, FigureKind.PEAK_MEMORY
    figures: _Figures = {kind: {} for kind in FORMS}
    figures[time] = figures_seconds(session, level=level, rng=rng, ids=wanted[time])
    figures[peak] = peaks_bytes(session, level=level, rng=rng, ids=wanted[peak])
    groups: dict[tuple[FigureKind, str], list[Tally]] = {}
    for tally in session.tallies:
        groups.setdefault((_METERS[tally.meter], tally.benchmark), []).append(tally)
    for (kind, name), group in groups.items():
        span = span_of(group)
        # All that was seen, not an estimate: the level is that of a fact.
        figures[kind][name] = Interval(span.middle, span.low, span.high, 1.0, span.n)
    return figures


def _notes(tallies: Iterable[Tally]) -> dict[str, str]:
    """What the reader must know of a count."""
    return {each.benchmark: "with what the suite sets up" for each in tallies if each.whole}


def _held(
    target: Target, name: str, figure: Interval | None, note: str | None, beside: Beside
) -> TargetResult | None:
    """``None`` where the figure could be had here, and this benchmark gave none."""
    if target.kind is FigureKind.KEPT_MEMORY and name in beside.kept:
        return _kept_result(target, name, beside.kept[name])
    if figure is None:
        reason = beside.absent.get(target.kind)
        return None if reason is None else _open(target, name, reason)
    counted = target.kind in _METERS.values()
    verdict = target_verdict(figure, target.limit, target.kind)
    return _made(target, name, figure, verdict, note if counted else None)


def _kept_result(target: Target, name: str, kept: KeptMemory) -> TargetResult:
    """The verdict does not follow from the bytes alone."""
    if kept.figure is None:
        return _open(target, name, kept.reason or "no verdict")
    verdict = target_verdict(kept.figure, target.limit, target.kind)
    # A descriptor or a thread has no bytes that a limit could allow.
    if kept.others is LeakVerdict.LEAK:
        verdict = TargetVerdict.MISSED
    elif kept.others is LeakVerdict.UNDECIDED and verdict is TargetVerdict.MET:
        verdict = TargetVerdict.UNDECIDED
    return _made(target, name, kept.figure, verdict, kept.reason)


def _open(target: Target, name: str, reason: str) -> TargetResult:
    return _made(target, name, None, TargetVerdict.UNDECIDED, reason)


def _made(
    target: Target,
    name: str,
    figure: Interval | None,
    verdict: TargetVerdict,
    reason: str | None,
) -> TargetResult:
    return TargetResult(
        benchmark=name,
        kind=target.kind,
        limit=target.limit,
        figure=figure,
        verdict=verdict,
        origin=target.origin,
        hard=target.hard,
        reason=reason,
    )
