"""How long a suite may take to name its benchmarks, and what a crash of one costs the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.cli.project import listing_timeout
from perfproof.configuration.settings import Settings
from tests.cli.running import perfproof


@pytest.mark.parametrize(("timeout", "seconds"), [("1 s", 120), ("60 s", 120), ("5 min", 300)])
def test_a_suite_has_as_long_as_a_benchmark_to_be_listed(timeout: str, seconds: float) -> None:
    assert listing_timeout(Settings(timeout=timeout)) == seconds


def test_a_suite_that_crashes_takes_no_other_with_it(foreign_project: Path) -> None:
    (foreign_project / "benchmarks/perf_crash.py").write_text(
        "import os\nimport pyperf\n\nos._exit(9)\npyperf.Runner().bench_func('int', int)\n"
    )
    chosen = perfproof(foreign_project, "list", "-k", "test_sort")
    assert chosen.returncode == 0, chosen.stderr
    assert "test_sort" in chosen.stdout
    assert "perf_crash.py: the suite cannot be run: the worker ended with exit code 9" in (
        chosen.stderr
    )
    whole = perfproof(foreign_project, "list")
    assert whole.returncode == 2
    assert "perf_crash.py: the suite cannot be run" in whole.stderr
