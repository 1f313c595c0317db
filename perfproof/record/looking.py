"""The file of ``perfproof leaks``: a header, and a line for each benchmark that was looked at."""

from __future__ import annotations

import msgspec

from perfproof.record.benchmark import Side, Trouble
from perfproof.record.fingerprint import Environment, Fingerprint
from perfproof.record.leak import LeakResult, Survey
from perfproof.record.session import Commit

__all__ = ["LEAKS_SCHEMA", "LeakHeader", "LeakSession", "Look", "LookedAll"]

LEAKS_SCHEMA = 1
"""Number of the format of a leak file; a reader refuses one that it does not know."""


class LeakHeader(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="leaks"
):
    """The first line: all that is known before the first benchmark.

    Attributes:
        schema: Number of the file format.
        id: Drawn by chance, unique to the file.
        started: ISO 8601, UTC.
        system: Module that stood in the reference's place (``--system``), if any was named.
        base: What the base was called, where two versions were looked at.
        head: What the head was called.
    """

    schema: int
    id: str
    started: str
    tool_version: str
    fingerprint: Fingerprint
    environment: Environment
    commit: Commit
    system: str | None = None
    base: str | None = None
    head: str | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=str.lower):
    """Everything that was seen of one benchmark on one side.

    Attributes:
        benchmark: Id.
        surveys: The raw marks, one process each.
        result: What they say; ``None`` where they say nothing.
        troubles: Why a process gave nothing.
        side: Which version, where two were looked at.
    """

    benchmark: str
    surveys: tuple[Survey, ...] = ()
    result: LeakResult | None = None
    troubles: tuple[Trouble, ...] = ()
    side: Side | None = None

    def __post_init__(self) -> None:
        named = {each.benchmark for each in self.surveys}
        named |= {self.result.benchmark} if self.result is not None else set()
        if named - {self.benchmark}:
            raise ValueError("a look holds what was seen of another benchmark")


class LookedAll(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="end"):
    """The last line of a file that was brought to its end; ``looks`` lines stand before it."""

    looks: int


class LeakSession(msgspec.Struct, frozen=True, kw_only=True):
    """A whole leak file.

    Attributes:
        looks: In the order in which they were written.
        complete: Whether it was brought to its end; an interrupted one keeps what it has.
    """

    header: LeakHeader
    looks: tuple[Look, ...] = ()
    complete: bool = False
