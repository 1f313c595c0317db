"""Load sessions as files: one JSON object, put in place whole after every run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from perfproof.errors import ResultFileError
from perfproof.record.load import LOAD_SCHEMA, LoadSession
from perfproof.store.placing import place

__all__ = ["LOAD_SUFFIX", "read_load", "write_load"]

LOAD_SUFFIX = ".load.json"
"""How the names of such files end."""

_LARGEST_BYTES = 512 * 1024 * 1024


class _SchemaOnly(msgspec.Struct):
    schema: int


class _HeaderOnly(msgspec.Struct):
    header: _SchemaOnly


def write_load(path: Path, session: LoadSession) -> None:
    """Write the session, beside and renamed: a crash leaves the file as it was.

    Raises:
        UseError: It cannot be written there.
    """
    place(msgspec.json.encode(session) + b"\n", path, replace=True)


def read_load(path: Path) -> LoadSession:
    """The load session in a file.

    Raises:
        ResultFileError: Missing, unreadable, too large, damaged, or of another schema.
    """
    where = str(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ResultFileError(f"has more than {_LARGEST_BYTES:,} bytes", where=where)
        content = path.read_bytes()
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise ResultFileError(f"cannot be read: {reason}", where=where) from exc
    try:
        schema = msgspec.json.decode(content, type=_HeaderOnly).header.schema
        if schema != LOAD_SCHEMA:
            raise ResultFileError(
                f"has schema {schema}, this perfproof reads schema {LOAD_SCHEMA}",
                where=where,
                remedy="read it with the version that wrote it",
            )
        return msgspec.json.decode(content, type=LoadSession)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(f"is no load session: {exc}", where=where) from exc
