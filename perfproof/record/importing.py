"""What importing a package costs, module by module."""

from __future__ import annotations

import msgspec

from perfproof.record.verdict import Interval, Verdict

__all__ = ["ImportRun", "ModuleCost", "PackageCost"]


class ImportRun(msgspec.Struct, frozen=True):
    """One fresh process that imported the package.

    Attributes:
        self_seconds: Of each module its own time, without what it imports.
        cumulative_seconds: The same with what it imports first of all.
    """

    self_seconds: dict[str, float]
    cumulative_seconds: dict[str, float]


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
