"""Which commit stands in the working tree; asked of git, never changing anything."""

from __future__ import annotations

from pathlib import Path

from perfproof.errors import PerfproofError
from perfproof.measure.git import run_git
from perfproof.record import Commit

__all__ = ["read_commit"]


def read_commit(root: Path) -> Commit:
    """The commit checked out around ``root``; all unknown outside a repository."""
    commit = _ask(root, "rev-parse", "--verify", "--quiet", "HEAD")
    branch = _ask(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    changes = _ask(root, "status", "--porcelain", "--untracked-files=no")
    return Commit(
        hash=commit or None,
        branch=branch or None,
        dirty=None if changes is None or not commit else bool(changes),
    )


def _ask(root: Path, *words: str) -> str | None:
    try:
        ended = run_git(root, *words)
    except PerfproofError:
        return None
    return ended.line.strip() if ended.status == 0 else None
