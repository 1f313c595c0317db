"""Repositories for tests: made, pictured, and held by sessions of ours."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from perfproof.measure.checkout import side_by_side
from perfproof.measure.repository import Repository

ODD = "a name\nof two lines.py"
HOOKS = ("post-checkout", "reference-transaction", "post-index-change")
HOLDER = """
import signal, sys, time
from pathlib import Path
from perfproof.measure.checkout import side_by_side
from perfproof.measure.repository import Repository

signal.signal(signal.SIGINT, signal.default_int_handler)
with side_by_side(Repository(Path(sys.argv[1])), "v1", None) as (base, head):
    print((head.root / "shape.py").read_text(), flush=True)
    time.sleep(float(sys.argv[2]))
"""
WAITS_ONCE = """#!/bin/sh
mkdir "{place}/once" 2>/dev/null || exec cat
echo $$ > "{place}/pid"
i=0
while [ ! -e "{place}/go" ] && [ $i -lt 400 ]; do sleep 0.02; i=$((i + 1)); done
exec cat
"""


def git(root: Path, *words: str) -> str:
    options = ("user.name=t", "user.email=t@t", "protocol.file.allow=always", "gc.auto=0")
    command = ["git", *(word for option in options for word in ("-c", option))]
    done = subprocess.run(
        [*command, "-C", str(root), *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    )
    return done.stdout.strip()


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def commit(root: Path, message: str = "a commit") -> str:
    git(root, "add", "--all")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


def new_repository(root: Path, files: dict[str, str] | None = None) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    if files is not None:
        write(root, files)
        commit(root)
        git(root, "tag", "v1")
    return root


def picture(root: Path) -> dict[str, object]:
    """All that a user could see change: files of the tree and of git with times, and git's view.

    HEAD, index, stash, logs and configuration are files under `.git`; only objects are left out.
    """
    seen: dict[str, object] = {}
    for place, folders, names in os.walk(root):
        folders[:] = [each for each in folders if each not in {".perfproof", "objects"}]
        for path in (Path(place) / name for name in names):
            stat = path.lstat()
            content = path.readlink() if path.is_symlink() else path.read_bytes()
            seen[str(path.relative_to(root))] = (content, stat.st_mtime_ns, stat.st_mode)
    for question in (
        "for-each-ref",
        "status --porcelain=v2 --branch -z",
        "worktree list --porcelain",
    ):
        seen[question] = git(root, *question.split())
    return seen


def left_behind(root: Path) -> list[str]:
    return sorted(each.name for each in (root / ".perfproof/duels").iterdir() if each.is_dir())


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def lock_is_free(path: Path) -> bool:
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def run_session(root: Path, base: str = "v1", head: str | None = None) -> tuple[str, ...]:
    """A whole session; the refs as they were resolved."""
    with side_by_side(Repository(root), base, head) as checkouts:
        return tuple(each.commit for each in checkouts)


@contextlib.contextmanager
def holder(root: Path, seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root), str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
