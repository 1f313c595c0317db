"""Two versions of a small project in a git repository, one of them with something planted."""

from __future__ import annotations

import subprocess
from pathlib import Path

from perfproof.record import Session
from perfproof.store import read_session

__all__ = ["duel_of", "folders_left", "git", "new_repository", "picture", "write"]

PYPROJECT = """\
[project]
name = "parcel"
version = "1"

[tool.perfproof]
block = "0.3 ms"
warmup = "1 ms"
timeout = "TIMEOUT"
"""


def git(root: Path, *words: str) -> str:
    """What git answers; a failure is the test's."""
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def write(root: Path, files: dict[str, str]) -> None:
    """Write files, folders included."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def new_repository(root: Path, files: dict[str, str], *, timeout: str = "20 s") -> Path:
    """A repository with one commit; something is stashed and something staged in it."""
    write(root, {"pyproject.toml": PYPROJECT.replace("TIMEOUT", timeout), **files})
    write(root, {"note.txt": "1\n"})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    write(root, {"note.txt": "stashed\n"})
    git(root, "stash")
    write(root, {"note.txt": "staged\n"})
    git(root, "add", "note.txt")
    return root


def picture(root: Path) -> tuple[str, ...]:
    """What of the user's must not change."""
    words = [
        ("status", "--porcelain=v2", "--branch"),
        ("ls-files", "-s"),
        ("stash", "list"),
        ("worktree", "list"),
        ("for-each-ref",),
        ("diff",),
    ]
    return tuple(git(root, *each) for each in words)


def folders_left(root: Path) -> list[Path]:
    """Checkouts that a comparison has left behind."""
    return [each for each in (root / ".perfproof/duels").iterdir() if each.is_dir()]


def duel_of(root: Path) -> Session:
    """What the file of the only duel holds."""
    (path,) = (root / ".perfproof/duelled").glob("*.jsonl")
    return read_session(path)
