"""The table of the study: goal beside figure, met or not.

    python -m analysis.study.table --data analysis/study/data [--suites 500] [--csv FILE]

prints it as Markdown, for the README.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from analysis.study.counting import Count
from analysis.study.goals import Goal, met
from analysis.study.judge import Held, Study, held, judge, rms_points

__all__ = ["Line", "lines", "main", "markdown", "write_csv"]

DATA = Path(__file__).resolve().parent / "data"

_OWN = Goal(
    what="this repository's own suite, identical code called slower",
    scenario="own-suite",
    word="slower",
    at_most=0.001,
)
_ALLOCATION = "allocation"
_MOST_POINTS = 0.25
_FIFTY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, as text."""

    figure: str
    goal: str
    live: str
    resampled: str
    seconds: str
    met: str


def lines(study: Study) -> list[Line]:
    """Every goal of the study, in order."""
    return [
        *(_held_line(each) for each in held(study)),
        *_error_lines(study),
        _own_line(study),
        _fifty_line(study),
    ]


def markdown(study: Study) -> str:
    """The table, what it rests on, and what did not go as it should."""
    headings = ["", "goal", "live", "resampled", "median, live / resampled", ""]
    rows = [headings, ["---"] * len(headings), *(list(astuple(each)) for each in lines(study))]
    table = "\n".join("| " + " | ".join(cells) + " |" for cells in rows)
    notes = "\n".join(f"- {note}" for note in study.notes) or "- nothing went wrong"
    return f"{table}\n\n{_basis(study)}\n\n{notes}\n"


def write_csv(study: Study, path: Path) -> None:
    """The same lines, and those of quiet and loaded segments apart."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["segments", *(each.name for each in fields(Line))])
        writer.writerows(["all", *astuple(each)] for each in lines(study))
        for name, loaded in (("quiet", False), ("loaded", True)):
            parts = (_held_line(each) for each in held(study, loaded=loaded))
            writer.writerows([name, *astuple(each)] for each in parts)


def _held_line(each: Held) -> Line:
    counts, medians = each.counts, each.medians
    said = (f"{_seconds(medians['live'])} / {_seconds(medians['resampled'])}",)
    return Line(
        figure=each.goal.what,
        goal=str(each.goal),
        live=_count(counts["live"]),
        resampled=_count(counts["resampled"]),
        seconds=said[0] if each.goal.word != "undecided" and each.goal.median_seconds else "",
        met=each.met,
    )


def _error_lines(study: Study) -> list[Line]:
    found = []
    for what, benchmarks, seconds in (
        ("all but allocation", f"!{_ALLOCATION}", 5.0),
        ("allocation-heavy", _ALLOCATION, 10.0),
    ):
        points, count = rms_points(study.errors, seconds, benchmarks)
        known = not math.isnan(points)
        found.append(
            Line(
                figure=f"error of the ratio after {seconds:g} s, {what}",
                goal=f"<= {_MOST_POINTS} points rms",
                live="",
                resampled=f"{points:.3f} points (n = {count:,})" if known else "not measured",
                seconds="",
                met=_word(points <= _MOST_POINTS) if known else "not measured",
            )
        )
    return found


def _own_line(study: Study) -> Line:
    count = Count(int((study.own.told == _OWN.word).sum()), len(study.own))
    return Line(
        figure=_OWN.what,
        goal=str(_OWN),
        live=_count(count),
        resampled="",
        seconds="",
        met=met(_OWN, {"live": count}, {"live": math.nan}),
    )


def _fifty_line(study: Study) -> Line:
    jobs = study.fifty
    longest = float(jobs.wall_seconds.max()) if len(jobs) else math.nan
    parts = [
        f"{name} {', '.join(f'{each:.0f}' for each in sorted(walls))} s"
        for name, loaded in (("alone", False), ("beside the load", True))
        if len(walls := jobs.wall_seconds[jobs.loaded == loaded])
    ]
    said = "; ".join(parts)
    wrong = f"; {jobs.slower.sum()} slower, {jobs.undecided.sum()} undecided of {jobs.tests.sum()}"
    return Line(
        figure="job of 50 tests, identical code, margin 2 %",
        goal=f"<= {_FIFTY_SECONDS:g} s wall",
        live=said + wrong if len(jobs) else "not measured",
        resampled="",
        seconds="",
        met=_word(longest <= _FIFTY_SECONDS) if len(jobs) else "not measured",
    )


def _basis(study: Study) -> str:
    recorded = study.recorded
    if not len(recorded):
        return "Nothing was recorded."
    return (
        f"{recorded.segments.sum()} segments, {recorded.minutes.sum():.0f} minutes,"
        f" {recorded.pairs.sum():,} pairs of a benchmark; beside the load"
        f" {recorded[recorded.index.get_level_values('loaded')].minutes.sum():.0f} minutes."
        " Brackets: Wilson, 95 %. Resampled verdicts share recorded pairs: their intervals say how"
        " exactly these recordings were counted."
    )


def _count(count: Count) -> str:
    if not count.trials:
        return "not measured"
    low, high = count.interval
    return f"{count.hits:,}/{count.trials:,} [{_percent(low)}, {_percent(high)}] %"


def _percent(share: float) -> str:
    return f"{100 * share:.3g}"


def _seconds(seconds: float) -> str:
    if math.isnan(seconds):
        return "-"
    return "never" if math.isinf(seconds) else f"{seconds:.1f} s"


def _word(holds: bool) -> str:
    return "met" if holds else "not met"


def main(words: Sequence[str] | None = None) -> int:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(prog="python -m analysis.study.table")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the recordings")
    parser.add_argument("--suites", type=int, default=500, help="resampled, of a kind and load")
    parser.add_argument("--csv", type=Path, help="file for the lines, with and without the load")
    arguments = parser.parse_args(words)
    study = judge(arguments.data, suites=arguments.suites)
    print(markdown(study), end="")
    if arguments.csv is not None:
        write_csv(study, arguments.csv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
