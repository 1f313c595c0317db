"""``perfproof check``: benchmarks against their targets."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from perfproof.cli.measuring import measure_chosen
from perfproof.cli.printing import show
from perfproof.cli.project import open_project
from perfproof.cli.running import exit_code_of
from perfproof.cli.stored import read_one_version
from perfproof.configuration.settings import Project
from perfproof.configuration.targets import read_targets
from perfproof.errors import ExitCode, UseError
from perfproof.judge import CheckedTargets, Target, check_targets
from perfproof.measure.selection import Selection
from perfproof.record import Session, TargetVerdict
from perfproof.report import target_lines

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """Hold the chosen benchmarks against every limit that names them."""
    project = open_project(arguments)
    targets = targets_of(project)
    selection = Selection(tuple(arguments.node_ids), arguments.keyword)
    session, whole = measured(project, arguments, selection)
    checked = check_targets(
        session,
        targets,
        level=project.settings.share("level"),
        rng=np.random.default_rng(session.header.plan.seed),
    )
    if not checked.results and not checked.unmeasured:
        raise UseError(
            "no target names any of these benchmarks",
            remedy="write [[target]] tables in the file that `targets` in [tool.perfproof] names,"
            " or mark a test with perfproof_target",
        )
    show(lambda width: target_lines(checked.results, width=width))
    for target, name in checked.unmeasured:
        print(f"{name}: gave no figure to hold against {target.origin}")
    if whole:
        refuse_dead_targets(checked)
    return verdict_of(session, checked, strict=arguments.strict)


def targets_of(project: Project) -> tuple[Target, ...]:
    """The targets of the configured file; none without one."""
    name = project.settings.targets
    if name is None:
        return ()
    return tuple(
        Target(
            pattern=entry.benchmark,
            limit_seconds=entry.limit_seconds,
            hard=entry.hard,
            origin=f"{name}, [[target]] {number}",
        )
        for number, entry in enumerate(read_targets(project.path(name)), start=1)
    )


def measured(
    project: Project, arguments: argparse.Namespace, selection: Selection
) -> tuple[Session, bool]:
    """The stored session or a new one, and whether it holds every benchmark there is."""
    if arguments.session is not None:
        session = read_one_version(arguments.session)
        chosen = {each.id for each in selection.choose(session.benchmarks)}
        return only(session, chosen), False
    session, path = measure_chosen(project, arguments, selection)
    print(f"session: {path}")
    return session, selection == Selection()


def only(session: Session, ids: set[str]) -> Session:
    """The part of a session that is about ``ids``."""
    return Session(
        header=session.header,
        benchmarks=tuple(each for each in session.benchmarks if each.id in ids),
        samples=tuple(each for each in session.samples if each.benchmark in ids),
        troubles=tuple(each for each in session.troubles if each.benchmark in {None, *ids}),
        complete=session.complete,
        elapsed_seconds=session.elapsed_seconds,
        steal_share=session.steal_share,
    )


def refuse_dead_targets(checked: CheckedTargets) -> None:
    """A limit that holds nothing any more would pass for ever.

    Raises:
        UseError: A target that names no benchmark of the whole suite.
    """
    if checked.unmatched:
        dead = checked.unmatched[0]
        raise UseError(
            f"'{dead.pattern}' names no benchmark",
            where=dead.origin,
            remedy="mend the pattern or take the target out",
        )


def verdict_of(session: Session, checked: CheckedTargets, *, strict: bool) -> ExitCode:
    """1 for a hard target missed or a benchmark without figure; 3 for undecided if asked."""
    hard: Sequence[TargetVerdict] = [each.verdict for each in checked.results if each.hard]
    skipped = {each.benchmark for each in session.troubles if each.kind == "skipped"}
    lost = [name for target, name in checked.unmeasured if target.hard and name not in skipped]
    if TargetVerdict.MISSED in hard or lost or exit_code_of(session):
        return ExitCode.CHECK_FAILED
    undecided = TargetVerdict.UNDECIDED in hard or not session.complete
    return ExitCode.UNDECIDED if strict and undecided else ExitCode.PASS
