"""``perfproof compare``: two git refs side by side, or a session against a stored one."""

from __future__ import annotations

import argparse
from pathlib import Path

from perfproof.cli.against_baseline import compare_baseline
from perfproof.cli.against_stored import compare_stored
from perfproof.cli.allocating import counted_at_length
from perfproof.cli.duel_outcome import told
from perfproof.cli.duelling import Bout, compare_versions, tell, tell_counts
from perfproof.cli.handing_over import Handover, handover_of
from perfproof.cli.joining import evidence_of
from perfproof.cli.project import open_project
from perfproof.cli.retelling import fought_in, noted
from perfproof.cli.stored import in_file, is_baseline, is_stored, load_named
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, UseError
from perfproof.measure.selection import Selection
from perfproof.record import Session
from perfproof.store import read_session

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """What BASE is decides: refs are duelled, a baseline's commit is too, files are compared.

    The file of a duel, alone, tells its verdicts again. ``--stored`` measures no base.
    """
    project = open_project(arguments)
    handover = handover_of(arguments)
    code = compared(project, arguments, handover)
    handover.give(code)
    return code


def compared(project: Project, arguments: argparse.Namespace, handover: Handover) -> ExitCode:
    """What there is to say, said, and taken for whoever else wants to know."""
    base: str | None = arguments.base
    if base is None or not is_stored(base):
        refuse_stored(arguments)
        bout = Bout(base, arguments.head, Selection(expression=arguments.keyword))
        return compare_versions(project, arguments, bout, handover)
    if is_baseline(base):
        if arguments.stored:
            stored = load_named(project, base)
            return compare_stored(project, arguments, stored, handover).exit_code
        return compare_baseline(project, arguments, handover)
    session = read_session(Path(base))
    if session.header.duel is not None:
        refuse_other_questions(arguments)
        return tell_again(session, handover, strict=arguments.strict)
    stored = in_file(project, base, session)
    return compare_stored(project, arguments, stored, handover).exit_code


def tell_again(duel: Session, handover: Handover, *, strict: bool) -> ExitCode:
    """The verdicts of a duel's file, and what its counts say of them, where it has any."""
    fought = fought_in(duel)
    comparisons = noted(told(fought), duel)
    code = tell(fought, comparisons, strict=strict)
    handover.take(comparisons, fought.lost.values(), seconds=fought.seconds)
    at_length = counted_at_length(duel.tallies)
    evidence = evidence_of(fought, comparisons, duel.tallies) if at_length else ()
    tell_counts(comparisons, duel.tallies, evidence)
    return code


def refuse_stored(arguments: argparse.Namespace) -> None:
    """A git ref has no stored numbers.

    Raises:
        UseError: ``--stored`` with a git ref.
    """
    if arguments.stored:
        raise UseError(
            "BASE is a git ref, which has no stored numbers",
            where="--stored",
            remedy="name baseline:NAME or a session file",
        )


def refuse_other_questions(arguments: argparse.Namespace) -> None:
    """A duel answers what it was asked, and holds both of its sides.

    Raises:
        UseError: A head, a choice of benchmarks or another margin.
    """
    said = (arguments.head, arguments.keyword, arguments.margin)
    if any(each is not None for each in said):
        raise UseError(
            "holds a duel of two versions, which is told as it was asked",
            where=arguments.base,
            remedy="name it without HEAD, -k and --margin",
        )
