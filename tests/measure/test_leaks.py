"""Planted leaks are named with their lines, and what is bounded is not: in real processes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from perfproof.judge.leaks import judge_survey
from perfproof.measure.leaks.surveying import SurveyPlan, survey
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Benchmark, LeakResult, LeakVerdict, Survey, Trouble

pytest.importorskip("memray")

SAMPLES = Path(__file__).parent.parent / "leak_samples"
PLANTED = SAMPLES / "planted.py"
LEAKS = {
    "hundredth": "memory",
    "sixteen_bytes": "memory",
    "global_list": "memory",
    "unbounded_cache": "memory",
    "task": "task",
    "socket": "socket",
    "descriptor": "descriptor",
    "native": "native",
    "native_in_a_thread": "native",
    "object_in_a_thread": "memory",
    "thread": "thread",
    "temporary_file": "file",
    "garbage": "garbage",
}
BOUNDED = (
    "caches",
    "lists_and_cycles",
    "things",
    "ring_that_was_filled_before",
    "steps_and_warnings",
    "native_ring",
    "native_ring_in_a_thread",
)


def surveyed(root: Path, file: Path, test: str, *, seconds: float) -> Survey | Trouble:
    shutil.copy(file, root / file.name)
    benchmark = Benchmark(id=f"{file.name}::{test}", name=test, runner="pytest-benchmark")
    suite = Suite("pytest-benchmark", (file.name,))
    plan = SurveyPlan(budget_seconds=seconds, timeout_seconds=60)
    return survey(suite, benchmark, Surroundings(root, {}), plan)


def judged(root: Path, file: Path, test: str, *, seconds: float) -> LeakResult:
    found = surveyed(root, file, test, seconds=seconds)
    assert isinstance(found, Survey), found
    return judge_survey(found)


def judged_as(root: Path, file: Path, test: str, verdict: LeakVerdict) -> LeakResult:
    """One look, and if it says something else a longer one, in which a busy machine does enough.

    `perfproof leaks` looks twice too before it calls anything a leak.
    """
    result = judged(root, file, test, seconds=0.5)
    return result if result.verdict is verdict else judged(root, file, test, seconds=3.0)


def true_line(test: str) -> int:
    lines = PLANTED.read_text().splitlines()
    begins = lines.index(f"def {test}(benchmark):")
    return next(
        number for number, line in enumerate(lines, 1) if number > begins and "# true line" in line
    )


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    result = judged_as(tmp_path, PLANTED, f"test_{name}", LeakVerdict.LEAK)
    assert result.verdict is LeakVerdict.LEAK, result.leaks
    places = {(leak.stack[0].file, leak.stack[0].line) for leak in result.leaks if leak.stack}
    assert ("planted.py", true_line(f"test_{name}")) in places, result.leaks
    assert result.leaks[0].kept == LEAKS[name]


def test_the_rate_of_a_planted_leak_is_the_true_one(tmp_path: Path) -> None:
    (leak,) = judged(tmp_path, PLANTED, "test_sixteen_bytes", seconds=0.4).leaks
    assert leak.objects.estimate == pytest.approx(1, abs=0.01)
    assert leak.size is not None
    # The object, and the place in the list that keeps it: a list grows by eighths.
    assert leak.size.low is not None
    assert 16 < leak.size.low <= leak.size.estimate < 16 + 8 * 1.5
    assert leak.stack[0].source == "kept.append(object())  # true line"


@pytest.mark.parametrize("name", BOUNDED)
def test_what_is_bounded_is_no_leak(tmp_path: Path, name: str) -> None:
    result = judged_as(tmp_path, SAMPLES / "bounded.py", f"test_{name}", LeakVerdict.FREE)
    assert result.verdict is LeakVerdict.FREE, result.leaks
    assert result.visible_every is not None


def test_a_pyperf_script_is_looked_at_too(tmp_path: Path) -> None:
    script = tmp_path / "perf_kept.py"
    script.write_text(
        "import pyperf\n\nkept = []\n\n\ndef work():\n    kept.append(object())\n\n\n"
        "if __name__ == '__main__':\n    pyperf.Runner().bench_func('work', work)\n"
    )
    benchmark = Benchmark(id="perf_kept.py::work", name="work", runner="pyperf")
    suite = Suite("pyperf", ("perf_kept.py",))
    plan = SurveyPlan(budget_seconds=0.3, timeout_seconds=60)
    found = survey(suite, benchmark, Surroundings(tmp_path, {}), plan)
    assert isinstance(found, Survey), found
    (leak,) = judge_survey(found).leaks
    assert (leak.stack[0].file, leak.stack[0].line) == ("perf_kept.py", 7)


def test_a_benchmark_that_cannot_be_repeated_says_so_and_is_not_free(tmp_path: Path) -> None:
    file = tmp_path / "test_once.py"
    file.write_text(
        "given = iter([1, 2, 3])\n\n\ndef test_once(benchmark):\n"
        "    benchmark(lambda: next(given))\n"
    )
    benchmark = Benchmark(id="test_once.py::test_once", name="test_once", runner="pytest-benchmark")
    found = survey(
        Suite("pytest-benchmark", ("test_once.py",)),
        benchmark,
        Surroundings(tmp_path, {}),
        SurveyPlan(budget_seconds=0.3, timeout_seconds=60),
    )
    assert isinstance(found, Trouble)
    assert (found.kind, "StopIteration" in found.reason) == ("failed", True)


def test_a_process_that_dies_is_a_trouble_of_its_benchmark(tmp_path: Path) -> None:
    file = tmp_path / "test_dies.py"
    file.write_text(
        "import os, signal\n\n\ndef test_dies(benchmark):\n"
        "    benchmark(lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    benchmark = Benchmark(id="test_dies.py::test_dies", name="test_dies", runner="pytest-benchmark")
    found = survey(
        Suite("pytest-benchmark", ("test_dies.py",)),
        benchmark,
        Surroundings(tmp_path, {}),
        SurveyPlan(budget_seconds=0.3, timeout_seconds=60),
    )
    assert isinstance(found, Trouble)
    assert "SIGKILL" in found.reason
