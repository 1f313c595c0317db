"""A duel of two versions in whose suites everything goes wrong that can; nothing else suffers."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.record import Session
from tests.cli.controllers import comparing, marked
from tests.cli.versions import duel_of, folders_left, new_repository, picture, write

QUICK = ("--pairs", "4", "--no-confirm", "--margin", "10 %", "--quiet")
TIMEOUT = "12 s"
"""Far more than a worker takes to start on a busy machine; the hang is met once."""
PATH = "benchmarks/test_parcel.py::"

SUITE = """\
import atexit
import signal
import threading
import time
from pathlib import Path

import pytest
from version import HEAD, REPEATS

MET = Path(NOTE)


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
    if HEAD and not MET.exists():
        MET.touch()
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


CAUSES = {
    "test_twice": "failed on the head: call: ",
    "test_iterations": "failed on the head: base and head demand different iterations",
    "test_skipped": "skipped on the head: Skipped: not on this version",
    "test_stubborn": "timeout on the head: gave no answer for 12 s",
}
WHOLE = ("test_same", "test_weigh[300]", "test_weigh[400]", "test_weigh[500]")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root, suite = tmp_path / "parcel", SUITE.replace("NOTE", repr(str(tmp_path / "met")))
    first = {
        "version.py": VERSION.format("False, 1"),
        "benchmarks/test_parcel.py": suite.replace("ONLY", "removed"),
    }
    new_repository(root, first, timeout=TIMEOUT)
    second = {
        "version.py": VERSION.format("True, 3"),
        "benchmarks/test_parcel.py": suite.replace("ONLY", "added"),
    }
    write(root, second)
    return root


def test_whatever_goes_wrong_is_named_with_its_side_and_costs_nothing_else(root: Path) -> None:
    before = picture(root)
    # One comparison for all of it: each costs seconds.
    with comparing(root, *QUICK) as controller:
        done = controller.done()
        left = marked(root)
    assert (done.returncode, done.stderr) == (1, "")
    only_one_case_is_slower(done.stdout)
    assert f"Only in head (1): {PATH}test_added" in done.stdout
    assert f"Only in base (1): {PATH}test_removed" in done.stdout
    each_cause_stands_where_a_verdict_would(done.stdout)
    what_was_measured_is_kept_though_the_process_hangs_at_its_end(duel_of(root))
    assert (left, folders_left(root), picture(root)) == (set(), [], before)


def only_one_case_is_slower(output: str) -> None:
    times = output.partition("\nallocations ")[0]
    verdicts = {line.split()[0]: line.split() for line in times.splitlines() if line}
    assert {name for name in WHOLE if "slower" in verdicts[name]} == {"test_weigh[400]"}


def each_cause_stands_where_a_verdict_would(output: str) -> None:
    for name, cause in CAUSES.items():
        (line,) = [each for each in output.splitlines() if name in each]
        assert line.startswith(f"{PATH}{name}: {cause}")


def what_was_measured_is_kept_though_the_process_hangs_at_its_end(duel: Session) -> None:
    assert duel.complete
    for name in WHOLE:
        sides = {
            (each.process, each.side)
            for each in duel.samples
            if each.benchmark == PATH + name and each.part == "duel"
        }
        assert len(sides) == 2 * 4
    assert {each.benchmark for each in duel.troubles} == {PATH + name for name in CAUSES}
