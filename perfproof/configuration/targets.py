"""The targets file: limits as data beside the suites."""

from __future__ import annotations

from pathlib import Path

import msgspec

from perfproof.configuration.tables import nearest, read_toml, to_record
from perfproof.errors import SettingError
from perfproof.record import FORMS, FigureKind, parse_limit
from perfproof.record.quantity import parse_share

__all__ = ["TargetEntry", "read_targets"]


class TargetEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[target]]`` table: of benchmarks, or of a load.

    Attributes:
        benchmark: Glob on benchmark ids (``*`` and ``?``; square brackets mean themselves).
        figure: What of a benchmark is held: ``time``, ``instructions``, ``allocations`` or
            ``bytes`` of a call, ``peak memory`` of a process, ``kept memory`` of an operation.
        load: Instead of a benchmark, the scenario of a load; a path from the project's root.
        quantile: Which quantile of the load's latency, as in ``99 %``.
        limit: In the unit of the figure, as in ``0.5 ms``, ``7000`` or ``2 KiB``. Times, peak
            memory and latency must stay under it; counts and kept memory may reach it.
        hard: Whether missing it fails `check`; otherwise it is only shown.
        source: Where the figure comes from, for the reader.
    """

    benchmark: str | None = None
    figure: str = FigureKind.TIME.value
    load: str | None = None
    quantile: str | None = None
    limit: str
    hard: bool = True
    source: str | None = None

    def __post_init__(self) -> None:
        if (self.benchmark is None) == (self.load is None):
            raise ValueError(
                "either benchmark or load says what is held, and one of them; write a table for"
                " each"
            )
        if self.load is None:
            self._check_benchmark()
        else:
            self._check_load(self.load)
        parse_limit(self.kind, self.limit)

    def _check_benchmark(self) -> None:
        known = [each.value for each in FORMS if each is not FigureKind.LATENCY]
        if self.figure not in known:
            raise ValueError(
                f"unknown figure {self.figure!r}{nearest(self.figure, known)}; the figures are"
                f" {', '.join(known)}"
            )
        if self.quantile is not None:
            raise ValueError("quantile is of a load; name the scenario with `load`, or leave it")

    def _check_load(self, load: str) -> None:
        if self.figure != FigureKind.TIME:
            raise ValueError("figure is of a benchmark; of a load the latency is held, so leave it")
        if Path(load).is_absolute() or ".." in Path(load).parts or not load.endswith(".toml"):
            raise ValueError(f"load {load!r} must be a scenario's .toml file inside the project")
        if self.quantile is None:
            raise ValueError('quantile is missing; say which of the load, as in quantile = "99 %"')
        if not 0 < parse_share(self.quantile) < 1:
            raise ValueError(f"quantile {self.quantile!r} must lie between 0 % and 100 %")

    @property
    def kind(self) -> FigureKind:
        """Which figure is held."""
        return FigureKind.LATENCY if self.load is not None else FigureKind(self.figure)

    @property
    def amount(self) -> float:
        """The limit in the unit of the figure: seconds, bytes or a number."""
        return parse_limit(self.kind, self.limit)


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
