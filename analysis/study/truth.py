"""The planted growth measured for itself, with nothing of perfproof.

All versions run at once, each in a plain process of its own on one core, and take turns at blocks
of 2 ms in an order drawn anew for each turn. A round of fresh processes gives for each workload and
version one value: the median over the turns of the log of its time over that of the base in the
same turn. ``identical`` is among them, as a control whose truth is 0.
"""

from __future__ import annotations

import csv
import math
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from analysis.study.versions import BASE, GROWTHS

__all__ = [
    "MEASURED",
    "TRUTH",
    "Sized",
    "Version",
    "a_round",
    "append_round",
    "measure_truth",
    "rounds_in",
    "sized_workloads",
]

TRUTH = "truth.csv"
MEASURED = ("identical", *GROWTHS)

_WORKER = Path(__file__).with_name("truth_worker.py")
_BLOCK_NS = 2_000_000
_TURNS = 8
_HEADINGS = ("round", "scenario", "workload", "size", "log_ratio")

Sized = tuple[str, str]
"""Workload and size."""


class Version:
    """One version's process; close it."""

    def __init__(self, folder: Path, core: int | None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, _WORKER, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if core is not None:
            os.sched_setaffinity(self._process.pid, {core})

    def ask(self, line: str) -> int:
        """Send a line; the number that comes back."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def __enter__(self) -> Version:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def measure_truth(repository: Path, into: Path, minutes: float, draw: random.Random) -> int:
    """Rounds for so long, each written as soon as it is over; how many there were.

    Args:
        repository: Made by ``make_repository``.
        into: Folder of ``truth.csv``, which is added to.
        minutes: For this call.
        draw: Chance of the orders.
    """
    folders = _checked_out(repository)
    core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    path, until = into / TRUTH, time.monotonic() + 60 * minutes
    number = rounds_in(path)
    first = number
    while time.monotonic() < until:
        with ExitStack() as stack:
            versions = {
                name: stack.enter_context(Version(folder, core)) for name, folder in folders.items()
            }
            values = a_round(versions, sized_workloads(repository), draw)
        append_round(path, number, values)
        number += 1
        print(f"round {number}", flush=True)
    return number - first


def a_round(
    versions: Mapping[str, Version], workloads: Sequence[Sized], draw: random.Random
) -> dict[tuple[str, Sized], float]:
    """Log ratio over the base by version and workload."""
    found: dict[tuple[str, Sized], float] = {}
    for workload in draw.sample(workloads, len(workloads)):
        turns = _turns(versions, workload, draw)
        for name in versions.keys() - {BASE}:
            found[name, workload] = statistics.median(
                math.log(turn[name] / turn[BASE]) for turn in turns
            )
    return found


def sized_workloads(repository: Path) -> list[Sized]:
    """Every workload in both sizes, as the project itself lists them."""
    script = "from workloads.catalogue import CATALOGUE; print(*CATALOGUE)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=True
    )
    return [(name, size) for name in done.stdout.split() for size in ("small", "large")]


def _turns(
    versions: Mapping[str, Version], workload: Sized, draw: random.Random
) -> list[dict[str, int]]:
    """Nanoseconds by version, turn by turn; the same calls in all."""
    for version in versions.values():
        version.ask(f"prepare {workload[0]} {workload[1]}")
        version.ask("1")
    calls = 1
    while calls < 1_000_000 and versions[BASE].ask(str(calls)) < _BLOCK_NS / 2:
        calls *= 2
    for version in versions.values():
        version.ask(str(calls))
    order, turns = list(versions), []
    for _ in range(_TURNS):
        draw.shuffle(order)
        turns.append({name: versions[name].ask(str(calls)) for name in order})
    return turns


def _checked_out(repository: Path) -> dict[str, Path]:
    """A worktree of each version; names of equal length, as layout depends on them."""
    folders = {}
    for number, name in enumerate((BASE, *MEASURED)):
        folders[name] = repository.with_name(f"version_{number}")
        words = ["worktree", "add", "--quiet", "--detach", str(folders[name]), name]
        subprocess.run(["git", "-C", repository, *words], check=True, capture_output=True)
    return folders


def rounds_in(path: Path) -> int:
    """How many rounds the file holds; none where there is no file."""
    if not path.exists():
        return 0
    with path.open(newline="") as file:
        return 1 + max((int(row["round"]) for row in csv.DictReader(file)), default=-1)


def append_round(path: Path, number: int, values: Mapping[tuple[str, Sized], float]) -> None:
    """Add one round at the end of the file."""
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if fresh:
            writer.writerow(_HEADINGS)
        for (scenario, (workload, size)), value in sorted(values.items()):
            writer.writerow((number, scenario, workload, size, f"{value:.6f}"))
