"""``perfproof list``: what would be measured."""

from __future__ import annotations

import argparse

from perfproof.cli.project import find_meant, open_project, system_of
from perfproof.errors import ExitCode
from perfproof.measure.selection import Selection
from perfproof.record.quantity import show_seconds

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
        print(benchmark.id + (f"  ({', '.join(notes)})" if notes else ""))
    print(f"{len(meant.benchmarks)} benchmarks in {len(meant.chosen)} suites")
    return ExitCode.PASS
