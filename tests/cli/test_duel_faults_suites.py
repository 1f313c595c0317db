"""A duel of two versions in whose suites everything goes wrong that can; nothing else suffers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from perfproof.record import Session
from tests.cli.controllers import comparing, marked
from tests.cli.versions import duel_of, folders_left, new_repository, picture, write

QUICK = ("--pairs", "4", "--no-confirm", "--margin", "10 %", "--quiet")
TIMEOUT = "4 s"
PATH = "benchmarks/test_parcel.py::"

SUITE = """\
import atexit
import signal
import threading
import time

import pytest
from version import HEAD, REPEATS


@pytest.mark.parametrize("count", [300, 400, 500])
def test_weigh(benchmark, count):
    times = REPEATS if count == 400 else 1
    benchmark(lambda: [sum(range(count)) for _ in range(times)])


def test_same(benchmark):
    benchmark(sum, range(300))


def test_twice(benchmark):
    benchmark(int)
    if HEAD:
        benchmark(int)


def test_iterations(benchmark):
    benchmark.pedantic(int, rounds=4, iterations=5 if HEAD else 3)


def test_skipped(benchmark):
    if HEAD:
        pytest.skip("not on this version")
    benchmark(int)


def test_stubborn(benchmark):
    if HEAD:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        benchmark(lambda: time.sleep(600))
    benchmark(int)


def test_ONLY(benchmark):
    benchmark(int)


if HEAD:
    threading.Thread(target=time.sleep, args=(600,)).start()  # the end of the process waits for it
atexit.register(time.sleep, 600)
"""

VERSION = "HEAD, REPEATS = {}\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("faults") / "parcel"
    first = {
        "version.py": VERSION.format("False, 1"),
        "benchmarks/test_parcel.py": SUITE.replace("ONLY", "removed"),
    }
    new_repository(root, first, timeout=TIMEOUT)
    second = {
        "version.py": VERSION.format("True, 3"),
        "benchmarks/test_parcel.py": SUITE.replace("ONLY", "added"),
    }
    write(root, second)
    return root


@pytest.fixture(scope="module")
def done(root: Path) -> subprocess.CompletedProcess[str]:
    before = picture(root)
    with comparing(root, *QUICK) as controller:
        done = controller.done()
    assert picture(root) == before
    return done


@pytest.fixture(scope="module")
def duel(done: subprocess.CompletedProcess[str], root: Path) -> Session:  # noqa: ARG001
    return duel_of(root)


def test_a_slowdown_in_one_case_is_that_cases_alone(
    done: subprocess.CompletedProcess[str],
) -> None:
    verdicts = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line}
    slower = {name for name, words in verdicts.items() if "slower" in words and "x" in words}
    assert slower == {"test_weigh[400]"}
    assert {"test_weigh[300]", "test_weigh[500]", "test_same"} <= verdicts.keys()
    assert done.returncode == 1


def test_what_stands_on_one_side_only_is_said(done: subprocess.CompletedProcess[str]) -> None:
    assert f"Only in head (1): {PATH}test_added" in done.stdout
    assert f"Only in base (1): {PATH}test_removed" in done.stdout


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("test_twice", "failed on the head: call: "),
        ("test_iterations", "failed on the head: base and head demand different iterations"),
        ("test_skipped", "skipped on the head: Skipped: not on this version"),
        ("test_stubborn", "timeout on the head: gave no answer for 4 s"),
    ],
)
def test_what_breaks_on_one_side_names_it_and_the_cause_and_has_no_verdict(
    done: subprocess.CompletedProcess[str], name: str, cause: str
) -> None:
    (line,) = [each for each in done.stdout.splitlines() if name in each]
    assert line.startswith(f"{PATH}{name}: {cause}")


def test_what_ends_in_a_hang_keeps_what_it_measured(duel: Session) -> None:
    assert duel.complete
    whole = {f"{PATH}{name}" for name in ("test_same", "test_weigh[300]", "test_weigh[500]")}
    for name in whole:
        pairs = {
            (each.process, each.side)
            for each in duel.samples
            if each.benchmark == name and each.part == "duel"
        }
        assert len(pairs) == 2 * 4
    assert {each.kind for each in duel.troubles} == {"failed", "skipped", "timeout"}
    assert not {each.benchmark for each in duel.troubles} & whole


def test_nothing_is_left_of_it(done: subprocess.CompletedProcess[str], root: Path) -> None:
    assert done.stderr == ""
    assert folders_left(root) == []
    assert marked(root) == set()
