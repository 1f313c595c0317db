"""The files of an evidence folder beside its session: the proof, and what its commands printed."""

from __future__ import annotations

from pathlib import Path

import msgspec

from perfproof.errors import ResultFileError
from perfproof.record import PROOF_SCHEMA, Proof
from perfproof.store.reading import read_bounded

__all__ = [
    "COMMANDS_NAME",
    "PROOF_NAME",
    "CommandRun",
    "Counts",
    "Figure",
    "Printed",
    "Runs",
    "read_commands",
    "read_proof",
]

PROOF_NAME = "proof.json"
COMMANDS_NAME = "commands.jsonl"


class Figure(msgspec.Struct, frozen=True):
    """One figure as a command printed it: values in a unit."""

    unit: str
    values: tuple[float, ...]


class Counts(msgspec.Struct, frozen=True):
    """Trials as a command printed them, and how many failed."""

    trials: int
    failures: int


class Printed(msgspec.Struct, frozen=True):
    """The last line of a command's output; a single count has no name."""

    figures: dict[str, Figure] = {}
    counts: dict[str, Counts] = {}
    trials: int | None = None
    failures: int | None = None


class _Ending(msgspec.Struct, frozen=True):
    status: int | None
    output: str


class _Line(msgspec.Struct, frozen=True):
    command: tuple[str, ...]
    ending: _Ending
    system: str | None = None


class CommandRun(msgspec.Struct, frozen=True, kw_only=True):
    """One command that checks rest on.

    Attributes:
        command: As it is configured.
        system: Module in the reference's place, if one was named.
        printed: ``None`` where it failed or printed no figures, and so nothing rests on it.
    """

    command: tuple[str, ...]
    system: str | None
    printed: Printed | None


class Runs(msgspec.Struct, frozen=True, kw_only=True):
    """The commands of a proof, and the proof beside them, where it is there."""

    runs: tuple[CommandRun, ...]
    proof: Proof | None = None


class _SchemaOnly(msgspec.Struct):
    schema: int


def read_proof(path: Path) -> Proof:
    """The content of a proof.json.

    Raises:
        ResultFileError: Missing, unreadable, too large, damaged, or of another schema.
    """
    content, where = read_bounded(path), str(path)
    try:
        schema = msgspec.json.decode(content, type=_SchemaOnly).schema
        if schema != PROOF_SCHEMA:
            raise ResultFileError(
                f"has schema {schema}, this perfproof reads schema {PROOF_SCHEMA}",
                where=where,
                remedy="read it with the version that wrote it",
            )
        return msgspec.json.decode(content, type=Proof)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(f"is not a proof: {exc}", where=where) from exc


def read_commands(path: Path) -> Runs:
    """What the commands of a proof printed.

    Raises:
        ResultFileError: Missing, unreadable, too large or damaged.
    """
    lines = read_bounded(path).splitlines()
    beside = path.with_name(PROOF_NAME)
    return Runs(
        runs=tuple(_run(line, number, str(path)) for number, line in enumerate(lines, start=1)),
        proof=read_proof(beside) if beside.is_file() else None,
    )


def _run(line: bytes, number: int, where: str) -> CommandRun:
    try:
        ran = msgspec.json.decode(line, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(f"is damaged: {exc}", where=f"{where}, line {number}") from exc
    printed = _printed(ran.ending.output) if ran.ending.status == 0 else None
    return CommandRun(command=ran.command, system=ran.system, printed=printed)


def _printed(output: str) -> Printed | None:
    lines = [line for line in output.splitlines() if line.strip()]
    if not lines:
        return None
    try:
        return msgspec.json.decode(lines[-1], type=Printed)
    except (msgspec.MsgspecError, RecursionError):
        return None
