"""Files of ``perfproof imports``: JSON lines, put in place whole once all was measured."""

from __future__ import annotations

from pathlib import Path

import msgspec

from perfproof.errors import ResultFileError
from perfproof.record import Side
from perfproof.record.importing import (
    IMPORTS_SCHEMA,
    ImportedAll,
    ImportHeader,
    ImportProcess,
    ImportRun,
    ImportSession,
)
from perfproof.store.placing import place
from perfproof.store.reading import read_bounded

__all__ = ["read_imports", "write_imports"]

_encoder = msgspec.json.Encoder(order="deterministic")
_line = msgspec.json.Decoder(ImportProcess | ImportedAll)


class _SchemaOnly(msgspec.Struct):
    schema: int


def write_imports(path: Path, session: ImportSession) -> None:
    """Write the file, beside and renamed: it is there whole or as it was.

    Raises:
        UseError: It cannot be written there.
    """
    processes = [
        ImportProcess(side=side, process=number, run=run)
        for side, runs in session.runs.items()
        for number, run in enumerate(runs)
    ]
    lines = (session.header, *processes, ImportedAll(processes=len(processes)))
    place(b"".join(_encoder.encode(each) + b"\n" for each in lines), path, replace=True)


def read_imports(path: Path) -> ImportSession:
    """What a file of imports holds.

    Raises:
        ResultFileError: Missing, unreadable, too large, damaged, torn, or of another schema.
    """
    where = str(path)
    lines = read_bounded(path).split(b"\n")
    torn = lines.pop()
    if not lines:
        raise ResultFileError("is no file of imports: it holds no whole line", where=where)
    header = _header(lines[0], where)
    runs: dict[Side, list[ImportRun]] = {}
    for number, line in enumerate(lines[1:], start=2):
        record = _decoded(line, number, where)
        if isinstance(record, ImportedAll):
            taken = sum(len(each) for each in runs.values())
            if record.processes == taken and number == len(lines) and not torn:
                return _session(header, runs, where)
            break
        if record.process != len(runs.setdefault(record.side, [])):
            raise ResultFileError(f"line {number} is out of its order", where=where)
        runs[record.side].append(record.run)
    raise ResultFileError(
        "does not hold what its last line says", where=where, remedy="measure it again"
    )


def _header(line: bytes, where: str) -> ImportHeader:
    try:
        schema = msgspec.json.decode(line, type=_SchemaOnly).schema
        if schema != IMPORTS_SCHEMA:
            raise ResultFileError(
                f"has schema {schema}, this perfproof reads schema {IMPORTS_SCHEMA}",
                where=where,
                remedy="read it with the version that wrote it",
            )
        return msgspec.json.decode(line, type=ImportHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(f"is no file of imports: {exc}", where=where) from exc


def _decoded(line: bytes, number: int, where: str) -> ImportProcess | ImportedAll:
    try:
        record: ImportProcess | ImportedAll = _line.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(f"line {number} is damaged: {exc}", where=where) from exc
    return record


def _session(header: ImportHeader, runs: dict[Side, list[ImportRun]], where: str) -> ImportSession:
    try:
        return ImportSession(header=header, runs=runs)
    except ValueError as exc:
        raise ResultFileError(str(exc), where=where, remedy="measure it again") from exc
