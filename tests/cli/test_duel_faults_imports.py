"""A suite that cannot be imported on one side, or hangs there: named, and bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.controllers import comparing, marked
from tests.cli.versions import folders_left, new_repository, picture, write

QUICK = ("--pairs", "4", "--no-confirm", "--margin", "10 %", "--quiet")

SUITE = """\
import time
from pathlib import Path

from version import HEAD

LISTED = Path(NOTE)
if HEAD and LISTED.exists():
    time.sleep(600)
if HEAD:
    LISTED.touch()


def test_plain(benchmark):
    benchmark(sum, range(300))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    suite = SUITE.replace("NOTE", repr(str(tmp_path / "listed")))
    files = {"version.py": "HEAD = False\n", "benchmarks/test_parcel.py": suite}
    return new_repository(tmp_path / "parcel", files, timeout="12 s")


def test_a_head_that_cannot_be_imported_is_named_with_the_error(root: Path) -> None:
    write(root, {"version.py": "TAIL = True\n"})
    before = picture(root)
    with comparing(root, *QUICK) as controller:
        done = controller.done()
        left = marked(root)
    assert done.returncode == 2, done.stdout + done.stderr
    (sentence,) = done.stderr.splitlines()
    assert "head (working tree)" in sentence
    assert "ImportError: cannot import name 'HEAD' from 'version'" in sentence
    assert done.stdout == ""
    assert (left, folders_left(root), picture(root)) == (set(), [], before)


def test_a_head_that_hangs_while_it_is_imported_is_ended_and_named(root: Path) -> None:
    write(root, {"version.py": "HEAD = True\n"})
    before = picture(root)
    with comparing(root, *QUICK) as controller:
        done = controller.done()
        left = marked(root)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "::test_plain: timeout on the head: gave no answer for 12 s" in done.stdout
    assert (left, folders_left(root), picture(root)) == (set(), [], before)


@pytest.mark.parametrize(
    ("crash", "causes"),
    [
        ("os._exit(7)", ("ended with exit code 7",)),
        (
            "os.kill(os.getpid(), 11)",
            ("was ended by signal 11 (SIGSEGV)", "Segmentation fault", 'version.py", line 3'),
        ),
    ],
)
def test_a_side_that_crashes_while_it_is_listed_is_named_with_the_cause(
    root: Path, crash: str, causes: tuple[str, ...]
) -> None:
    write(root, {"version.py": f"import os\n\n{crash}\n"})
    with comparing(root, *QUICK, "HEAD") as controller:
        done = controller.done()
    assert done.returncode == 2, done.stdout + done.stderr
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("perfproof: head (working tree), ")
    assert "the suite cannot be run: the worker " in sentence
    for cause in causes:
        assert cause in sentence
    assert folders_left(root) == []
