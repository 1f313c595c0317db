"""A session held against stored numbers: coarse, as sessions differ by more than they tell."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from perfproof.cli.duel_outcome import verdict_of
from perfproof.cli.handing_over import Handover
from perfproof.cli.measuring import measure_chosen
from perfproof.cli.printing import show
from perfproof.cli.project import margin_of
from perfproof.cli.running import exit_code_of
from perfproof.cli.stored import load_named, only
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode
from perfproof.judge import compare_sessions
from perfproof.measure.selection import Selection
from perfproof.proof import Stored
from perfproof.record import Session, Verdict
from perfproof.report import comparison_lines

__all__ = ["Held", "compare_stored"]


@dataclass(frozen=True, slots=True)
class Held:
    """What a stored comparison gave.

    Attributes:
        undecided: Ids of which the stored numbers say too little.
        exit_code: 1 for any slower or failed benchmark; 3 for any undecided, if asked.
    """

    undecided: tuple[str, ...]
    exit_code: ExitCode


def compare_stored(
    project: Project, arguments: argparse.Namespace, base: Stored, handover: Handover
) -> Held:
    """Load or measure the head, judge, print.

    Raises:
        FingerprintError: The two are of different machines; nothing was printed then.
    """
    selection = Selection(expression=arguments.keyword)
    head = head_of(project, arguments, selection)
    comparisons = compare_sessions(
        only(base.session, {each.id for each in selection.choose(base.session.benchmarks)}),
        only(head, {each.id for each in selection.choose(head.benchmarks)}),
        margin=margin_of(project, arguments, "margin"),
        alpha=project.settings.share("alpha"),
        history=base.history,
        rng=np.random.default_rng(head.header.plan.seed),
        base_name=base.name,
        head_name=arguments.head or "now",
    )
    show(lambda width: comparison_lines(comparisons, width=width))
    handover.take(comparisons, head.troubles, seconds=head.elapsed_seconds)
    undecided = tuple(
        each.benchmark for each in comparisons.results if each.verdict is Verdict.UNDECIDED
    )
    failed = exit_code_of(head) is not ExitCode.PASS
    return Held(undecided, verdict_of(comparisons, failed=failed, strict=arguments.strict))


def head_of(project: Project, arguments: argparse.Namespace, selection: Selection) -> Session:
    """The stored head, or one that is measured now."""
    if arguments.head is not None:
        return load_named(project, arguments.head).session
    session, path = measure_chosen(project, arguments, selection)
    print(f"session: {path}")
    return session
