"""Fakes at our own seams: a sink and a progress that keep what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from perfproof.measure.conduct import conduct
from perfproof.measure.suites import collect, find_suites
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Benchmark, Plan, Sample, Trouble

QUICK = Plan(
    processes=2,
    blocks=4,
    block_seconds=0.0003,
    warmup_seconds=0.001,
    sample_seconds=0.25,
    timeout_seconds=30.0,
    seed=7,
)


class Kept:
    """Sink and progress in one."""

    def __init__(self) -> None:
        self.benchmarks: list[Benchmark] = []
        self.samples: list[Sample] = []
        self.troubles: list[Trouble] = []
        self.advances: list[tuple[str, int]] = []

    def append(self, record: Benchmark | Sample | Trouble) -> None:
        if isinstance(record, Benchmark):
            self.benchmarks.append(record)
        elif isinstance(record, Sample):
            self.samples.append(record)
        else:
            self.troubles.append(record)

    def advanced(self, benchmark: str, process: int) -> None:
        self.advances.append((benchmark, process))


def measured(
    root: Path,
    plan: Plan = QUICK,
    *,
    pytest_paths: Sequence[str] = ("benchmarks",),
    pyperf_patterns: Sequence[str] = ("benchmarks/**/*.py",),
) -> Kept:
    """Everything that a session of the project at ``root`` gives."""
    kept = Kept()
    surroundings = Surroundings(root, {})
    suites = find_suites(root, pytest_paths, pyperf_patterns)
    found = collect(suites, surroundings, timeout_seconds=60)
    conduct(found, plan, surroundings, kept, kept)
    return kept
