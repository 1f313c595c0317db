"""A project whose head can be made to stop in the middle of a benchmark, once and for good."""

from __future__ import annotations

import contextlib
from pathlib import Path

from perfproof.errors import ResultFileError
from tests.cli.controllers import Controller, eventually
from tests.cli.versions import duel_of, new_repository, write

__all__ = ["QUICK", "VICTIM", "armed_project", "stopped_inside"]

QUICK = ("--pairs", "4", "--no-confirm", "--margin", "10 %", "--lanes", "1")
VICTIM = "benchmarks/test_parcel.py::test_victim"

SUITE = """\
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from version import HEAD

NOTES = Path(os.environ["DUEL_UNDER_TEST"]).parent / "notes"


def stop_once():
    if not HEAD or not (NOTES / "armed").exists():
        return
    try:
        (NOTES / "claimed").touch(exist_ok=False)
    except FileExistsError:
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    CHILD
    (NOTES / "claimed").rename(NOTES / str(os.getpid()))
    (NOTES / "claimed").touch()
    time.sleep(600)


def test_victim(benchmark):
    benchmark(stop_once)


def test_plain(benchmark):
    benchmark(sum, range(300))
"""

CHILD = 'subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])'


def armed_project(folder: Path, *, child: bool = False) -> Path:
    """A repository with two versions; the head stops in its victim when `stopped_inside` asks."""
    (folder / "notes").mkdir()
    suite = SUITE.replace("CHILD", CHILD if child else "pass")
    files = {"version.py": "HEAD = False\n", "benchmarks/test_parcel.py": suite}
    root = new_repository(folder / "parcel", files)
    write(root, {"version.py": "HEAD = True\n"})
    return root


def stopped_inside(controller: Controller) -> int:
    """Wait until something is measured, then stop the head in its victim; the worker's pid."""
    notes = controller.root.parent / "notes"

    def measured() -> bool:
        # The file is not there yet, or not its first line.
        with contextlib.suppress(ValueError, ResultFileError):
            return bool(duel_of(controller.root).samples)
        return False

    assert eventually(lambda: measured() or controller.process.poll() is not None)
    (notes / "armed").touch()
    assert eventually(lambda: _pids(notes) or controller.process.poll() is not None)
    (pid,) = _pids(notes)
    return pid


def _pids(notes: Path) -> list[int]:
    return [int(each.name) for each in notes.iterdir() if each.name.isdecimal()]
