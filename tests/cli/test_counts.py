"""`perfproof counts`, and counts beside the times of a duel: real repositories, planted truths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perfproof.measure.counts import why_no_allocations, why_no_counters
from tests.cli.running import perfproof
from tests.cli.versions import git

SUITE = """
import time
def test_make(benchmark):
    benchmark(lambda: [bytes(200 + each) for each in range(20)])
def test_wait(benchmark):
    benchmark(lambda: sum(range(3000)))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    if (reason := why_no_allocations()) is not None:
        pytest.skip(reason)
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite/test_it.py").write_text(SUITE)
    (tmp_path / "pyproject.toml").write_text('[tool.perfproof]\npytest = ["suite"]\npyperf = []\n')
    (tmp_path / ".gitignore").write_text(".perfproof/\n__pycache__/\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def edit(root: Path, before: str, after: str) -> None:
    path = root / "suite/test_it.py"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))


def test_one_version_is_counted_and_told_as_json_too(root: Path) -> None:
    done = perfproof(root, "counts", "--only", "allocations", "--seeds", "1", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    meters = {(each["benchmark"], each["meter"]) for each in report["counts"]}
    assert ("suite/test_it.py::test_make", "bytes") in meters
    assert report["absent"] == {}


def test_an_allocation_more_is_red_and_identical_code_is_not(root: Path) -> None:
    (root / "README").write_text("another commit\n")
    words = ("counts", "--only", "allocations", "--seeds", "1", "--compare", "HEAD")
    same = perfproof(root, *words)
    assert same.returncode == 0, same.stdout + same.stderr
    assert "0 more" in same.stdout
    edit(root, "range(20)", "range(21)")
    more = perfproof(root, *words)
    assert more.returncode == 1, more.stdout + more.stderr
    assert "test_make" in more.stdout
    assert "test_wait" not in more.stdout


def test_where_the_processor_counts_nothing_the_reason_is_said(root: Path) -> None:
    words = ("counts", "--by", "kernel", "--only", "instructions", "--seeds", "1", "--json")
    done = perfproof(root, *words, "-k", "test_wait")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    if (reason := why_no_counters()) is None:
        assert [each["meter"] for each in report["counts"]] == ["instructions"]
    else:
        assert report == {"counts": [], "absent": {"instructions": reason}, "troubles": []}
        assert f"instructions are not counted: {reason}" in done.stderr


@pytest.mark.long
def test_counts_stand_beside_a_slowdown_and_waiting_is_called_so(root: Path) -> None:
    edit(root, "lambda: sum(range(3000))", "lambda: (time.sleep(0.001), sum(range(3000)))")
    words = ("compare", "HEAD", "--counts", "--quiet", "--no-confirm", "-k", "test_wait")
    # Under valgrind on a machine that is busy with other tests, this takes its time.
    done = perfproof(root, *words, "--pairs", "8", timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    said = done.stdout[done.stdout.index("evidence") :]
    rows = {line.split()[0]: line for line in said.splitlines() if line.strip()}
    assert "waiting" in rows["test_wait"]
    (duel,) = (root / ".perfproof/duelled").glob("*.jsonl")
    assert '"type":"tally"' in duel.read_text()
    again = perfproof(root, "compare", str(duel))
    assert again.returncode == 1, again.stderr
    # The counts are told again with the times.
    assert said == again.stdout[again.stdout.index("evidence") :]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--compare", "HEAD", "HEAD", "HEAD"), "takes a base and at most a head"),
        (("nowhere.py",), "no benchmark is called 'nowhere.py'"),
    ],
)
def test_bad_use_is_one_sentence(root: Path, words: tuple[str, ...], sentence: str) -> None:
    done = perfproof(root, "counts", *words)
    assert done.returncode == 2, done.stdout
    assert sentence in done.stderr
