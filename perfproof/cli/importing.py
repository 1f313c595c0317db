"""``perfproof imports PACKAGE [BASE]``: which module costs what, and what changed."""

from __future__ import annotations

import argparse

from perfproof.cli.printing import show
from perfproof.cli.project import open_project
from perfproof.cli.versions import around
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, UseError
from perfproof.judge.imports import compare_imports, cost_of_import
from perfproof.measure.checkout import side_by_side
from perfproof.measure.imports import import_runs
from perfproof.measure.repository import Repository
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Side, Verdict
from perfproof.record.importing import PackageCost
from perfproof.record.quantity import parse_share
from perfproof.report.importing import import_lines

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """Import the package in fresh processes, of one version or of two in turn; print a table."""
    project = open_project(arguments)
    level = project.settings.share("level")
    if arguments.base is None:
        side = Surroundings(project.root, {})
        runs = import_runs(arguments.package, {"base": side}, arguments.processes)["base"]
        cost = cost_of_import(arguments.package, runs, level=level)
    else:
        cost = _of_two(project, arguments, level)
    show(lambda width: import_lines(cost, most=arguments.most, width=width))
    if cost.verdict is Verdict.SLOWER:
        return ExitCode.CHECK_FAILED
    undecided = cost.verdict is Verdict.UNDECIDED
    return ExitCode.UNDECIDED if arguments.strict and undecided else ExitCode.PASS


def _of_two(project: Project, arguments: argparse.Namespace, level: float) -> PackageCost:
    try:
        margin = parse_share(arguments.margin)
    except ValueError as exc:
        raise UseError(str(exc), where="--margin") from exc
    with side_by_side(Repository(project.root), arguments.base, arguments.head) as checkouts:
        base, head = checkouts
        sides: dict[Side, Surroundings] = {"base": around(base), "head": around(head)}
        runs = import_runs(arguments.package, sides, arguments.processes)
    pairs = list(zip(runs["base"], runs["head"], strict=True))
    return compare_imports(arguments.package, pairs, level=level, margin=margin)
