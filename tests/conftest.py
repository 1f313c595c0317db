"""A small foreign project, as a user of perfproof has one: src layout, its own benchmarks/."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# With it every fresh project of a test would compile the standard library anew for its workers:
# half of the time of the tests. What perfproof does about it has a test of its own.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

PYPROJECT = """\
[project]
name = "parcel"
version = "1"

[tool.perfproof]
processes = 2
blocks = 4
block = "0.3 ms"
warmup = "1 ms"
timeout = "20 s"
targets = "benchmarks/targets.toml"

[tool.pytest.ini_options]
pythonpath = ["src"]
"""

PACKAGE = """\
def weigh(parcels):
    return sum(parcels)


async def collect(parcels):
    return weigh(parcels)
"""

SUITE = """\
import pytest

from parcel import weigh


@pytest.mark.parametrize("count", [10, 1000])
def test_weigh(benchmark, count):
    assert benchmark(weigh, range(count)) == sum(range(count))
    assert 0 < benchmark.stats.stats.mean < 1


@pytest.mark.benchmark(group="sorting")
@pytest.mark.perfproof_target("1 s")
def test_sort(benchmark):
    benchmark(sorted, [3, 1, 2])


class TestKept:
    @pytest.fixture(autouse=True)
    def keep(self, benchmark):
        self.benchmark = benchmark

    def test_pedantic(self):
        made = []

        def setup():
            made.append(1)
            return ([1, 2],), {}

        assert self.benchmark.pedantic(weigh, setup=setup, rounds=3, warmup_rounds=1) == 3
        assert len(made) == 4


def test_not_a_benchmark():
    raise AssertionError("only benchmarks are run")
"""

SCRIPT = """\
import pathlib, sys
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "src"))

import pyperf

from parcel import collect, weigh


def timed(loops, parcels):
    start = pyperf.perf_counter()
    for _ in range(loops):
        weigh(parcels)
    return pyperf.perf_counter() - start


if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.bench_func("func", weigh, [1, 2, 3])
    runner.bench_async_func("async_func", collect, [1, 2, 3])
    runner.bench_time_func("time_func", timed, [1, 2, 3])
    runner.timeit("statement", "weigh([1])", "from parcel import weigh")
    runner.bench_command("command", [sys.executable, "-S", "-c", "pass"])
"""

TARGETS = """\
[[target]]
benchmark = "benchmarks/test_parcel.py::*"
limit = "1 s"
"""


@pytest.fixture
def foreign_project(tmp_path: Path) -> Path:
    """Root of a fresh copy of the foreign project."""
    root = tmp_path / "parcel"
    files = {
        "pyproject.toml": PYPROJECT,
        "src/parcel.py": PACKAGE,
        "benchmarks/test_parcel.py": SUITE,
        "benchmarks/perf_parcel.py": SCRIPT,
        "benchmarks/targets.toml": TARGETS,
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root
