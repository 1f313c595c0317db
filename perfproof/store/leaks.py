"""Leak files: JSON lines, written benchmark by benchmark, so that a crash loses one."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from types import TracebackType

import msgspec

from perfproof.errors import ResultFileError, UseError
from perfproof.record.looking import LEAKS_SCHEMA, LeakHeader, LeakSession, Look, LookedAll
from perfproof.store.placing import place
from perfproof.store.reading import read_bounded

__all__ = ["LeakJournal", "read_leaks"]

_encoder = msgspec.json.Encoder(order="deterministic")
_line = msgspec.json.Decoder(LeakHeader | Look | LookedAll)


class _SchemaOnly(msgspec.Struct):
    schema: int


class LeakJournal:
    """Writes a leak file while benchmarks are looked at; each is in the file once kept.

    A file that is there is replaced. Without ``seal`` the file is readable, and not complete.

    Args:
        path: The file; its folder exists.
        header: First line.

    Raises:
        UseError: It cannot be written there.
    """

    def __init__(self, path: Path, header: LeakHeader) -> None:
        self.path = path
        self._looks = 0
        self._turn = Lock()
        place(_encoder.encode(header) + b"\n", path, replace=True)

    def keep(self, look: Look) -> None:
        """Add one benchmark.

        Raises:
            UseError: The system takes no more; what was written before stays readable.
        """
        # Several benchmarks are looked at side by side, each in a thread of its own.
        with self._turn:
            self._append(look)
            self._looks += 1

    def seal(self) -> None:
        """Say that nothing is missing.

        Raises:
            UseError: The system takes no more.
        """
        self._append(LookedAll(looks=self._looks))

    def __enter__(self) -> LeakJournal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.seal()

    def _append(self, record: Look | LookedAll) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(self.path, flags), "ab", buffering=0) as file:
                before = os.fstat(file.fileno()).st_size
                try:
                    left = memoryview(_encoder.encode(record) + b"\n")
                    while left:
                        left = left[file.write(left) :]
                except OSError:
                    # A line that did not fit whole is taken back, so that all others can be read.
                    os.ftruncate(file.fileno(), before)
                    raise
        except OSError as exc:
            raise UseError(
                f"cannot be written on: {exc.strerror or exc}",
                where=str(self.path),
                remedy=f"make room; the {self._looks} benchmarks before stay readable",
            ) from exc


def read_leaks(path: Path) -> LeakSession:
    """What a leak file holds; a last line that a crash tore is left out.

    Raises:
        ResultFileError: Missing, unreadable, too large, damaged, or of another schema.
    """
    where = str(path)
    lines = read_bounded(path).split(b"\n")
    torn = lines.pop()
    if not lines:
        raise ResultFileError("is no leak file: it holds no whole line", where=where)
    header = _header(lines[0], where)
    looks: list[Look] = []
    for number, line in enumerate(lines[1:], start=2):
        record = _decoded(line, number, where)
        if isinstance(record, LookedAll):
            if record.looks != len(looks) or number != len(lines) or torn:
                raise ResultFileError(
                    f"ends after {record.looks} benchmarks by its last line, and holds"
                    f" {len(looks)}",
                    where=where,
                    remedy="look again",
                )
            return LeakSession(header=header, looks=tuple(looks), complete=True)
        if isinstance(record, LeakHeader):
            raise ResultFileError(f"line {number} is a second header", where=where)
        looks.append(record)
    return LeakSession(header=header, looks=tuple(looks))


def _header(line: bytes, where: str) -> LeakHeader:
    try:
        schema = msgspec.json.decode(line, type=_SchemaOnly).schema
        if schema != LEAKS_SCHEMA:
            raise ResultFileError(
                f"has schema {schema}, this perfproof reads schema {LEAKS_SCHEMA}",
                where=where,
                remedy="read it with the version that wrote it",
            )
        return msgspec.json.decode(line, type=LeakHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(f"is no leak file: {exc}", where=where) from exc


def _decoded(line: bytes, number: int, where: str) -> LeakHeader | Look | LookedAll:
    try:
        record: LeakHeader | Look | LookedAll = _line.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(f"line {number} is damaged: {exc}", where=where) from exc
    return record
