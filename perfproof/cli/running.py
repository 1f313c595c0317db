"""``perfproof run``: measure, and keep every raw value."""

from __future__ import annotations

import argparse

import numpy as np

from perfproof.cli.measuring import Order, measure
from perfproof.cli.printing import show
from perfproof.cli.project import find_meant, open_project, plan_of, system_of
from perfproof.errors import ExitCode
from perfproof.judge import figures_seconds
from perfproof.measure.selection import Selection
from perfproof.record import Session
from perfproof.report import session_lines

__all__ = ["exit_code_of", "run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """Measure the chosen benchmarks, print a line each, say where the session is."""
    project = open_project(arguments)
    system = system_of(arguments)
    selection = Selection(tuple(arguments.node_ids), arguments.keyword)
    meant = find_meant(project, system, selection)
    plan = plan_of(project, arguments)
    session, path = measure(project, Order(meant, plan, system, arguments.output, arguments.quiet))
    figures = figures_seconds(
        session, level=project.settings.share("level"), rng=np.random.default_rng(plan.seed)
    )
    show(lambda width: session_lines(session, figures, width=width))
    print(f"session: {path}")
    return exit_code_of(session)


def exit_code_of(session: Session) -> ExitCode:
    """1 when a benchmark of the suite failed or hung: exit 0 never follows dropped data."""
    kinds = {trouble.kind for trouble in session.troubles}
    return ExitCode.CHECK_FAILED if kinds - {"skipped"} else ExitCode.PASS
