"""``perfproof compare``: two git refs side by side, or a session against a stored one."""

from __future__ import annotations

import argparse

import numpy as np

from perfproof.cli.checking import only
from perfproof.cli.duelling import compare_versions
from perfproof.cli.measuring import measure_chosen
from perfproof.cli.printing import show
from perfproof.cli.project import open_project
from perfproof.cli.running import exit_code_of
from perfproof.cli.stored import load_named
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, UseError
from perfproof.judge import compare_sessions
from perfproof.measure.selection import Selection
from perfproof.record import Comparisons, Session, Verdict
from perfproof.record.quantity import parse_share
from perfproof.report import comparison_lines

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """Refs are checked out and duelled; files and baselines are compared as they are stored."""
    project = open_project(arguments)
    margin = margin_of(project, arguments)
    if arguments.base is None or not is_stored(arguments.base):
        return compare_versions(project, arguments, margin)
    return compare_stored(project, arguments, margin)


def is_stored(name: str) -> bool:
    """Whether a base is a stored session, by its form; everything else is a git ref."""
    return name.startswith("baseline:") or name.endswith(".jsonl")


def compare_stored(project: Project, arguments: argparse.Namespace, margin: float) -> ExitCode:
    """Load the base, load or measure the head, judge, print; 1 when something is slower."""
    selection = Selection(expression=arguments.keyword)
    base = load_named(project, arguments.base)
    head = head_of(project, arguments, selection)
    comparisons = compare_sessions(
        only(base.session, {each.id for each in selection.choose(base.session.benchmarks)}),
        only(head, {each.id for each in selection.choose(head.benchmarks)}),
        margin=margin,
        alpha=project.settings.share("alpha"),
        history=base.history,
        rng=np.random.default_rng(head.header.plan.seed),
        base_name=base.name,
        head_name=arguments.head or "now",
    )
    show(lambda width: comparison_lines(comparisons, width=width))
    return verdict_of(comparisons, head, strict=arguments.strict)


def margin_of(project: Project, arguments: argparse.Namespace) -> float:
    """The slowdown that matters, 0.05 is 5 %."""
    if arguments.margin is None:
        return project.settings.share("margin")
    try:
        margin = parse_share(arguments.margin)
    except ValueError as exc:
        raise UseError(str(exc), where="--margin") from exc
    if not 0 < margin < 1:
        raise UseError("must lie between 0 % and 100 %", where="--margin")
    return margin


def head_of(project: Project, arguments: argparse.Namespace, selection: Selection) -> Session:
    """The stored head, or one that is measured now."""
    if arguments.head is not None:
        return load_named(project, arguments.head).session
    session, path = measure_chosen(project, arguments, selection)
    print(f"session: {path}")
    return session


def verdict_of(comparisons: Comparisons, head: Session, *, strict: bool) -> ExitCode:
    """1 for any slower or failed benchmark; 3 for any undecided, if asked."""
    verdicts = {result.verdict for result in comparisons.results}
    if Verdict.SLOWER in verdicts or exit_code_of(head):
        return ExitCode.CHECK_FAILED
    undecided = Verdict.UNDECIDED in verdicts or not comparisons.results
    return ExitCode.UNDECIDED if strict and undecided else ExitCode.PASS
