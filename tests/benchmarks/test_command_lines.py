from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.commands import python

PYTEST = ("-m", "pytest", "benchmarks", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
FIRST_VERSION = "benchmarks.peers.first_version"
SLOW_MANAGER = "benchmarks.sabotage.slow_manager"


@pytest.mark.long
def test_the_suites_run_with_pytests_own_command_line() -> None:
    done = python(*PYTEST, "--benchmark-disable")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@pytest.mark.parametrize("how", ["option", "variable"])
def test_another_system_can_take_the_references_place(how: str) -> None:
    words = ("--system", FIRST_VERSION) if how == "option" else ()
    done = python(
        *(*PYTEST[:3], "-v", "-k", "creation", "--benchmark-disable", *words),
        system=FIRST_VERSION if how == "variable" else None,
    )
    assert done.returncode == 0, done.stdout
    assert f"system: {FIRST_VERSION}" in done.stdout


def test_a_system_that_is_not_there_is_named() -> None:
    done = python(*PYTEST, "--system", "benchmarks.nowhere", "-k", "unique_id")
    assert done.returncode == 1
    assert "No module named 'benchmarks.nowhere'" in done.stdout


def pyperf(script: str, result: Path, *words: str) -> dict[str, float]:
    """Seconds of each benchmark, from one call."""
    done = python(
        f"benchmarks/{script}", "--debug-single-value", "--quiet", "-o", str(result), *words
    )
    assert done.returncode == 0, done.stderr
    stored: dict[str, Any] = json.loads(result.read_text())
    return {
        each["metadata"]["name"]: each["runs"][-1]["values"][0] for each in stored["benchmarks"]
    }


def test_the_creations_run_with_pyperfs_own_command_line(tmp_path: Path) -> None:
    seconds = pyperf("perf_creation.py", tmp_path / "all.json")
    assert list(seconds) == [
        "create_manager",
        "create_bridge",
        "create_tracker",
        "create_context",
        "create_child_context",
        "create_unique_id",
    ]


def test_pyperfs_workers_measure_the_system_that_was_named(tmp_path: Path) -> None:
    seconds = pyperf("perf_creation.py", tmp_path / "slow.json", "--system", SLOW_MANAGER)
    assert seconds["create_manager"] > 0.000_6


def test_the_cold_starts_run_with_pyperfs_own_command_line(tmp_path: Path) -> None:
    assert list(pyperf("perf_import.py", tmp_path / "import.json")) == [
        "interpreter",
        "import_package",
        "import_everything",
    ]


def test_a_probe_prints_its_count_as_the_last_line() -> None:
    done = python("-m", "benchmarks.probes", "transitions", "--trials", "162", "--seed", "7")
    first, last = done.stdout.splitlines()
    assert "seed 7" in first
    assert json.loads(last) == {"trials": 162, "failures": 0, "example": None}


def test_a_probe_takes_the_system_from_the_environment() -> None:
    sabotage = "benchmarks.sabotage.revived_terminal"
    done = python("-m", "benchmarks.probes", "transitions", "--trials", "162", system=sabotage)
    counted = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0
    assert (counted["failures"], counted["example"]) == (2, "cancelled to running was not refused")


def test_a_probe_that_is_not_there_is_refused() -> None:
    done = python("-m", "benchmarks.probes", "isolatoin")
    assert done.returncode == 2
    assert "invalid choice: 'isolatoin'" in done.stderr
