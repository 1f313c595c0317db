"""Suites written for pytest-codspeed: its other fixture name, and tests marked as a whole."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfproof.measure.suites import collect, find_suites
from perfproof.measure.whole_tests import uses_codspeed
from perfproof.measure.worker_process import Surroundings
from tests.measure.kept import QUICK, measured

SUITE = """\
import asyncio
import unittest

import pytest

set_up = []


@pytest.fixture
def once():
    set_up.append(1)


@pytest.mark.benchmark
def test_marked(once):
    assert len(set_up) == 1


@pytest.mark.benchmark(group="grouped", max_rounds=9)
def test_grouped():
    int()


@pytest.mark.benchmark(max_rounds=9, group="own")
def test_fixture(benchmark):
    assert benchmark(lambda: 3) == 3


@pytest.mark.codspeed_benchmark
def test_codspeed_mark():
    int()


def test_codspeed_fixture(codspeed_benchmark):
    codspeed_benchmark(int)


@pytest.mark.benchmark
class TestInClass(unittest.TestCase):
    def setUp(self):
        self.number = 5

    def test_case(self):
        assert self.number == 5


@pytest.mark.benchmark
async def test_coroutine():
    await asyncio.sleep(0)


@pytest.mark.benchmark
def test_fails():
    raise OSError("no disk")


def test_plain():
    raise OSError("not marked")
"""

LOOP = """\
import asyncio, inspect, pytest

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        asyncio.run(pyfuncitem.obj())
        return True
"""

MARKED = {
    "test_marked",
    "test_grouped",
    "test_case",
    "test_coroutine",
    "test_fails",
}
ANYWHERE = {"test_fixture", "test_codspeed_mark", "test_codspeed_fixture"}


def project(root: Path, *, codspeed: bool) -> Path:
    (root / "tests").mkdir()
    needs = "pytest-codspeed" if codspeed else "pytest-benchmark"
    (root / "pyproject.toml").write_text(f'[dependency-groups]\ntest = ["{needs}"]\n')
    (root / "tests/test_codspeed.py").write_text(SUITE)
    (root / "tests/conftest.py").write_text(LOOP)
    return root


def test_a_project_of_codspeed_has_its_marked_tests_measured_as_a_whole(tmp_path: Path) -> None:
    plan = msgspec.structs.replace(QUICK, processes=1)
    root = project(tmp_path, codspeed=True)
    kept = measured(root, plan, pytest_paths=("tests",), pyperf_patterns=())
    named = {each.id.rsplit("::", 1)[1]: each for each in kept.benchmarks}
    assert set(named) == MARKED | ANYWHERE
    assert (named["test_grouped"].group, named["test_fixture"].group) == ("grouped", "own")
    (trouble,) = kept.troubles
    assert (trouble.kind, trouble.reason) == ("failed", "call: OSError: no disk")
    sampled = {each.benchmark.rsplit("::", 1)[1] for each in kept.samples}
    assert sampled == (MARKED | ANYWHERE) - {"test_fails"}


def test_elsewhere_the_mark_alone_means_what_it_means_to_pytest_benchmark(tmp_path: Path) -> None:
    root = project(tmp_path, codspeed=False)
    suites = find_suites(root, ("tests",), ())
    (found,) = collect(suites, Surroundings(root, {}), timeout_seconds=60).values()
    assert {each.name for each in found} == ANYWHERE


@pytest.mark.parametrize(
    ("file", "content", "uses"),
    [
        ("requirements-dev.txt", "pytest-codspeed==5\n", True),
        ("requirements/test.txt", "pytest-codspeed\n", True),
        ("tox.ini", "[testenv]\ndeps = pytest_codspeed\n", True),
        ("requirements.txt", "pytest-benchmark\n", False),
        ("README.md", "see codspeed\n", False),
    ],
)
def test_the_files_that_say_what_is_needed_tell_whether_codspeed_is_used(
    tmp_path: Path, file: str, content: str, uses: bool
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(content)
    assert uses_codspeed(tmp_path) is uses
