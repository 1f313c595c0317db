"""A reader that goes away, or a place for output that is full: the exit code stays the verdict."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import PERFPROOF, surroundings
from tests.cli.versions import duel_of, folders_left, new_repository, picture, write

ASKED = ("--pairs", "4", "--no-confirm", "--margin", "10 %", "--lanes", "1")
SUITE = """\
from version import REPEATS


def test_plain(benchmark):
    benchmark(lambda: [sum(range(300)) for _ in range(REPEATS)])
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {"version.py": "REPEATS = 1\n", "benchmarks/test_parcel.py": SUITE}
    return new_repository(tmp_path / "parcel", files)


def code_of(root: Path, redirection: str) -> int:
    """Exit code of a comparison under a shell's redirection of its outputs."""
    command = f'set -o pipefail; "$@" {redirection}'
    done = subprocess.run(
        ["bash", "-c", command, "bash", PERFPROOF, "compare", *ASKED],
        cwd=root,
        env=surroundings(),
        # As a shell starts it; with SIGPIPE ignored, as Python leaves it, `true` is no different.
        preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL),
        check=False,
        timeout=120,
    )
    return done.returncode


@pytest.mark.parametrize(
    ("redirection", "repeats", "code"),
    [
        ("2>&1 | true", 3, 1),
        pytest.param("| true", 1, 0, marks=pytest.mark.long),
        pytest.param("2>/dev/full", 3, 1, marks=pytest.mark.long),
        (">&- 2>&-", 1, 0),
    ],
)
def test_nobody_reading_changes_neither_the_measuring_nor_the_verdict(
    root: Path, redirection: str, repeats: int, code: int
) -> None:
    write(root, {"version.py": f"REPEATS = {repeats}  # now\n"})
    before = picture(root)
    seen = code_of(root, redirection)
    duel = duel_of(root)
    assert duel.complete
    assert len([each for each in duel.samples if each.part == "duel"]) == 2 * 4
    assert seen == code
    assert folders_left(root) == []
    assert picture(root) == before
