"""A disk that is full: where the duel is kept, and where the versions are checked out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from perfproof.store import read_session
from tests.cli.running import PERFPROOF, surroundings
from tests.cli.versions import new_repository, picture, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a small file system")

QUICK = ("--pairs", "4", "--no-confirm", "--margin", "10 %", "--quiet")
SUITE = """\
def test_plain(benchmark):
    benchmark(sum, range(300))
"""
# A name space of its own: the mount goes with the last process in it, however that ends.
APART = ("unshare", "--user", "--map-root-user", "--mount", "bash", "-c")
MOUNTED = """\
mount -t tmpfs -o size="$1" tmpfs "$2" || exit 99
[ "$3" = full ] && cp /dev/zero "$2/filler" 2>/dev/null
shift 3
"$@"
code=$?
cp -r .perfproof ../kept
exit $code
"""


@pytest.fixture(scope="module")
def mounting(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips where this system lets nobody mount anything."""
    folder = tmp_path_factory.mktemp("mount")
    tried = subprocess.run(
        [*APART, 'mount -t tmpfs -o size=8k tmpfs "$0"', str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {tried.stderr.strip()}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = new_repository(tmp_path / "parcel", {"benchmarks/test_parcel.py": SUITE})
    write(root, {"benchmarks/test_parcel.py": SUITE + "# changed\n"})
    return root


def compared_on(
    root: Path, place: str, size: str, filled: str = "empty"
) -> subprocess.CompletedProcess[str]:
    """Compare with a small file system in one place; its `.perfproof` is kept beside the root."""
    (root / place).mkdir(parents=True)
    (root / ".perfproof/.gitignore").write_text("*\n")
    return subprocess.run(
        [*APART, MOUNTED, "bash", size, place, filled, PERFPROOF, "compare", *QUICK],
        cwd=root,
        env=surroundings(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def worktrees_left(root: Path) -> list[Path]:
    return [each for each in (root.parent / "kept/duels").iterdir() if each.is_dir()]


@pytest.mark.usefixtures("mounting")
def test_a_file_that_takes_no_more_ends_the_duel_and_keeps_what_it_holds(root: Path) -> None:
    before = picture(root)
    done = compared_on(root, ".perfproof/duelled", "8k")
    assert done.returncode == 2, done.stdout + done.stderr
    (sentence,) = done.stderr.splitlines()
    assert ".jsonl: cannot be written on: No space left on device; make room; the " in sentence
    assert done.stdout == ""
    (file,) = (root.parent / "kept/duelled").iterdir()
    kept = read_session(file)
    assert not kept.complete
    assert len(kept.benchmarks) == 1
    assert worktrees_left(root) == []
    assert picture(root) == before


@pytest.mark.usefixtures("mounting")
def test_a_disk_full_from_the_start_leaves_no_file_at_all(root: Path) -> None:
    before = picture(root)
    done = compared_on(root, ".perfproof/duelled", "8k", "full")
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr
    assert list((root.parent / "kept/duelled").glob("*.jsonl")) == []
    assert worktrees_left(root) == []
    assert picture(root) == before


@pytest.mark.usefixtures("mounting")
def test_a_checkout_that_does_not_fit_is_said_and_taken_back(root: Path) -> None:
    write(root, {"large.bin": "0123456789" * 20_000})
    before = picture(root)
    done = compared_on(root, ".perfproof/duels", "64k")
    assert done.returncode == 4, done.stdout + done.stderr
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("perfproof: ")
    assert "unable to write file" in sentence
    assert "fault in perfproof" not in sentence
    assert worktrees_left(root) == []
    assert picture(root) == before
