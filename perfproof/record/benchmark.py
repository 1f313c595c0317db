"""One named thing that is measured, and what was seen of it in one process."""

from __future__ import annotations

from math import inf
from typing import Annotated, Literal

import msgspec

from perfproof.record.figure_kind import FORMS, FigureKind

__all__ = [
    "Benchmark",
    "Parameter",
    "Part",
    "Runner",
    "Sample",
    "Side",
    "Trouble",
    "TroubleKind",
]

Parameter = str | int | float | bool | None
Runner = Literal["pytest-benchmark", "pyperf", "command"]
Side = Literal["base", "head"]
Part = Literal["duel", "null", "confirmation"]
"""What a pair of a duel is for; in a null both sides run the base."""

_Whole = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
"""Bounded, so that no file can hold a number that overflows a float or an array."""

TroubleKind = Literal["skipped", "failed", "timeout", "worker", "interrupted"]


class Benchmark(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=str.lower
):
    """What is measured: its identity, never its figures.

    Attributes:
        id: Node id, unique in a session: ``path::name`` or ``path::name[parameters]``.
        name: The last part of the id, for narrow tables.
        group: The group its author gave it.
        runner: Whose suite it stands in.
        unit: Unit of one call's figure; times are recorded in seconds.
        parameters: What distinguishes it from its siblings of the same function.
        source_hash: SHA-256 (hex, 16 characters) of the source that defines it.
        target_seconds: Limit from a mark on the test; targets in configuration stand there.
        program: Whether a call runs a program from its start to its end: its CPU time, which may
            grow on a second core without any time, is then judged too.
        limits: The same for other figures than the time, by kind, each in the unit of its figure.
    """

    id: str
    name: str
    runner: Runner
    unit: str = "second"
    group: str | None = None
    parameters: dict[str, Parameter] = {}
    source_hash: str | None = None
    target_seconds: float | None = None
    program: bool = False
    limits: dict[FigureKind, float] = {}

    def __post_init__(self) -> None:
        if not self.id or not self.name:
            raise ValueError("a benchmark needs an id and a name")
        if self.target_seconds is not None and not self.target_seconds > 0:
            raise ValueError("target_seconds must be greater than 0")
        for kind, limit in self.limits.items():
            if kind in {FigureKind.TIME, FigureKind.LATENCY}:
                raise ValueError(f"{kind} is no figure of `limits`")
            if not (0 < limit < inf or (limit == 0 and FORMS[kind].zero)):
                raise ValueError(f"the limit of {kind} must be greater than 0")

    @property
    def all_limits(self) -> dict[FigureKind, float]:
        """Every limit from a mark, that of the time first."""
        time = {} if self.target_seconds is None else {FigureKind.TIME: self.target_seconds}
        return {**time, **self.limits}


class Sample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=str.lower):
    """Every raw value of one benchmark in one fresh process.

    The sequences have one entry a block and are equally long. Values are whole
    nanoseconds as the clock gave them, so that files round-trip exactly and stay short.

    Attributes:
        benchmark: Id of the benchmark.
        process: Which fresh process of the session, from 0.
        calls: Calls of the benchmark in one block.
        block_ns: Nanoseconds of each block.
        yardstick_ns: Nanoseconds of the fixed reference work done beside each block (mean of
            the one before and the one after); it tells how fast the machine was just then.
        order: Position of each block among all blocks of the session.
        slot: Place of each block in its base/head quad; 0 where one version is measured.
        preemptions: How often the kernel took the CPU away during each block.
        cpu_ns: CPU time of each block in all threads, and in children that ended in it; what the
            block took longer, it waited. Of a program that of its runs alone.
        side: Which version ran in the process; ``None`` where one version is measured.
        part: What the process pair was for; ``None`` where one version is measured.
        peak_rss_bytes: Largest resident size of the process, where the system tells: since it
            came to this benchmark on Linux, since its start elsewhere. Of a program its own.
    """

    benchmark: str
    process: int
    calls: _Whole
    block_ns: tuple[_Whole, ...]
    yardstick_ns: tuple[_Whole, ...] | None = None
    order: tuple[_Whole, ...]
    slot: tuple[_Whole, ...]
    preemptions: tuple[_Whole, ...] | None = None
    cpu_ns: tuple[_Whole, ...] | None = None
    side: Side | None = None
    part: Part | None = None
    peak_rss_bytes: _Whole | None = None

    def __post_init__(self) -> None:
        if self.process < 0 or self.calls < 1:
            raise ValueError("process counts from 0 and calls from 1")
        if not self.block_ns:
            raise ValueError("a sample holds at least one block")
        counted = (self.yardstick_ns, self.preemptions, self.cpu_ns)
        sequences = (self.block_ns, self.order, self.slot, *counted)
        if len({len(each) for each in sequences if each is not None}) != 1:
            raise ValueError("the sequences of a sample must be equally long")
        if self.yardstick_ns is not None and min(self.yardstick_ns) <= 0:
            raise ValueError("a yardstick takes more than 0 ns")
        if any(min(each) < 0 for each in sequences if each is not None):
            raise ValueError("no value of a sample is negative")

    @property
    def seconds(self) -> tuple[float, ...]:
        """Seconds a call, one value a block."""
        return tuple(ns / (self.calls * 1e9) for ns in self.block_ns)


class Trouble(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=str.lower):
    """A benchmark that gave no figure in a process, and why.

    Attributes:
        benchmark: Id of the benchmark; ``None`` when the whole process is meant.
        process: Which fresh process, from 0; ``None`` when it happened before any.
        kind: ``skipped`` is the suite's own wish; ``failed`` its own error; the others are ours.
        reason: One line that says what happened.
        side: On which version, where two are measured.
    """

    benchmark: str | None
    process: int | None
    kind: TroubleKind
    reason: str
    side: Side | None = None
