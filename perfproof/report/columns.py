"""Cells into aligned lines that never wrap: the same in a terminal and in a CI log.

rich's own tables fit themselves to a terminal's width and cut cells to do so; in a log without a
terminal they would cut figures. Here the columns of figures keep their width and only names give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from perfproof.report.wording import labels

__all__ = ["Cell", "Column", "fit_names", "lay_out", "widths"]

_GAP = 2
_NARROWEST_NAME = 12


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, on which side its cells stand, its least width in cells."""

    title: str
    right: bool = False
    least: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text, and its style where it has one."""

    text: str
    style: str = ""


def widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Terminal cells that each column needs; 0 for one whose cells are all empty."""
    needed = []
    for index, column in enumerate(columns):
        widest = max((cell_len(row[index].text) for row in rows), default=0)
        needed.append(max(widest, cell_len(column.title), column.least) if widest else 0)
    return needed


def lay_out(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[Text]:
    """A line of headings and a line a row, each column as wide as its widest cell.

    Columns without any content are left out, headings and all.
    """
    needed = widths(columns, rows)
    headings = [Cell(column.title, "bold") for column in columns]
    lines = [headings, *rows] if any(column.title for column in columns) else list(rows)
    return [_line(columns, needed, cells) for cells in lines]


def fit_names(
    columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], *, name: int, width: int
) -> list[Text]:
    """The rows laid out with the column of names shortened to what the others leave it."""
    needed = widths(columns, rows)
    others = sum(needed[:name] + needed[name + 1 :]) + 2 * (sum(map(bool, needed)) - 1)
    room = max(_NARROWEST_NAME, width - others)
    names = labels([row[name].text for row in rows], room)
    fitted = [
        (*row[:name], Cell(text, row[name].style), *row[name + 1 :])
        for row, text in zip(rows, names, strict=True)
    ]
    return lay_out(columns, fitted)


def _line(columns: Sequence[Column], needed: Sequence[int], cells: Sequence[Cell]) -> Text:
    line = Text(no_wrap=True, overflow="ignore", end="")
    for column, width, cell in zip(columns, needed, cells, strict=True):
        if not width:
            continue
        if line:
            line.append(" " * _GAP)
        space = " " * max(0, width - cell_len(cell.text))
        if column.right:
            line.append(space)
        line.append(cell.text, cell.style or None)
        if not column.right:
            line.append(space)
    line.rstrip()
    return line
