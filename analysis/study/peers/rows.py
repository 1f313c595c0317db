"""What a peer said of one benchmark: a row of a file that is only ever added to."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

__all__ = ["COLUMNS", "ROWS", "Row", "append_rows", "last_run", "read_rows"]

ROWS = "peers.csv"

COLUMNS = (
    *("run", "peer", "rule", "scenario", "load", "benchmark"),
    *("slower", "ratio", "seconds", "trouble"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One verdict, or what kept a peer from giving any.

    Attributes:
        run: One number for all that came of one comparison.
        peer: The tool.
        rule: What it calls slower by.
        scenario: Tag that was held against the base; empty when it came to none.
        loaded: Whether the second load ran beside it.
        benchmark: As in ``json-small``, the same for all peers.
        slower: Whether it was called slower; ``None`` when there is no verdict.
        ratio: Head over base as the peer saw it; ``None`` when it showed none.
        seconds: Wall seconds of the comparison over its benchmarks; of the attempt when it failed.
        trouble: Why there is no verdict.
    """

    run: int
    peer: str
    rule: str = ""
    scenario: str = ""
    loaded: bool | None = None
    benchmark: str = ""
    slower: bool | None = None
    ratio: float | None = None
    seconds: float | None = None
    trouble: str = ""

    def cells(self) -> tuple[str, ...]:
        """Text for each of ``COLUMNS``; empty for what is not known."""
        return (
            *(str(self.run), self.peer, self.rule, self.scenario),
            "" if self.loaded is None else ("no", "yes")[self.loaded],
            self.benchmark,
            "" if self.slower is None else str(int(self.slower)),
            "" if self.ratio is None else f"{self.ratio:.5g}",
            "" if self.seconds is None else f"{self.seconds:.2f}",
            self.trouble,
        )


def append_rows(path: Path, rows: Iterable[Row]) -> None:
    """Add rows to the file in one write, with the headings when it is new."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not path.exists():
        writer.writerow(COLUMNS)
    writer.writerows(row.cells() for row in rows)
    with path.open("a", newline="") as file:
        file.write(text.getvalue())


def read_rows(path: Path) -> pd.DataFrame:
    """All rows; no file is a table without rows.

    Returns:
        The ``COLUMNS``; ``slower``, ``ratio`` and ``seconds`` are NaN where they are not known,
        other texts empty.
    """
    if not path.exists():
        return pd.DataFrame([], columns=list(COLUMNS))
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(rows.columns) != COLUMNS:
        raise ValueError(f"{path} does not hold the rows of peers")
    rows["run"] = rows.run.astype(int)
    for name in ("slower", "ratio", "seconds"):
        rows[name] = pd.to_numeric(rows[name])
    return rows


def last_run(path: Path) -> int:
    """Largest number of a run in the file; 0 when there is none."""
    rows = read_rows(path)
    return int(rows.run.max()) if len(rows) else 0
