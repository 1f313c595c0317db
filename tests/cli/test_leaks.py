"""``perfproof leaks`` as a user runs it, and pytest-memray's marks beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from perfproof.record import LeakReport, LeakVerdict
from perfproof.store.leaks import read_leaks
from tests.cli.running import PERFPROOF, perfproof, surroundings

PROJECT = '[tool.perfproof]\npytest = ["checks"]\npyperf = []\n'
MARKED = """\
import pytest

kept = []


@pytest.mark.leak_free
def test_keeps():
    kept.append(object())


@pytest.mark.leak_free
@pytest.mark.limit_memory("64 MB")
def test_clean():
    assert sorted([3, 1, 2]) == [1, 2, 3]


def test_of_no_interest():
    raise AssertionError("only marked tests are repeated")


def test_fixture(benchmark):
    benchmark(sorted, [3, 1, 2])
"""
MEMORY = """\
import pytest


@pytest.mark.leak_free
@pytest.mark.limit_memory("1 MB")
def test_small():
    assert bytes(1000)


@pytest.mark.leak_free
@pytest.mark.limit_memory("1 MB")
def test_large():
    assert bytes(8_000_000)


kept = []


@pytest.mark.leak_free
@pytest.mark.limit_leaks("1 MB")
def test_gives_back():
    assert bytes(8_000_000)


@pytest.mark.leak_free
@pytest.mark.limit_leaks("1 MB")
def test_keeps_much():
    kept.append(bytes(8_000_000))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    pytest.importorskip("memray")
    (tmp_path / "checks").mkdir()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "checks/test_marked.py").write_text(MARKED)
    return tmp_path


def test_marked_tests_and_benchmarks_are_repeated_and_a_leak_is_shown(project: Path) -> None:
    done = perfproof(project, "leaks", "--seconds", "0.3 s", "-o", "found.json")
    assert done.returncode == 1, done.stderr
    assert "checks/test_marked.py:8 in test_keeps" in done.stdout
    assert "kept.append(object())" in done.stdout
    assert "1 leak, 2 without a leak." in done.stdout
    assert "of_no_interest" not in done.stdout
    found = read_leaks(project / "found.json")
    assert found.complete
    assert {each.benchmark for each in found.looks if each.result} == {
        f"checks/test_marked.py::{name}" for name in ("test_keeps", "test_clean", "test_fixture")
    }
    # Two processes looked at what leaks, one at what does not.
    assert sum(len(each.surveys) for each in found.looks) == 4


def test_without_a_leak_it_passes_and_says_what_would_have_shown(project: Path) -> None:
    done = perfproof(project, "leaks", "--seconds", "0.3 s", "-k", "clean", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no leak in" in done.stdout
    assert "would show" in done.stdout


def test_one_line_of_json_for_other_programs(project: Path) -> None:
    done = perfproof(
        project, "leaks", "--seconds", "0.3 s", "--json", "checks/test_marked.py::test_clean"
    )
    report = msgspec.json.decode(done.stdout.splitlines()[-1], type=LeakReport)
    assert [each.verdict for each in report.results] == [LeakVerdict.FREE]


def test_a_benchmark_that_fails_is_said_and_fails_the_command(project: Path) -> None:
    (project / "checks/test_marked.py").write_text(
        "def test_raises(benchmark):\n    benchmark(lambda: 1 / 0)\n"
    )
    done = perfproof(project, "leaks", "--quiet")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stdout


@pytest.mark.long
def test_what_is_too_slow_for_a_verdict_is_exit_3_with_strict(project: Path) -> None:
    (project / "checks/test_marked.py").write_text(
        "import time\n\nkept = []\n\n\ndef test_slow(benchmark):\n"
        "    benchmark(lambda: (time.sleep(0.01), kept.append(object())))\n"
    )
    words = ("leaks", "--seconds", "0.4 s", "--quiet")
    assert perfproof(project, *words).returncode == 0
    done = perfproof(project, *words, "--strict")
    assert done.returncode == 3
    assert "undecided" in done.stdout


def test_without_memray_one_sentence_says_how_to_install_it(project: Path) -> None:
    # A package in its place that cannot be imported, as where it is not installed.
    (project / "absent/memray").mkdir(parents=True)
    (project / "absent/memray/__init__.py").write_text("raise ImportError('not here')\n")
    done = subprocess.run(
        [PERFPROOF, "leaks"],
        cwd=project,
        env={**surroundings(), "PYTHONPATH": str(project / "absent")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'perfproof[memory]'" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--seconds", "soon"), "'soon' is not a duration"),
        (("--jobs", "0"), "'0' is not a whole number from 1"),
        (("checks/test_marked.py::test_kept",), "did you mean"),
    ],
)
def test_bad_use_is_one_sentence(project: Path, words: tuple[str, ...], sentence: str) -> None:
    done = perfproof(project, "leaks", *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_pytest_memrays_marks_go_on_working_in_an_ordinary_run(project: Path) -> None:
    pytest.importorskip("pytest_memray")
    (project / "checks/test_marked.py").write_text(MEMORY)
    plugin = ("-p", "perfproof.measure.leaks.marking", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", *plugin, "checks"],
        cwd=project,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "2 failed, 2 passed" in done.stdout, done.stdout
    assert {
        name
        for name in ("small", "large", "gives_back", "keeps_much")
        if f"test_{name}" in done.stdout
    } == {
        "large",
        "keeps_much",
    }
    assert "limit" in done.stdout.lower()


def test_a_test_with_pytest_memrays_marks_is_looked_at_too(project: Path) -> None:
    pytest.importorskip("pytest_memray")
    (project / "checks/test_marked.py").write_text(MEMORY.replace("8_000_000", "8_000"))
    words = ("leaks", "--seconds", "0.3 s", "--quiet", "-k", "gives_back or keeps_much")
    done = perfproof(project, *words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "kept.append(bytes(8_000))" in done.stdout
    assert "1 leak, 1 without a leak." in done.stdout
