"""The targets file: limits as data beside the suites."""

from __future__ import annotations

from pathlib import Path

import msgspec

from perfproof.configuration.tables import read_toml, to_record
from perfproof.errors import SettingError
from perfproof.record.quantity import parse_seconds

__all__ = ["TargetEntry", "read_targets"]


class TargetEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[target]]`` table.

    Attributes:
        benchmark: Glob on benchmark ids (``*`` and ``?``; square brackets mean themselves).
        limit: Limit of one call, as in ``0.5 ms``.
        hard: Whether missing it fails `check`; otherwise it is only shown.
        source: Where the figure comes from, for the reader.
    """

    benchmark: str
    limit: str
    hard: bool = True
    source: str | None = None

    def __post_init__(self) -> None:
        parse_seconds(self.limit)

    @property
    def limit_seconds(self) -> float:
        """The limit in seconds."""
        return parse_seconds(self.limit)


def read_targets(path: Path) -> tuple[TargetEntry, ...]:
    """The entries of a targets file.

    Raises:
        SettingError: The file cannot be read, holds anything but ``[[target]]`` tables, or a
            key or value is refused.
    """
    content = read_toml(path)
    tables = content.pop("target", [])
    if content:
        raise SettingError(
            f"unknown table '{next(iter(content))}'",
            where=path.name,
            remedy="a targets file holds [[target]] tables only",
        )
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingError("'target' must be tables", where=path.name, remedy="write [[target]]")
    return tuple(
        to_record(TargetEntry, table, where=f"{path.name}, [[target]] {number}")
        for number, table in enumerate(tables, start=1)
    )
