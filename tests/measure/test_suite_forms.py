"""pytest suites in every form that their authors give them, measured as they stand."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfproof.measure.suites import Suite, collect
from perfproof.measure.worker_process import Surroundings
from tests.measure.kept import QUICK, Kept, measured

PLUGINS = '''\
import asyncio
import inspect

import pytest
from _pytest.runner import runtestprotocol


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Runs coroutine tests in a loop, as pytest-asyncio and anyio do."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**given))
    return True


def pytest_runtest_protocol(item, nextitem):
    """Runs a failed test marked `flaky` again, as pytest-rerunfailures does."""
    if item.get_closest_marker("flaky") is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(2):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        for report in reports:
            if report.failed and attempt == 0:
                report.outcome = "rerun"
            item.ihook.pytest_runtest_logreport(report=report)
    return True


@pytest.fixture
def benchmark(benchmark):
    benchmark.extra_info["wrapped"] = True
    return benchmark
'''

ASPECTS = '''\
"""Stands in for aspectlib, which `benchmark.weave` asks for."""


class Woven:
    def __init__(self, target, aspect):
        self.module, self.name = target
        self.old = getattr(self.module, self.name)
        setattr(self.module, self.name, aspect(self.old))

    def rollback(self):
        setattr(self.module, self.name, self.old)


def weave(target, aspect):
    return Woven(target, aspect)
'''

SUITE = """\
import asyncio
import json
import threading
import time
import unittest

import pytest


async def work(value=1):
    await asyncio.sleep(0)
    return value


@pytest.fixture
def timed(benchmark):
    return lambda function: benchmark(function)


@pytest.fixture
def aio_benchmark(benchmark):
    loop = asyncio.new_event_loop()
    yield lambda function, *args: benchmark(lambda: loop.run_until_complete(function(*args)))
    loop.close()


@pytest.fixture
def thread_benchmark(benchmark):
    def run(function, *args):
        def in_thread():
            got = []
            thread = threading.Thread(target=lambda: got.append(asyncio.run(function(*args))))
            thread.start()
            thread.join()
            return got[0]

        return benchmark(in_thread)

    return run


def test_indirect(timed):
    assert timed(lambda: 3) == 3


def test_decorator(benchmark):
    @benchmark
    def result():
        return 5

    assert result == 5


def test_loop(aio_benchmark):
    assert aio_benchmark(work, 3) == 3


async def test_inside_a_loop(benchmark):
    await asyncio.sleep(0)
    assert benchmark(sorted, [2, 1]) == [1, 2]


async def test_thread(thread_benchmark):
    assert thread_benchmark(work, 5) == 5


def test_coroutine_function(benchmark):
    benchmark(work)


def test_coroutine_pedantic(benchmark):
    benchmark.pedantic(work, rounds=2)


async def test_coroutine_awaited(benchmark):
    assert await benchmark(lambda: work()) == 1


class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def keep(self, benchmark):
        self.benchmark = benchmark

    def test_case(self):
        self.assertEqual(self.benchmark(int), 0)


@pytest.mark.benchmark(
    group="marked", warmup=True, warmup_iterations=5, min_rounds=3, min_time=0.001, max_time=0.1,
    disable_gc=True, timer=time.process_time, calibration_precision=5, cprofile=True,
)
def test_marks(benchmark):
    benchmark.extra_info["size"] = 2
    benchmark(sorted, [2, 1])
    assert benchmark.extra_info == {"wrapped": True, "size": 2}
    assert 0 < benchmark.stats["mean"] < 1
    assert 0 < benchmark.stats.stats.median < 1
    assert benchmark.stats.stats.rounds >= 1


def test_weave(benchmark_weave):
    benchmark_weave((json, "dumps"))
    assert json.dumps([1]) == "[1]"


def test_asserts(benchmark):
    benchmark(int)
    assert benchmark.stats.stats.mean > 1, "slower than promised"


@pytest.mark.xfail(reason="not yet")
def test_expected(benchmark):
    benchmark(int)
    raise OSError


@pytest.mark.flaky
def test_rerun(benchmark):
    benchmark(int)
    raise OSError("at first")


def test_last(benchmark):
    benchmark(int)


def test_plain():
    raise OSError("no benchmark")
"""

# Everything that switches benchmarks off in ordinary runs, or that ends or records them.
OPTIONS = """\

[tool.pytest.ini_options]
markers = ["flaky: run again"]
addopts = [
    "-m", "not benchmark", "-p", "no:benchmark", "-x",
]
"""


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """What one process of the suite gave."""
    root = tmp_path_factory.mktemp("forms")
    (root / "pkg" / "tests").mkdir(parents=True)
    (root / "pyproject.toml").write_text(OPTIONS)
    (root / "conftest.py").write_text(PLUGINS)
    (root / "pkg" / "tests" / "test_forms.py").write_text(SUITE)
    (root / "pkg" / "tests" / "aspectlib.py").write_text(ASPECTS)
    plan = msgspec.structs.replace(QUICK, processes=1)
    return measured(root, plan, pytest_paths=("pkg",), pyperf_patterns=())


def name_of(node_id: str) -> str:
    return node_id.rsplit("::", 1)[1]


def test_a_test_is_a_benchmark_by_the_fixture_it_uses_and_by_nothing_else(forms: Kept) -> None:
    names = {name_of(each.id) for each in forms.benchmarks}
    written = {line[4:].split("(")[0] for line in SUITE.splitlines() if line.startswith("def test")}
    inside = {"test_inside_a_loop", "test_thread", "test_coroutine_awaited", "test_case"}
    assert names == written - {"test_plain"} | inside


@pytest.mark.parametrize(
    "name",
    [
        "test_indirect",
        "test_decorator",
        "test_loop",
        "test_inside_a_loop",
        "test_thread",
        "test_case",
        "test_marks",
        "test_weave",
        "test_last",
    ],
)
def test_every_form_is_measured_and_its_own_assertions_hold(forms: Kept, name: str) -> None:
    assert name in {name_of(each.benchmark) for each in forms.samples}
    assert [each.reason for each in forms.troubles if name_of(each.benchmark or "") == name] == []


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("test_coroutine_function", "skipped", "time how one is made and never how it runs"),
        ("test_coroutine_pedantic", "skipped", "time how one is made and never how it runs"),
        ("test_coroutine_awaited", "skipped", "time how one is made and never how it runs"),
        ("test_asserts", "failed", "call: AssertionError: slower than promised"),
        ("test_expected", "skipped", "expected to fail, and did: not yet"),
        ("test_rerun", "failed", "call: OSError: at first"),
    ],
)
def test_what_gives_no_verdict_says_why_in_the_suites_own_words(
    forms: Kept, name: str, kind: str, reason: str
) -> None:
    (trouble,) = [each for each in forms.troubles if name_of(each.benchmark or "") == name]
    assert trouble.kind == kind
    assert reason in trouble.reason


def test_a_test_that_is_run_again_counts_once(forms: Kept) -> None:
    assert [name_of(each.benchmark) for each in forms.samples].count("test_rerun") == 1
    assert [name_of(each) for each, _ in forms.advances].count("test_rerun") == 1


def test_of_a_whole_project_only_files_that_speak_of_benchmarks_are_looked_into(
    tmp_path: Path,
) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "test_broken.py").write_text("import what_is_not_installed_here\n")
    (tmp_path / "pkg" / "test_any.py").write_text("def test_any(benchmark):\n    benchmark(int)\n")
    around = Surroundings(tmp_path, {})
    suite = Suite("pytest-benchmark", (".",))
    (found,) = collect([suite], around, timeout_seconds=60).values()
    assert [each.id for each in found] == ["pkg/test_any.py::test_any"]
