"""``perfproof run``: measure, and keep every raw value."""

from __future__ import annotations

import argparse

import numpy as np

from perfproof.cli.allocating import AllocationPass
from perfproof.cli.measuring import measure_chosen
from perfproof.cli.printing import show
from perfproof.cli.project import open_project
from perfproof.errors import ExitCode
from perfproof.judge import figures_seconds
from perfproof.judge.allocations import allocation_figures
from perfproof.measure.selection import Selection
from perfproof.record import Session
from perfproof.report import session_lines

__all__ = ["exit_code_of", "run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """Measure the chosen benchmarks, print a line each, say where the session is."""
    project = open_project(arguments)
    selection = Selection(tuple(arguments.node_ids), arguments.keyword)
    counting = AllocationPass(wanted=not arguments.no_allocations)
    session, path = measure_chosen(project, arguments, selection, counting)
    seed = session.header.plan.seed
    figures = figures_seconds(
        session, level=project.settings.share("level"), rng=np.random.default_rng(seed)
    )
    allocations = allocation_figures(session.tallies)
    show(lambda width: session_lines(session, figures, allocations, width=width))
    print(f"session: {path}")
    counting.end()
    return exit_code_of(session)


def exit_code_of(session: Session) -> ExitCode:
    """1 when a benchmark of the suite failed or hung: exit 0 never follows dropped data."""
    kinds = {trouble.kind for trouble in session.troubles}
    return ExitCode.CHECK_FAILED if kinds - {"skipped"} else ExitCode.PASS
