"""`perfproof compare baseline:NAME [HEAD]`: the baseline's commit measured here, by duel.

A stored baseline is numbers and a commit. Numbers of another hour carry no verdict of a few per
cent, and those of another machine none at all, so the commit is measured again:

=====================  ==============================  =========================================
HEAD                   the baseline's commit is there  it is not
=====================  ==============================  =========================================
none (working tree)    duel                            stored numbers, or exit 2 where they are
                                                       of another machine
a git ref              duel                            exit 2
a stored session       stored numbers first; what      stored numbers, or exit 2 where they are
                       they leave undecided, or all    of another machine
                       where they are of another
                       machine, by duel of the two
                       sessions' commits
=====================  ==============================  =========================================

With ``--stored`` nothing of this happens: the numbers alone are compared.
"""

from __future__ import annotations

import argparse

from perfproof.cli.against_stored import compare_stored
from perfproof.cli.duelling import Bout, compare_versions
from perfproof.cli.handing_over import Handover
from perfproof.cli.project import system_of
from perfproof.cli.stored import Kept, is_stored, load_kept, load_named
from perfproof.cli.stored_version import NoVersionError, meeting
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, FingerprintError, UseError
from perfproof.measure.selection import Selection
from perfproof.record import Session

__all__ = ["compare_baseline"]


def compare_baseline(
    project: Project, arguments: argparse.Namespace, handover: Handover
) -> ExitCode:
    """By duel where the baseline's commit can be had; by its stored numbers otherwise.

    Raises:
        UseError: Neither can be, with the reason.
    """
    kept = load_kept(project, arguments.base)
    if arguments.head is not None and is_stored(arguments.head):
        return _against_stored_head(project, arguments, kept, handover)
    selection = Selection(expression=arguments.keyword)
    try:
        bout = _bout(project, arguments, kept, arguments.head, selection)
    except NoVersionError as exc:
        if kept.refusal is not None or arguments.head is not None:
            raise _neither(arguments.base, kept, exc) from exc
        print(f"{arguments.base}: no duel, {exc}; held against its stored numbers, coarsely")
        return compare_stored(project, arguments, kept.stored, handover).exit_code
    _announce(arguments.base, bout)
    return compare_versions(project, arguments, bout, handover)


def _against_stored_head(
    project: Project, arguments: argparse.Namespace, kept: Kept, handover: Handover
) -> ExitCode:
    refusal = kept.refusal
    code, undecided = ExitCode.PASS, None
    if refusal is None:
        try:
            held = compare_stored(project, arguments, kept.stored, handover)
        except FingerprintError as exc:
            refusal = exc
        else:
            if not held.undecided:
                return held.exit_code
            code, undecided = held.exit_code, held.undecided
    chosen = Selection(expression=arguments.keyword) if undecided is None else Selection(undecided)
    head = load_named(project, arguments.head).session
    try:
        bout = _bout(project, arguments, kept, head, chosen)
    except NoVersionError as exc:
        if refusal is not None:
            raise _neither(arguments.base, Kept(kept.stored, refusal), exc) from exc
        print(f"{arguments.base}: no duel of what is undecided, {exc}")
        return code
    if undecided is not None:
        print(f"{len(undecided)} undecided by the stored numbers, which are too coarse:")
    _announce(arguments.base, bout)
    duelled = compare_versions(project, arguments, bout, handover)
    return ExitCode.CHECK_FAILED if code is ExitCode.CHECK_FAILED else duelled


def _bout(
    project: Project,
    arguments: argparse.Namespace,
    kept: Kept,
    head: Session | str | None,
    selection: Selection,
) -> Bout:
    base, against = meeting(project, kept.stored.session, head, system_of(arguments))
    return Bout(base, against, selection)


def _announce(name: str, bout: Bout) -> None:
    head = "the working tree" if bout.head is None else bout.head[:10]
    print(f"{name} is commit {str(bout.base)[:10]}: measured here now, side by side with {head}")


def _neither(name: str, kept: Kept, why: NoVersionError) -> UseError:
    """Neither numbers nor a commit to compare with."""
    if kept.refusal is None:
        return UseError(
            f"cannot be measured here: {why}",
            where=name,
            remedy="leave HEAD out to be held against its stored numbers, or name a commit",
        )
    return FingerprintError(
        f"{kept.refusal.what}; and it cannot be measured here: {why}",
        where=name,
        remedy="fetch that commit, or measure and save a baseline on this machine",
    )
