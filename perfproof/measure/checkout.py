"""Two versions of a project side by side: git worktrees that nobody else sees.

The user's tree, index, branches and stash stay as they are. The working tree becomes a commit
through an index of our own; hooks of the repository are not run. A worktree left behind by a
kill is found by its owner's note and removed by the next session.
"""

from __future__ import annotations

import compileall
import contextlib
import io
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perfproof.errors import MachineryError, UseError

__all__ = ["WORKING_TREE", "Checkout", "Repository", "side_by_side"]

WORKING_TREE = "working tree"
"""Name of the head when no ref is given: what stands in the folder now, new files included."""

_SIDES = ("base", "head")
_NOTE = "owner"
_TIMEOUT_SECONDS = 120.0
_UNFIT = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Checkout:
    """One side of a duel.

    Attributes:
        side: ``base`` or ``head``; equally long, so that paths are too.
        ref: What the user called it.
        commit: Full hash of what was checked out.
        root: The project's folder in it.
    """

    side: str
    ref: str
    commit: str
    root: Path


class Repository:
    """The user's repository, asked and never changed."""

    def __init__(self, project_root: Path) -> None:
        self.project_root = project_root.resolve()
        top = self._try("rev-parse", "--show-toplevel")
        if top is None:
            raise UseError(
                "is not in a git repository",
                where=str(project_root),
                remedy="compare stored sessions instead, as in `perfproof compare FILE FILE`",
            )
        self.top = Path(top)

    def commit_of(self, ref: str) -> str:
        """The full hash that a ref names.

        Raises:
            UseError: No commit of that name, or a name that git could take for an option.
        """
        if not ref or ref.startswith("-") or _UNFIT.search(ref):
            raise UseError(f"{ref!r} is not a git ref", remedy="name a branch, a tag or a commit")
        found = self._try(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
        )
        if found is None:
            raise UseError(
                f"'{ref}' names no commit of this repository",
                remedy="name a branch, a tag or a commit; in CI, fetch with the whole history",
            )
        return found

    def default_base(self) -> str:
        """The merge base of HEAD with the default branch.

        Raises:
            UseError: No default branch is known, or no history is shared with it.
        """
        branch = self._default_branch()
        base = self._try("merge-base", "HEAD", branch)
        if base is None:
            raise UseError(
                f"HEAD and {branch} share no history",
                remedy="name the base; in CI, fetch with the whole history",
            )
        return base

    def snapshot(self) -> str:
        """The working tree as a commit: tracked files as they are, and new ones not ignored."""
        with tempfile.TemporaryDirectory(prefix="perfproof-index-") as folder:
            index = Path(folder) / "index"
            theirs = self._run("rev-parse", "--git-path", "index")
            with contextlib.suppress(FileNotFoundError):
                # A copy of the user's index knows which files are unchanged, and saves hashing.
                shutil.copyfile(self.project_root / theirs, index)
            apart = {"GIT_INDEX_FILE": str(index)}
            self._run("add", "--all", "--", str(self.top), variables=apart)
            tree = self._run("write-tree", variables=apart)
        head = self.commit_of("HEAD")
        if tree == self._run("rev-parse", f"{head}^{{tree}}"):
            return head
        return self._run(
            "commit-tree",
            tree,
            "-p",
            head,
            "-m",
            "perfproof: the working tree",
            variables=_IDENTITY,
        )

    def add_worktree(self, folder: Path, commit: str) -> None:
        """Check ``commit`` out into ``folder``."""
        self._run("worktree", "add", "--quiet", "--detach", "--force", str(folder), commit)

    def remove_worktree(self, folder: Path) -> None:
        """Take a worktree away, files and administration."""
        self._try("worktree", "remove", "--force", "--force", str(folder))
        shutil.rmtree(folder, ignore_errors=True)
        self._try("worktree", "prune")

    def _default_branch(self) -> str:
        remote = self._try("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        for branch in (remote, "origin/main", "origin/master", "main", "master"):
            if branch and self._try("rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}"):
                return branch
        raise UseError(
            "the default branch is not known (no origin/HEAD, main or master)",
            remedy="name the base, as in `perfproof compare v1.2`",
        )

    def _try(self, *words: str) -> str | None:
        try:
            return self._run(*words)
        except MachineryError:
            return None

    def _run(self, *words: str, variables: dict[str, str] | None = None) -> str:
        options = ["-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"]
        try:
            done = subprocess.run(
                ["git", *options, *words],
                cwd=self.project_root,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_TIMEOUT_SECONDS,
                check=False,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", **(variables or {})},
            )
        except (OSError, subprocess.TimeoutExpired) as exc:
            raise MachineryError(f"git {words[0]} could not be run: {exc}") from exc
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise MachineryError(
                f"git {words[0]} failed: {said[-1] if said else 'no reason given'}"
            )
        return done.stdout.decode(errors="replace").strip()


_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "perfproof"), ("EMAIL", "perfproof@localhost"))
}


@contextlib.contextmanager
def side_by_side(
    repository: Repository, base_ref: str, head_ref: str | None
) -> Iterator[tuple[Checkout, Checkout]]:
    """Both versions checked out beside each other and compiled; gone afterwards.

    Args:
        repository: The user's.
        base_ref: Branch, tag or commit.
        head_ref: The same, or ``None`` for the working tree.
    """
    refs = (base_ref, head_ref or WORKING_TREE)
    commits = (
        repository.commit_of(base_ref),
        repository.commit_of(head_ref) if head_ref is not None else repository.snapshot(),
    )
    home = repository.project_root / ".perfproof" / "duels"
    home.mkdir(parents=True, exist_ok=True)
    _clear_left_behind(repository, home)
    folder = home / secrets.token_hex(4)
    folder.mkdir()
    (folder / _NOTE).write_text(_owner(os.getpid()) or "")
    inside = repository.project_root.relative_to(repository.top)
    try:
        made = []
        for side, ref, commit in zip(_SIDES, refs, commits, strict=True):
            repository.add_worktree(folder / side, commit)
            made.append(Checkout(side, ref, commit, folder / side / inside))
            _compile(folder / side)
        yield made[0], made[1]
    finally:
        _remove(repository, folder)


def _compile(folder: Path) -> None:
    # Compiling inside a measured process would be charged to whoever imports first.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        compileall.compile_dir(folder, quiet=2, workers=1)


def _remove(repository: Repository, folder: Path) -> None:
    for side in _SIDES:
        if (folder / side).exists():
            repository.remove_worktree(folder / side)
    shutil.rmtree(folder, ignore_errors=True)


def _clear_left_behind(repository: Repository, home: Path) -> None:
    for folder in home.iterdir():
        try:
            owner = (folder / _NOTE).read_text()
        except OSError:
            owner = ""
        pid = owner.split(" ")[0]
        if not pid.isdigit() or _owner(int(pid)) != owner:
            _remove(repository, folder)


def _owner(pid: int) -> str | None:
    """A process and its start, so that a reused number is not taken for the owner."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return f"{pid} -" if _runs(pid) else None
    return f"{pid} {stat.rsplit(')', 1)[1].split()[19]}"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
