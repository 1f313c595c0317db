"""The rows of the peers as one table: how often each rule calls what slower.

    python -m analysis.study.peers.table --data analysis/study/data

prints it as Markdown, for the README.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.study.counting import Count
from analysis.study.peers.agenda import SCENARIO_SHARES
from analysis.study.peers.rows import ROWS, read_rows
from analysis.study.recipes import BENCHMARKS
from analysis.study.versions import GROWTHS

__all__ = ["main", "markdown", "slower_of", "suites_with_alarm"]

DATA = Path(__file__).resolve().parents[1] / "data"


def slower_of(rows: pd.DataFrame, scenario: str) -> dict[tuple[str, str], Count]:
    """Single verdicts of a scenario that are slower, by peer and rule."""
    mine = rows[(rows.scenario == scenario) & rows.slower.notna()]
    return {
        (str(peer), str(rule)): Count(int(group.slower.sum()), len(group))
        for (peer, rule), group in mine.groupby(["peer", "rule"], sort=False)
    }


def suites_with_alarm(rows: pd.DataFrame) -> dict[tuple[str, str], Count]:
    """Runs of the whole suite of identical code with any slower, by peer and rule."""
    mine = rows[(rows.scenario == "identical") & rows.slower.notna()]
    suites = mine.groupby(["peer", "rule", "run"], sort=False).slower.agg(["size", "max"])
    whole = suites[suites["size"] == BENCHMARKS]
    return {
        (str(peer), str(rule)): Count(int(group["max"].sum()), len(group))
        for (peer, rule), group in whole.groupby(["peer", "rule"], sort=False)
    }


def markdown(rows: pd.DataFrame) -> str:
    """A line for each peer and rule, and below it what kept a peer from its verdicts."""
    counts = {scenario: slower_of(rows, scenario) for scenario in SCENARIO_SHARES}
    suites = suites_with_alarm(rows)
    seconds = rows[rows.slower.notna()].groupby(["peer", "rule"]).seconds.median()
    lines = [_headings(), ["---"] * (len(counts) + 4)]
    for peer, rule in sorted({key for found in counts.values() for key in found}):
        shares = [_text(found.get((peer, rule))) for found in counts.values()]
        whole = _text(suites.get((peer, rule)))
        lines.append([peer, rule, *shares, whole, f"{seconds[peer, rule]:.1f} s"])
    table = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return table + "\n" + "".join(f"\n- {note}\n" for note in _troubles(rows))


def _headings() -> list[str]:
    planted = [f"+{GROWTHS[each]} %" for each in SCENARIO_SHARES if each in GROWTHS]
    suite = f"suite of {BENCHMARKS} of identical code with any slower"
    single = ["identical code called slower", *(f"{each} called slower" for each in planted)]
    return ["peer", "rule", *single, suite, "median seconds a verdict"]


def _troubles(rows: pd.DataFrame) -> list[str]:
    failed = rows[rows.trouble != ""]
    return [
        f"{peer}, {str(scenario) or 'before any comparison'}: {trouble} ({len(group)} times)"
        for (peer, scenario, trouble), group in failed.groupby(["peer", "scenario", "trouble"])
    ]


def _text(count: Count | None) -> str:
    if count is None or not count.trials:
        return "-"
    low, high = (100 * end for end in count.interval)
    return f"{count.hits:,}/{count.trials:,} [{low:.3g}, {high:.3g}] %"


def main(words: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m analysis.study.peers.table")
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of {ROWS}")
    parser.add_argument("--load", choices=("yes", "no"), help="only beside the load, or without")
    arguments = parser.parse_args(words)
    rows = read_rows(arguments.data / ROWS)
    if arguments.load is not None:
        rows = rows[rows.load == arguments.load]
    print(markdown(rows), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
