"""Which commit stands in the working tree; asked of git, never changing anything."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from perfproof.record import Commit

__all__ = ["read_commit"]

_TIMEOUT_SECONDS = 20.0


def read_commit(root: Path) -> Commit:
    """The commit checked out around ``root``; all unknown outside a repository."""
    commit = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    branch = _git(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    changes = _git(root, "status", "--porcelain", "--untracked-files=no")
    return Commit(
        hash=commit or None,
        branch=branch or None,
        dirty=None if changes is None or not commit else bool(changes),
    )


def _git(root: Path, *words: str) -> str | None:
    # A file-system monitor or a hook of the repository is somebody's code: not run for reading.
    command = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=",
        "-C",
        str(root),
        *words,
    ]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
