"""Counts of real workers: memray and, where it is installed, valgrind."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.judge.counting import compare_counts, span_of
from perfproof.measure.counts import (
    Census,
    CountPlan,
    Given,
    take_census,
    why_no_allocations,
    why_no_instructions,
)
from perfproof.measure.counts.loops import calls_of
from perfproof.measure.suites import collect, find_suites
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Side
from perfproof.record.counting import CountVerdict

TESTS = """
import os
def make(count):
    return [bytes(100 + each) for each in range(count)]
def walk(count):
    return sum(range(count))
def test_make(benchmark):
    benchmark(make, {made})
def test_walk(benchmark):
    benchmark(walk, {walked})
def test_fixed(benchmark):
    benchmark.pedantic(make, args=(10,), rounds=2, iterations=4)
def test_raises(benchmark):
    benchmark(lambda: 1 / 0)
def test_dies(benchmark):
    benchmark(os._exit, 3)
def test_skips(benchmark):
    __import__("pytest").skip("not today")
"""
SCRIPT = """
import pyperf
if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.bench_func("one", bytes, 100)
    runner.bench_func("walk", lambda: sum(range({walked})))
    runner.bench_func("same", lambda: sorted(range(300, 0, -1)))
    runner.timeit("ten at once", "x = bytes(100);" * 10, inner_loops=10)
"""


def project(root: Path, *, made: int = 50, walked: int = 2000) -> Path:
    (root / "suite").mkdir(parents=True)
    (root / "suite/test_it.py").write_text(TESTS.format(made=made, walked=walked))
    (root / "suite/perf_it.py").write_text(SCRIPT.replace("{walked}", str(walked)))
    return root


def counted(kind: str, roots: dict[Side, Path], *words: str, seeds: int = 1) -> Given:
    """Counts of the benchmarks whose ids end with one of the words."""
    base = roots["base"]
    suites = find_suites(base, ("suite",), ("suite/perf_*.py",))
    found = collect(suites, Surroundings(base, {}), timeout_seconds=60)
    chosen = [
        (suite, tuple(each.id for each in group if each.id.endswith(words)))
        for suite, group in found.items()
    ]
    return take_census(
        Census(
            suites=[(suite, ids) for suite, ids in chosen if ids],
            sides={side: Surroundings(root, {}) for side, root in roots.items()},
            kinds=(kind,),
            plan=CountPlan(hash_seeds=tuple(range(1, seeds + 1))),
        )
    )


def memray_or_skip() -> None:
    if (reason := why_no_allocations()) is not None:
        pytest.skip(reason)


def valgrind_or_skip() -> None:
    if (reason := why_no_instructions()) is not None:
        pytest.skip(reason)


def test_every_allocation_and_byte_of_a_call_is_counted(tmp_path: Path) -> None:
    memray_or_skip()
    given = counted("allocations", {"base": project(tmp_path)}, "test_make", "ten at once")
    assert given.troubles == []
    spans = {
        (each.benchmark.rpartition("::")[2], each.meter): span_of([each]) for each in given.tallies
    }
    header = bytes(0).__sizeof__()
    # 50 objects, and the list that grows while they come.
    made = spans["test_make", "allocations"]
    assert 50 <= made.low <= made.high <= 70
    least = sum(100 + each + header for each in range(50))
    assert least <= spans["test_make", "bytes"].middle <= 1.5 * least
    assert spans["ten at once", "allocations"].middle == pytest.approx(1, abs=0.01)
    assert spans["ten at once", "bytes"].middle == pytest.approx(100 + header, rel=0.01)


def test_one_allocation_more_is_seen_and_what_is_the_same_is_equal(tmp_path: Path) -> None:
    memray_or_skip()
    roots: dict[Side, Path] = {
        "base": project(tmp_path / "base"),
        "head": project(tmp_path / "head", made=51),
    }
    given = counted("allocations", roots, "test_make", "test_walk")
    verdicts = {
        (each.benchmark.rpartition("::")[2], each.meter): each.verdict
        for each in compare_counts(given.tallies)
    }
    assert verdicts["test_make", "allocations"] is CountVerdict.MORE
    assert verdicts["test_make", "bytes"] is CountVerdict.MORE
    assert verdicts["test_walk", "allocations"] is CountVerdict.EQUAL
    assert verdicts["test_walk", "bytes"] is CountVerdict.EQUAL


def test_what_gives_no_count_is_said_and_the_others_are_counted(tmp_path: Path) -> None:
    memray_or_skip()
    words = ("test_raises", "test_dies", "test_skips", "test_fixed")
    given = counted("allocations", {"base": project(tmp_path)}, *words)
    kinds = {str(each.benchmark).rpartition("::")[2]: each.kind for each in given.troubles}
    assert kinds == {"test_raises": "failed", "test_dies": "worker", "test_skips": "skipped"}
    assert {each.benchmark.rpartition("::")[2] for each in given.tallies} == {"test_fixed"}
    assert all(each.whole and set(each.calls) == {4} for each in given.tallies)


def test_two_per_cent_of_work_read_so_in_instructions_and_identical_code_is_equal(
    tmp_path: Path,
) -> None:
    valgrind_or_skip()
    roots: dict[Side, Path] = {
        "base": project(tmp_path / "base"),
        "head": project(tmp_path / "head", walked=2040),
    }
    given = counted("instructions", roots, "::walk", "::same")
    assert given.troubles == []
    seen = {each.benchmark.rpartition("::")[2]: each for each in compare_counts(given.tallies)}
    assert seen["walk"].verdict is CountVerdict.MORE
    assert seen["walk"].ratio is not None
    assert seen["walk"].ratio.middle == pytest.approx(1.02, abs=0.003)
    assert seen["same"].verdict is CountVerdict.EQUAL


def test_without_valgrind_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "valgrind" in str(why_no_instructions())


@pytest.mark.parametrize(("first", "calls"), [(0, 1024), (100, 128), (100_000, 1), (19_999, 1)])
def test_the_calls_of_a_loop_are_a_power_of_two_that_fits(first: int, calls: int) -> None:
    assert calls_of("allocations", first) == calls
