"""``perfproof imports PACKAGE [BASE]``: which module costs what, and what changed."""

from __future__ import annotations

import argparse
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from perfproof import __version__
from perfproof.cli.measuring import sessions_folder
from perfproof.cli.printing import aside, show
from perfproof.cli.project import open_project
from perfproof.cli.versions import around
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, UseError
from perfproof.judge.imports import judge_imports
from perfproof.measure.checkout import Checkout, side_by_side
from perfproof.measure.imports import import_runs
from perfproof.measure.machine import Machine
from perfproof.measure.repository import Repository
from perfproof.measure.revision import read_commit
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Side, Verdict
from perfproof.record.importing import IMPORTS_SCHEMA, ImportHeader, ImportSession
from perfproof.record.quantity import parse_share
from perfproof.report.importing import import_lines
from perfproof.store.imports import read_imports, write_imports

__all__ = ["run"]

_PROCESSES = 12
_MARGIN = "10 %"


def run(arguments: argparse.Namespace) -> ExitCode:
    """Import the package in fresh processes, of one version or of two in turn; or read a file."""
    session = _stored(arguments) if _is_file(arguments.package) else _measured(arguments)
    cost = judge_imports(session)
    show(lambda width: import_lines(cost, most=arguments.most, width=width))
    if cost.verdict is Verdict.SLOWER:
        return ExitCode.CHECK_FAILED
    undecided = cost.verdict is Verdict.UNDECIDED
    return ExitCode.UNDECIDED if arguments.strict and undecided else ExitCode.PASS


def _is_file(name: str) -> bool:
    """Whether a file is meant; `json` is a module also where a file is called so."""
    called_so = re.search(r"[/\\]|\.jsonl$", name) is not None
    return called_so or ("." in name and Path(name).is_file())


def _stored(arguments: argparse.Namespace) -> ImportSession:
    """The file's, which is told as it was asked.

    Raises:
        UseError: Words that ask for something else.
        ResultFileError: No file of imports, or a damaged one.
    """
    session = read_imports(Path(arguments.package))
    others = (arguments.base, arguments.processes, arguments.margin, arguments.output)
    if any(each is not None for each in others):
        raise UseError(
            "is told as it was asked",
            where=arguments.package,
            remedy="name it without BASE, --processes, --margin and -o",
        )
    return session


def _measured(arguments: argparse.Namespace) -> ImportSession:
    project = open_project(arguments)
    session = _of_one(project, arguments) if arguments.base is None else _of_two(project, arguments)
    path = arguments.output or _drawn_path(project, session.header)
    write_imports(path, session)
    aside(f"kept in {path}")
    return session


def _of_one(project: Project, arguments: argparse.Namespace) -> ImportSession:
    header = _header(project, arguments)
    here: dict[Side, Surroundings] = {"base": Surroundings(project.root, {})}
    runs = import_runs(arguments.package, here, arguments.processes or _PROCESSES)
    return ImportSession(header=header, runs=runs)


def _of_two(project: Project, arguments: argparse.Namespace) -> ImportSession:
    try:
        margin = parse_share(arguments.margin or _MARGIN)
    except ValueError as exc:
        raise UseError(str(exc), where="--margin") from exc
    with side_by_side(Repository(project.root), arguments.base, arguments.head) as checkouts:
        header = _header(project, arguments, margin, checkouts)
        base, head = checkouts
        sides: dict[Side, Surroundings] = {"base": around(base), "head": around(head)}
        runs = import_runs(arguments.package, sides, arguments.processes or _PROCESSES)
    return ImportSession(header=header, runs=runs)


def _header(
    project: Project,
    arguments: argparse.Namespace,
    margin: float | None = None,
    checkouts: tuple[Checkout, Checkout] | None = None,
) -> ImportHeader:
    machine = Machine()
    base, head = checkouts or (None, None)
    return ImportHeader(
        schema=IMPORTS_SCHEMA,
        id=secrets.token_hex(16),
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        tool_version=__version__,
        fingerprint=machine.fingerprint(),
        environment=machine.environment(),
        commit=read_commit(project.root),
        package=arguments.package,
        level=project.settings.share("level"),
        margin=margin,
        base=base.ref if base else None,
        head=head.ref if head else None,
        base_commit=base.commit if base else None,
        head_commit=head.commit if head and arguments.head else None,
    )


def _drawn_path(project: Project, header: ImportHeader) -> Path:
    folder = sessions_folder(project).with_name("imports")
    folder.mkdir(exist_ok=True)
    stamp = re.sub(r"[-:.]", "", header.started[:23])
    return folder / f"{stamp}_{header.id[:8]}.jsonl"
