"""What an import costs, as lines: the whole, then the modules that matter."""

from __future__ import annotations

from rich.text import Text

from perfproof.record import Interval, Verdict
from perfproof.record.importing import ModuleCost, PackageCost
from perfproof.report.columns import Cell, Column, fit_names
from perfproof.report.visible import visible
from perfproof.report.wording import level_text, show_interval

__all__ = ["import_lines"]


def import_lines(cost: PackageCost, *, most: int = 20, width: int = 80) -> list[Text]:
    """The whole import and its most expensive modules; of two versions, what changed comes first.

    Args:
        cost: From the judge.
        most: Modules that are shown.
        width: Terminal cells to fit into.
    """
    two = cost.head_seconds is not None
    columns = (
        Column("module"),
        Column("self" if not two else "base self"),
        Column("cumulative" if not two else "head self"),
        Column("ratio" if two else ""),
        Column("" if not two else "change"),
    )
    shown = cost.modules[:most]
    rows = [_two(each) if two else _one(each) for each in shown]
    n = cost.base_seconds.n
    whole = f"import {cost.package}: {show_interval(cost.base_seconds, 'second')}"
    if cost.head_seconds is not None and cost.ratio is not None and cost.verdict is not None:
        whole += (
            f" -> {show_interval(cost.head_seconds, 'second')},"
            f" {show_interval(cost.ratio, 'ratio')}: {cost.verdict.value}"
        )
    lines = [Text(f"{whole}, n={n} processes{' a side' if two else ''}", style="bold", end="")]
    lines += fit_names(columns, rows, name=0, width=width) if rows else []
    if len(cost.modules) > most:
        lines.append(Text(f"and {len(cost.modules) - most} modules more", end=""))
    lines.append(Text(level_text([cost.base_seconds]), style="dim", end=""))
    return lines


def _one(module: ModuleCost) -> tuple[Cell, ...]:
    return (
        Cell(visible(module.module)),
        Cell(_seconds(module.base_self)),
        Cell(_seconds(module.base_cumulative)),
        Cell(""),
        Cell(""),
    )


def _two(module: ModuleCost) -> tuple[Cell, ...]:
    if module.ratio is None:
        change = "added" if module.base_self is None else "removed"
    else:
        change = module.verdict.value if module.verdict is not None else ""
    style = {"added": "bold red", "removed": "green", Verdict.SLOWER.value: "bold red"}
    return (
        Cell(visible(module.module)),
        Cell(_seconds(module.base_self)),
        Cell(_seconds(module.head_self)),
        Cell(show_interval(module.ratio, "ratio") if module.ratio is not None else ""),
        Cell(change, style.get(change, "")),
    )


def _seconds(figure: Interval | None) -> str:
    return show_interval(figure, "second") if figure is not None else ""
