"""``perfproof baseline``: save, list, show, promote, prune."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from perfproof.cli.measuring import last_session
from perfproof.cli.printing import show
from perfproof.cli.project import open_project
from perfproof.cli.stored import baselines_folder, load_named, read_one_version
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode
from perfproof.judge import figures_seconds
from perfproof.measure.machine import Machine
from perfproof.report import session_lines
from perfproof.store import (
    Baseline,
    list_baselines,
    promote_baseline,
    prune_baselines,
    save_baseline,
)

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """Do one action on the project's baselines of this machine."""
    project = open_project(arguments)
    return _ACTIONS[arguments.action](project, baselines_folder(project), arguments)


def save(project: Project, root: Path, arguments: argparse.Namespace) -> ExitCode:
    """Keep a session; the last one that was measured unless a file is named."""
    source = arguments.session or last_session(project)
    path = save_baseline(
        root, read_one_version(source), arguments.name, overwrite=arguments.replace
    )
    print(f"saved {source.name} as {path}")
    return ExitCode.PASS


def show_list(_: Project, root: Path, arguments: argparse.Namespace) -> ExitCode:
    """One line a baseline; 2 when one of them cannot be read."""
    found = list_baselines(root, None if arguments.all else Machine().fingerprint())
    for baseline in found:
        print(line_of(baseline))
    if not found:
        print(f"no baseline {'is stored' if arguments.all else 'of this machine'} in {root}")
    return ExitCode.BAD_USE if any(each.problem for each in found) else ExitCode.PASS


def line_of(baseline: Baseline) -> str:
    """Name, age, commit and size, or what is wrong with it."""
    mark = "*" if baseline.current else " "
    if baseline.problem is not None:
        return f"{mark} {baseline.name}  {baseline.problem}"
    started = baseline.started.isoformat(timespec="seconds") if baseline.started else "not known"
    commit = baseline.commit[:12] if baseline.commit else "commit not known"
    return (
        f"{mark} {baseline.name}  {started}  {commit}  "
        f"{baseline.benchmarks} benchmarks  {baseline.machine}"
    )


def show_one(project: Project, _: Path, arguments: argparse.Namespace) -> ExitCode:
    """The figures of a baseline."""
    session = load_named(project, f"baseline:{arguments.name}").session
    figures = figures_seconds(
        session,
        level=project.settings.share("level"),
        rng=np.random.default_rng(session.header.plan.seed),
    )
    show(lambda width: session_lines(session, figures, width=width))
    return ExitCode.PASS


def promote(_: Project, root: Path, arguments: argparse.Namespace) -> ExitCode:
    """Make one the baseline that ``current`` means."""
    promote_baseline(root, Machine().fingerprint(), arguments.name)
    print(f"{arguments.name} is now the current baseline of this machine")
    return ExitCode.PASS


def prune(_: Project, root: Path, arguments: argparse.Namespace) -> ExitCode:
    """Delete all but the newest; the current one always stays."""
    gone = prune_baselines(
        root, Machine().fingerprint(), keep=arguments.keep, dry_run=arguments.dry_run
    )
    for baseline in gone:
        print(f"{'would remove' if arguments.dry_run else 'removed'} {baseline.path}")
    if not gone:
        print("nothing to remove")
    return ExitCode.PASS


_ACTIONS: dict[str, Callable[[Project, Path, argparse.Namespace], ExitCode]] = {
    "save": save,
    "list": show_list,
    "show": show_one,
    "promote": promote,
    "prune": prune,
}
