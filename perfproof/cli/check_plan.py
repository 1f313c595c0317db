"""What `perfproof check` holds: targets of the file and of marks, and what they need."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from perfproof.cli.project import Meant, find_meant, system_of
from perfproof.configuration.settings import Project
from perfproof.configuration.tables import nearest
from perfproof.configuration.targets import TargetEntry, read_targets
from perfproof.errors import UseError
from perfproof.judge import Target, mark_targets
from perfproof.judge.load_limits import LoadTarget
from perfproof.measure.selection import Selection
from perfproof.record import FORMS, Benchmark, FigureKind
from perfproof.record.quantity import parse_share

__all__ = ["Asked", "asked_of", "find_held", "no_target", "refuse_dead_targets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for.

    Attributes:
        targets: Limits of benchmarks in the file.
        loads: Limits of loads that are meant.
        selection: Which benchmarks are meant.
        benchmarks: Whether any are.
    """

    targets: tuple[Target, ...]
    loads: tuple[LoadTarget, ...]
    selection: Selection
    benchmarks: bool

    @property
    def whole(self) -> bool:
        """Whether every benchmark there is is meant."""
        return self.benchmarks and not self.selection.chooses


def asked_of(project: Project, arguments: argparse.Namespace) -> Asked:
    """The targets of the configured file, as far as the command line means them.

    Who chooses benchmarks means no load, and who chooses loads no benchmark; who chooses neither
    means everything.

    Raises:
        UseError: ``--load`` names no load, or stands beside ``--session``.
    """
    targets, loads = _targets_of(project)
    selection = Selection(tuple(arguments.node_ids), arguments.keyword)
    pattern: str | None = arguments.load
    if pattern is None:
        return Asked(
            targets=targets,
            loads=() if selection.chooses else loads,
            selection=selection,
            benchmarks=True,
        )
    if arguments.session is not None:
        raise UseError(
            "--load puts a load on, and --session measures nothing", remedy="leave one of them out"
        )
    meant = tuple(each for each in loads if _is_meant(each.scenario, pattern))
    if not meant:
        known = sorted({each.scenario for each in loads})
        raise UseError(
            f"no [[target]] is of a load that is called '{pattern}'{nearest(pattern, known)}",
            where="--load",
            remedy=f"name one of {', '.join(known)}" if known else 'write one with `load = "..."`',
        )
    return Asked(targets=targets, loads=meant, selection=selection, benchmarks=selection.chooses)


def _targets_of(project: Project) -> tuple[tuple[Target, ...], tuple[LoadTarget, ...]]:
    """The targets of the configured file; none without one."""
    name = project.settings.targets
    if name is None:
        return (), ()
    targets: list[Target] = []
    loads: list[LoadTarget] = []
    for number, entry in enumerate(read_targets(project.path(name)), start=1):
        made = _made(entry, f"{name}, [[target]] {number}")
        if isinstance(made, LoadTarget):
            loads.append(made)
        else:
            targets.append(made)
    return tuple(targets), tuple(loads)


def _made(entry: TargetEntry, origin: str) -> Target | LoadTarget:
    if entry.load is not None and entry.quantile is not None:
        return LoadTarget(
            scenario=entry.load,
            quantile=parse_share(entry.quantile),
            limit_seconds=entry.amount,
            hard=entry.hard,
            origin=origin,
        )
    return Target(
        pattern=entry.benchmark or "",
        kind=entry.kind,
        limit=entry.amount,
        hard=entry.hard,
        origin=origin,
    )


def _is_meant(scenario: str, pattern: str) -> bool:
    name = scenario.rpartition("/")[2]
    return any(
        fnmatch.fnmatchcase(each, pattern) for each in (scenario, name, name.removesuffix(".toml"))
    )


def find_held(
    project: Project, arguments: argparse.Namespace, asked: Asked
) -> tuple[Meant, Mapping[FigureKind, frozenset[str]]]:
    """The benchmarks that are meant, and which of them each kind of figure is needed of.

    Raises:
        UseError: No suite, nothing that was chosen, or a target that names no benchmark.
    """
    meant = find_meant(project, system_of(arguments), asked.selection)
    if asked.whole:
        refuse_dead_targets(asked.targets, meant.benchmarks)
    return meant, _needs(asked.targets, meant.benchmarks)


def _needs(
    targets: Sequence[Target], benchmarks: Sequence[Benchmark]
) -> Mapping[FigureKind, frozenset[str]]:
    ids = [each.id for each in benchmarks]
    found: dict[FigureKind, set[str]] = {kind: set() for kind in FORMS}
    for target in (*targets, *mark_targets(benchmarks)):
        found[target.kind].update(target.matching(ids))
    return {kind: frozenset(names) for kind, names in found.items()}


def refuse_dead_targets(targets: Iterable[Target], benchmarks: Iterable[Benchmark]) -> None:
    """A limit that holds nothing any more would pass for ever.

    Raises:
        UseError: A target that names no benchmark of the whole suite.
    """
    ids = [each.id for each in benchmarks]
    for target in targets:
        if not target.matching(ids):
            raise UseError(
                f"'{target.pattern}' names no benchmark",
                where=target.origin,
                remedy="mend the pattern or take the target out",
            )


def no_target() -> UseError:
    """That there is nothing to hold."""
    return UseError(
        "no target names any of these benchmarks",
        remedy="write [[target]] tables in the file that `targets` in [tool.perfproof] names,"
        " or mark a test with perfproof_target",
    )
