"""Which kind of result a file holds, and its content as a record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from perfproof.errors import UseError
from perfproof.record import Proof, Session
from perfproof.record.importing import ImportSession
from perfproof.record.load import LoadSession
from perfproof.record.looking import LeakSession
from perfproof.store.evidence import (
    COMMANDS_NAME,
    PROOF_NAME,
    Runs,
    read_commands,
    read_proof,
)
from perfproof.store.imports import read_imports
from perfproof.store.journal import read_session
from perfproof.store.leaks import read_leaks
from perfproof.store.loads import LOAD_SUFFIX, read_load
from perfproof.store.naming import SUFFIX

__all__ = ["Result", "read_result", "results_below"]

Result = Session | LoadSession | LeakSession | ImportSession | Runs | Proof

_LONGEST_LINE_BYTES = 512 * 1024 * 1024


class _Nested(msgspec.Struct):
    """An object, whatever is in it."""


class _FirstLine(msgspec.Struct):
    """What tells the kinds apart, whichever of it a first line has."""

    type: str | None = None
    command: tuple[str, ...] | None = None
    header: _Nested | None = None


def read_result(path: Path) -> Result:
    """What is in the file; its first line says what it is, whatever the file is called.

    Raises:
        ResultFileError: It is no result file, or is damaged.
    """
    if path.name == PROOF_NAME:
        return read_proof(path)
    first = _first_line(path)
    if path.name.endswith(LOAD_SUFFIX) or (first.type is None and first.header is not None):
        return read_load(path)
    if path.name == COMMANDS_NAME or first.command is not None:
        return read_commands(path)
    if first.type == "leaks":
        return read_leaks(path)
    if first.type == "imports":
        return read_imports(path)
    return read_session(path)


def results_below(folder: Path) -> Iterator[Result]:
    """Every result in the folder and below it, by path.

    Raises:
        UseError: There is none.
        ResultFileError: One is damaged.
    """
    files = [path for path in sorted(folder.rglob("[!.]*")) if _is_result(path)]
    if not files:
        raise UseError(
            "holds no session",
            where=str(folder),
            remedy="name a folder with what `run`, `compare`, `load`, `imports` or `prove` wrote",
        )
    for path in files:
        yield read_result(path)


def _is_result(path: Path) -> bool:
    return path.name == PROOF_NAME or path.name.endswith((SUFFIX, LOAD_SUFFIX))


def _first_line(path: Path) -> _FirstLine:
    try:
        with path.open("rb") as file:
            line = file.readline(_LONGEST_LINE_BYTES)
        return msgspec.json.decode(line, type=_FirstLine)
    except (OSError, ValueError, RecursionError):
        # Whoever reads it as what its name says finds the right words.
        return _FirstLine()
