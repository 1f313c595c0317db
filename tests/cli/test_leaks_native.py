"""``perfproof leaks --native``: what C code never frees is named, what it keeps bounded is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from perfproof.record import LeakReport, LeakVerdict
from tests.cli.running import perfproof

pytest.importorskip("memray")

SAMPLES = Path(__file__).parent.parent / "leak_samples"
PROJECT = '[tool.perfproof]\npytest = ["checks"]\npyperf = []\n'


def line_of(function: str, text: str) -> int:
    """Number of the first line with this text behind the head of a function."""
    lines = (SAMPLES / "planted.py").read_text().splitlines()
    begins = lines.index(f"def {function}(benchmark):")
    return next(n for n, line in enumerate(lines, 1) if n > begins and text in line)


def test_native_allocations_are_named_with_their_line_and_bounded_ones_are_clean(
    tmp_path: Path,
) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    for name in ("planted", "bounded"):
        shutil.copy(SAMPLES / f"{name}.py", tmp_path / f"checks/test_{name}.py")
    chosen = ("-k", "native and not test_native_ring_in", "--seconds", "0.8 s")
    done = perfproof(tmp_path, "leaks", "--native", "--quiet", "--json", *chosen)
    assert done.returncode == 1, done.stdout + done.stderr
    report = msgspec.json.decode(done.stdout.splitlines()[-1], type=LeakReport)
    assert report.troubles == ()
    found = {each.benchmark.partition("::")[2]: each for each in report.results}
    planted = ("test_native", "test_native_in_a_thread")
    assert found.keys() == {*planted, "test_native_ring"}
    for name in planted:
        assert found[name].verdict is LeakVerdict.LEAK, found[name]
        stack = found[name].leaks[0].stack
        assert (stack[0].file, stack[0].line) == (
            "checks/test_planted.py",
            line_of(name, "# true line"),
        )
        assert found[name].leaks[0].kept == "native"
    assert found["test_native_ring"].verdict is LeakVerdict.FREE
