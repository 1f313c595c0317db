"""What importing a package costs, module by module, and the file that keeps what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from perfproof.record.benchmark import Side
from perfproof.record.fingerprint import Environment, Fingerprint
from perfproof.record.session import Commit
from perfproof.record.verdict import Interval, Verdict

__all__ = [
    "IMPORTS_SCHEMA",
    "ImportHeader",
    "ImportProcess",
    "ImportRun",
    "ImportSession",
    "ImportedAll",
    "ModuleCost",
    "PackageCost",
]

IMPORTS_SCHEMA = 1
"""Number of the format of a file of imports; a reader refuses one that it does not know."""


class ImportRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fresh process that imported the package.

    Attributes:
        self_seconds: Of each module its own time, without what it imports.
        cumulative_seconds: The same with what it imports first of all.
    """

    self_seconds: dict[str, float]
    cumulative_seconds: dict[str, float]

    def __post_init__(self) -> None:
        if not self.self_seconds or self.self_seconds.keys() != self.cumulative_seconds.keys():
            raise ValueError("own and cumulative seconds of the same modules are needed")
        if any(
            each < 0 for each in (*self.self_seconds.values(), *self.cumulative_seconds.values())
        ):
            raise ValueError("an import takes no negative time")


class ImportHeader(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="imports"
):
    """The first line of the file: what was asked, and of what.

    Attributes:
        schema: Number of the file format.
        id: Drawn by chance, unique to the file.
        started: ISO 8601, UTC.
        commit: What stands in the user's tree.
        package: What was imported.
        level: Confidence of each interval, 0 to 1.
        margin: Slowdown that matters, 0.1 is 10 %; ``None`` where one version was measured.
        base: What the base was called, where two versions were measured.
        head: What the head was called.
        base_commit: Full hash of the base.
        head_commit: Full hash of the head; ``None`` of the working tree, which ``commit`` is of.
    """

    schema: int
    id: str
    started: str
    tool_version: str
    fingerprint: Fingerprint
    environment: Environment
    commit: Commit
    package: str
    level: float
    margin: float | None = None
    base: str | None = None
    head: str | None = None
    base_commit: str | None = None
    head_commit: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ValueError("level must lie between 0 and 1")
        if self.margin is not None and not self.margin >= 0:
            raise ValueError("margin must not be negative")
        if len({each is None for each in (self.margin, self.base, self.head)}) > 1:
            raise ValueError("margin, base and head are known together or not at all")


class ImportProcess(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="process"
):
    """A line for each fresh process.

    Attributes:
        side: Which version; of a single one ``base``.
        process: Number on its side, from 0; equal numbers were measured next to each other.
    """

    side: Side
    process: int
    run: ImportRun


class ImportedAll(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="end"):
    """The last line; so many ``processes`` stand before it."""

    processes: int


class ImportSession(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file of imports.

    Attributes:
        runs: By side, in the order of their processes; of a single version ``base`` alone.
    """

    header: ImportHeader
    runs: Mapping[Side, Sequence[ImportRun]]

    def __post_init__(self) -> None:
        wanted = {"base"} if self.header.base is None else {"base", "head"}
        if self.runs.keys() != wanted or len({len(each) for each in self.runs.values()}) != 1:
            raise ValueError(f"needs as many processes of {' and '.join(sorted(wanted))}")
        if not self.runs["base"]:
            raise ValueError("holds no process")


class ModuleCost(msgspec.Struct, frozen=True, kw_only=True):
    """One module on one or two sides; a side that does not import it has ``None``.

    Attributes:
        module: Its dotted name.
        base_self: Own seconds on the base, or of the single version.
        base_cumulative: With what it imports.
        head_self: Own seconds on the head.
        head_cumulative: With what it imports.
        ratio: Head over base of the own seconds; ``None`` unless both sides have it.
        verdict: ``None`` unless both sides have it.
    """

    module: str
    base_self: Interval | None = None
    base_cumulative: Interval | None = None
    head_self: Interval | None = None
    head_cumulative: Interval | None = None
    ratio: Interval | None = None
    verdict: Verdict | None = None


class PackageCost(msgspec.Struct, frozen=True, kw_only=True):
    """A package's import, as a whole and by module.

    Attributes:
        package: What was imported.
        modules: The most expensive first; what only one side imports first of all.
        base_seconds: The whole import on the base, or of the single version.
        head_seconds: The whole import on the head; ``None`` where one version was measured.
        ratio: Head over base of the whole.
        verdict: Of the whole, against the margin.
        margin: Slowdown that matters.
    """

    package: str
    modules: tuple[ModuleCost, ...]
    base_seconds: Interval
    head_seconds: Interval | None = None
    ratio: Interval | None = None
    verdict: Verdict | None = None
    margin: float = 0.0
