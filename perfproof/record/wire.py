"""A session as lines of JSON and back; pure text, no files.

One line is one record: a header, the benchmarks, the samples as they come, and an end with a
checksum. So a crash loses one line, a diff shows one line a benchmark and process, and reading
checks every field. Nothing read here is ever evaluated, unpickled or used as a path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from perfproof.errors import ResultFileError
from perfproof.record.benchmark import Benchmark, Sample, Trouble
from perfproof.record.counting import Tally
from perfproof.record.session import SCHEMA, End, Header, Session

__all__ = ["Line", "Seal", "decode_session", "encode_line", "encode_session"]

Line = Header | Benchmark | Sample | Trouble | Tally | End

_T = TypeVar("_T")
_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class _SchemaOnly(msgspec.Struct):
    schema: int


def encode_line(record: Line) -> bytes:
    """One record as one line, with its line end."""
    return _encoder.encode(record) + b"\n"


class Seal:
    """Runs along with the lines of a file and makes the end that seals them, itself included."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.lines = 0

    def add(self, line: bytes) -> None:
        """Take in one more line, with its line end."""
        self._digest.update(line)
        self.lines += 1

    def end(self, *, elapsed_seconds: float | None = None, steal_share: float | None = None) -> End:
        """The end record of the lines so far."""
        bare = End(
            lines=self.lines,
            sha256="",
            elapsed_seconds=elapsed_seconds,
            steal_share=steal_share,
        )
        digest = self._digest.copy()
        digest.update(encode_line(bare))
        return msgspec.structs.replace(bare, sha256=digest.hexdigest())


def encode_session(session: Session) -> bytes:
    """The whole session as a file's content; sealed with an end only when it is complete."""
    records: list[Line] = [
        session.header,
        *session.benchmarks,
        *session.samples,
        *session.troubles,
        *session.tallies,
    ]
    lines = [encode_line(record) for record in records]
    if session.complete:
        end = _sealed(lines).end(
            elapsed_seconds=session.elapsed_seconds, steal_share=session.steal_share
        )
        lines.append(encode_line(end))
    return b"".join(lines)


def _sealed(lines: Iterable[bytes]) -> Seal:
    seal = Seal()
    for line in lines:
        seal.add(line)
    return seal


def decode_session(content: bytes, *, where: str) -> Session:
    """Read a session from a file's content.

    A last line without its line end was torn by a crash and is left out; the session is then
    not complete. Anything else that is not as it must be is refused.

    Args:
        content: The file's bytes.
        where: Name for messages, usually the path.

    Raises:
        ResultFileError: Not a session, of another schema, damaged or altered.
    """
    lines = content.splitlines(keepends=True)
    torn = bool(lines) and not lines[-1].endswith(b"\n")
    if torn:
        lines.pop()
    if not lines:
        raise ResultFileError("holds no session", where=where, remedy="name a file of `run`")
    _check_schema(lines[0], where)
    records = [_decode_line(line, where, number) for number, line in enumerate(lines, start=1)]
    return _assemble(records, lines, where)


def _check_schema(line: bytes, where: str) -> None:
    try:
        schema = msgspec.json.decode(line, type=_SchemaOnly).schema
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(
            "is not a perfproof session: its first line is no header", where=where
        ) from exc
    if schema != SCHEMA:
        raise ResultFileError(
            f"has schema {schema}, this perfproof reads schema {SCHEMA}",
            where=where,
            remedy="read it with the version that wrote it",
        )


def _decode_line(line: bytes, where: str, number: int) -> Line:
    try:
        return _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(f"is damaged: {exc}", where=f"{where}, line {number}") from exc


def _assemble(records: Sequence[Line], lines: Sequence[bytes], where: str) -> Session:
    header, *rest = records
    if not isinstance(header, Header):
        raise ResultFileError("does not begin with a header", where=where)
    end: End | None = None
    if rest and isinstance(last := rest[-1], End):
        end = last
        rest.pop()
        seal = _sealed(lines[:-1])
        if end != seal.end(elapsed_seconds=end.elapsed_seconds, steal_share=end.steal_share):
            raise ResultFileError(
                "was altered after it was written: the checksum does not agree",
                where=where,
                remedy="take it from version control again",
            )
    if any(isinstance(record, Header | End) for record in rest):
        raise ResultFileError("has a header or an end in its middle", where=where)
    try:
        return Session(
            header=header,
            benchmarks=_of(Benchmark, rest),
            samples=_of(Sample, rest),
            troubles=_of(Trouble, rest),
            tallies=_of(Tally, rest),
            complete=end is not None,
            elapsed_seconds=end.elapsed_seconds if end else None,
            steal_share=end.steal_share if end else None,
        )
    except ValueError as exc:
        raise ResultFileError(f"contradicts itself: {exc}", where=where) from exc


def _of(kind: type[_T], records: Iterable[object]) -> tuple[_T, ...]:
    return tuple(record for record in records if isinstance(record, kind))
