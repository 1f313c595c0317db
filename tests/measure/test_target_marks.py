"""Limits that stand on the tests themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.errors import UseError
from perfproof.measure.suites import collect, find_suites
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Benchmark, FigureKind

MARKED = """\
import pytest

limit = pytest.mark.perfproof_target
pytestmark = [limit("1 s"), limit("2 KiB", figure="bytes")]


@limit("0.5 ms")
@limit("10", figure="allocations")
@limit("0 B", figure="kept memory")
def test_marked(benchmark):
    benchmark(int)


def test_plain(benchmark):
    benchmark(int)
"""


def found(root: Path, content: str) -> dict[str, Benchmark]:
    (root / "test_it.py").write_text(content)
    suites = find_suites(root, ("test_it.py",), ())
    listed = collect(suites, Surroundings(root, {}), timeout_seconds=60)
    return {each.name: each for group in listed.values() for each in group}


def test_several_marks_are_several_limits_and_the_closest_counts(tmp_path: Path) -> None:
    known = found(tmp_path, MARKED)
    assert known["test_marked"].target_seconds == 5e-4
    assert known["test_marked"].limits == {
        FigureKind.ALLOCATIONS: 10,
        FigureKind.BYTES: 2048,
        FigureKind.KEPT_MEMORY: 0,
    }
    assert known["test_plain"].all_limits == {FigureKind.TIME: 1.0, FigureKind.BYTES: 2048}


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        ("'10', figure='alocations'", "unknown figure 'alocations'"),
        ("'10', figure='latency'", "unknown figure 'latency'"),
        ("'10 ms', figure='allocations'", "'10 ms' is not a count"),
        ("'10'", "'10' is not a duration"),
        ("10", "takes one limit"),
        ("'1 s', hard=False", "takes one limit"),
    ],
)
def test_a_mark_that_says_nonsense_is_refused(tmp_path: Path, mark: str, sentence: str) -> None:
    content = MARKED + f"\n\n@limit({mark})\ndef test_x(benchmark): benchmark(int)\n"
    with pytest.raises(UseError) as caught:
        found(tmp_path, content)
    assert sentence in str(caught.value)
