"""`perfproof compare` under way, so that a test can do something to it in the middle.

Every process that comes of it carries a mark in its environment, whatever session or parent it
has by then; so a test can say that none is left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.cli.running import PERFPROOF, surroundings

__all__ = ["Controller", "comparing", "eventually", "marked", "workers"]

MARK = "DUEL_UNDER_TEST"


class Controller:
    """One `perfproof compare` in a process group of its own.

    Args:
        root: The project's folder; also the mark.
        words: What follows ``compare``.
    """

    def __init__(self, root: Path, *words: str) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [PERFPROOF, "compare", *words],
            cwd=root,
            env=surroundings() | {MARK: str(root)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # A test run in the background of a shell would pass on that it ignores Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    @property
    def pid(self) -> int:
        """Its process id, and that of its group."""
        return self.process.pid

    def done(self, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """How it ended, once it is over."""
        out, complaints = self.process.communicate(timeout=seconds)
        return subprocess.CompletedProcess([], self.process.returncode, out, complaints)


@contextlib.contextmanager
def comparing(root: Path, *words: str) -> Iterator[Controller]:
    """Run ``perfproof compare words``; it and what it started are gone afterwards."""
    controller = Controller(root, *words)
    try:
        yield controller
    finally:
        for pid in marked(root):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        controller.process.communicate(timeout=60)


def eventually(holds: Callable[[], object], seconds: float = 60) -> bool:
    """Whether something comes true within a bound."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def marked(root: Path) -> set[int]:
    """Processes that came of comparing at ``root`` and still live."""
    mark = f"{MARK}={root}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            # One that has just ended, or somebody else's.
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.add(int(entry.name))
    return found


def workers(controller: Controller, side: str) -> set[int]:
    """The controller's workers on a side, by what the system knows of its children."""
    found = set()
    for pid in marked(controller.root) - {controller.pid}:
        with contextlib.suppress(OSError):
            parent = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
            if int(parent) == controller.pid and Path(f"/proc/{pid}/cwd").readlink().name == side:
                found.add(pid)
    return found
