from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.commands import python

WEIGH = ("-m", "pytest", "-q", "-p", "no:benchmark", "-p", "no:randomly", "-p", "no:cacheprovider")
PLUGIN = ("-p", "tests.benchmarks.weighing")

GROWING = """\
def test_growing(benchmark):
    benchmark([].append, "an object of its own {}".format)


def test_steady(benchmark):
    benchmark("an object {}".format, 1)
"""


@pytest.mark.long
def test_every_benchmark_holds_as_much_after_ten_times_the_calls() -> None:
    done = python(*WEIGH, *PLUGIN, "benchmarks")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_a_benchmark_that_grows_is_seen(tmp_path: Path) -> None:
    suite = tmp_path / "test_growing.py"
    suite.write_text(GROWING)
    done = python(*WEIGH, *PLUGIN, "--rootdir", str(tmp_path), "-c", "/dev/null", str(suite))
    assert "1 failed, 1 passed" in done.stdout
    assert "more calls hold" in done.stdout
