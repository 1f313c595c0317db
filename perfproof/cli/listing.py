"""``perfproof list``: what would be measured."""

from __future__ import annotations

import argparse

from perfproof.cli.project import find_meant, open_project, system_of
from perfproof.errors import ExitCode
from perfproof.measure.selection import Selection
from perfproof.record import FORMS, FigureKind
from perfproof.record.quantity import show_seconds
from perfproof.record.sizes import show_amount

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print one id a line, with its group and target where it has them."""
    project = open_project(arguments)
    selection = Selection(tuple(arguments.node_ids), arguments.keyword)
    meant = find_meant(project, system_of(arguments), selection)
    for benchmark in meant.benchmarks:
        notes = [f"group {benchmark.group}"] if benchmark.group else []
        if benchmark.target_seconds is not None:
            notes.append(f"target {show_seconds(benchmark.target_seconds)}")
        notes += [f"{kind} target {_shown(kind, x)}" for kind, x in benchmark.limits.items()]
        print(benchmark.id + (f"  ({', '.join(notes)})" if notes else ""))
    print(f"{len(meant.benchmarks)} benchmarks in {len(meant.chosen)} suites")
    return ExitCode.PASS


def _shown(kind: FigureKind, limit: float) -> str:
    return show_amount(limit, "byte") if FORMS[kind].unit == "byte" else f"{limit:,.7g}"
