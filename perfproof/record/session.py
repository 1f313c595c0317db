"""One run of the tool on one machine: the record that everything else is about."""

from __future__ import annotations

import re

import msgspec

from perfproof.record.benchmark import Benchmark, Sample, Trouble
from perfproof.record.counting import Tally
from perfproof.record.fingerprint import Environment, Fingerprint

__all__ = ["SCHEMA", "Commit", "Duel", "End", "Header", "Plan", "Session"]

SCHEMA = 1
"""Number of the file format; a reader refuses one that it does not know."""

_COMMIT = re.compile(r"[0-9a-f]{40,64}")


class Commit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version that was measured.

    Attributes:
        hash: Full commit hash; ``None`` outside a repository or before the first commit.
        branch: Branch name, where one is checked out.
        dirty: Whether tracked files differed from the commit; ``None`` when not known.
    """

    hash: str | None = None
    branch: str | None = None
    dirty: bool | None = None

    def __post_init__(self) -> None:
        if self.hash is not None and not _COMMIT.fullmatch(self.hash):
            raise ValueError("a commit hash is 40 to 64 hexadecimal digits")


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a session measures; stored, so that a figure can be repeated.

    Attributes:
        processes: Fresh processes in which each benchmark is measured.
        blocks: Blocks of each benchmark in each process.
        block_seconds: Aimed length of a block.
        warmup_seconds: Time each benchmark runs in each process before its first block.
        sample_seconds: No further block starts after this time, once there are two blocks.
        timeout_seconds: A benchmark that gives no answer for this long is ended.
        seed: Seed of hash seeds and of the order of benchmarks in each process.
    """

    processes: int = 10
    blocks: int = 12
    block_seconds: float = 0.003
    warmup_seconds: float = 0.02
    sample_seconds: float = 0.25
    timeout_seconds: float = 60.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.processes < 1 or self.blocks < 1:
            raise ValueError("processes and blocks count from 1")
        if self.block_seconds <= 0 or self.sample_seconds <= 0 or self.timeout_seconds <= 0:
            raise ValueError("block_seconds, sample_seconds and timeout_seconds must be above 0")
        if self.warmup_seconds < 0 or self.seed < 0:
            raise ValueError("warmup_seconds and seed must not be negative")


class Duel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was asked of two versions side by side; with the samples it gives the verdicts again.

    Attributes:
        base: Full hash of the base; the head is the header's commit, or the working tree.
        base_name: What the user called it.
        head: Full hash of the head, also where it is a snapshot of the working tree.
        head_name: What the user called it.
        margin: Slowdown that matters, 0.02 is 2 %.
        alpha: Chance of any wrong ``slower`` over the suite.
        most_pairs: Pairs after which a benchmark is undecided.
        fixed: Whether each benchmark was given just so many pairs, none stopping earlier.
        quads: Quads of blocks a benchmark in a pair.
        cores: Cores that pairs were measured on, one lane each; empty where they were left free.
        lanes: Pairs that were measured at the same time.
    """

    base: str
    base_name: str
    head: str
    head_name: str
    margin: float
    alpha: float
    most_pairs: int
    fixed: bool
    quads: int
    cores: tuple[int, ...]
    lanes: int


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=str.lower):
    """The first line of a session: all that is known before the first figure.

    Attributes:
        schema: Number of the file format.
        id: Drawn by chance, unique to the session.
        started: Time of the start, ISO 8601, UTC.
        tool_version: Version of perfproof.
        system: Module that stood in the reference's place (``--system``), if any was named.
        duel: What was asked, where two versions were measured.
    """

    schema: int
    id: str
    started: str
    tool_version: str
    fingerprint: Fingerprint
    environment: Environment
    commit: Commit
    plan: Plan
    system: str | None = None
    duel: Duel | None = None


class End(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=str.lower):
    """The last line of a session that was brought to its end.

    Attributes:
        lines: Number of lines before this one.
        sha256: SHA-256 (hex) of those lines with their line ends, and of this one with an
            empty ``sha256``.
        elapsed_seconds: Wall time of the session.
        steal_share: Share of CPU time that the host took away meanwhile, 0 to 1.
    """

    lines: int
    sha256: str
    elapsed_seconds: float | None = None
    steal_share: float | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A whole session, as read from a file or as measured.

    Attributes:
        complete: Whether it was brought to its end; an interrupted one keeps what it has.
    """

    header: Header
    benchmarks: tuple[Benchmark, ...] = ()
    samples: tuple[Sample, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    tallies: tuple[Tally, ...] = ()
    complete: bool = False
    elapsed_seconds: float | None = None
    steal_share: float | None = None

    def __post_init__(self) -> None:
        known = {benchmark.id for benchmark in self.benchmarks}
        if len(known) != len(self.benchmarks):
            raise ValueError("two benchmarks of a session have the same id")
        seen: set[tuple[str, int, str | None]] = set()
        for sample in self.samples:
            if sample.benchmark not in known:
                raise ValueError(
                    f"a sample names a benchmark that is not known: {sample.benchmark}"
                )
            place = (sample.benchmark, sample.process, sample.side)
            if place in seen:
                raise ValueError(f"process {sample.process} has two samples of {sample.benchmark}")
            seen.add(place)

    def samples_of(self, benchmark_id: str) -> tuple[Sample, ...]:
        """Samples of one benchmark, by process."""
        mine = [sample for sample in self.samples if sample.benchmark == benchmark_id]
        return tuple(sorted(mine, key=lambda sample: sample.process))

    def by_benchmark(self) -> dict[str, tuple[Sample, ...]]:
        """Samples of every benchmark that has any, in the order of the benchmarks."""
        found: dict[str, list[Sample]] = {benchmark.id: [] for benchmark in self.benchmarks}
        for sample in self.samples:
            found[sample.benchmark].append(sample)
        return {
            key: tuple(sorted(samples, key=lambda sample: sample.process))
            for key, samples in found.items()
            if samples
        }
