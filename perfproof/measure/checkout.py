"""Two versions of a project side by side: git worktrees that nobody else sees.

They stand in ``.perfproof/duels/<session>/base`` and ``head``, so paths are equally long, and go
with the session. Whoever uses a session's folder holds a lock on it, which the kernel takes away
with the last process that holds it, however it ends: a folder without a holder is what a kill
left behind, and the next session removes it. No process id is asked, none can be mistaken.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from perfproof.errors import UseError
from perfproof.measure.git import run_child
from perfproof.measure.repository import Repository

__all__ = ["COMPILED_BESIDE", "WORKING_TREE", "Checkout", "import_paths", "side_by_side"]

WORKING_TREE = "working tree"
"""Name of the head when no ref is given: what stands in the folder now, new files included."""

COMPILED_BESIDE: Mapping[str, str] = MappingProxyType(
    {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": ""}
)
"""What a worker's environment must say, so that it finds the compiled files: beside the source."""

_SIDES = ("base", "head")
_SESSION = re.compile(r"[0-9a-f]{8}")
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Checkout:
    """One side of a duel.

    Attributes:
        side: ``base`` or ``head``; equally long, so that paths are too.
        ref: What the user called it.
        commit: Full hash of what was checked out.
        root: The project's folder in it.
        copied: Sources that git ignores, taken over from the user's tree; paths from its top.
    """

    side: str
    ref: str
    commit: str
    root: Path
    copied: tuple[str, ...] = ()


@contextlib.contextmanager
def side_by_side(
    repository: Repository, base_ref: str, head_ref: str | None, *, python: str = sys.executable
) -> Iterator[tuple[Checkout, Checkout]]:
    """Both versions checked out beside each other and compiled; gone afterwards.

    Args:
        repository: The user's.
        base_ref: Branch, tag or commit.
        head_ref: The same, or ``None`` for the working tree.
        python: The interpreter that will import them, and compiles them for itself.

    Raises:
        UseError: A ref that names no commit, a commit without the project's folder, or a place
            that cannot be written.
        MachineryError: git failed, with its reason.
    """
    base = repository.commit_of(base_ref)
    head = None if head_ref is None else repository.commit_of(head_ref)
    with _session_folder(repository) as (folder, hold):
        commits = (base, head or repository.snapshot(folder))
        ignored = repository.ignored_sources()
        made = []
        for side, ref, commit in zip(_SIDES, (base_ref, head_ref), commits, strict=True):
            repository.add_worktree(folder / side, commit, hold=hold)
            _fill_submodules(repository, folder / side, commit)
            root = folder / side / repository.inside
            copied = _take_over(ignored, repository.top, folder / side)
            made.append(Checkout(side, ref or WORKING_TREE, commit, root, copied))
        for checkout in made:
            _refuse_missing(checkout, repository)
        # Compiling inside a measured process would be charged to whoever imports first. What has
        # no valid syntax is the suite's own affair, so the status says nothing.
        compiling = [python, "-I", "-S", "-m", "compileall", "-q", "-j", "0", *_SIDES]
        run_child(compiling, folder, hold=hold)
        yield made[0], made[1]


def import_paths(checkout: Checkout) -> tuple[Path, ...]:
    """What PYTHONPATH must hold so that this side's source is imported, not the installed one.

    PYTHONPATH comes before site-packages, so before any ``.pth`` of an editable install, and
    before finders that are appended, as setuptools and hatchling do. It cannot win over finders
    that put themselves first (meson-python, scikit-build-core).

    Args:
        checkout: One side.

    Returns:
        The project's ``src`` folder where that holds packages, then the project's folder.

    Raises:
        UseError: The path holds a colon, at which PYTHONPATH would be cut.
    """
    if os.pathsep in str(checkout.root):
        raise UseError(
            f"the path holds '{os.pathsep}', at which PYTHONPATH is cut",
            where=str(checkout.root),
            remedy="move the project to a folder without it",
        )
    src = checkout.root / "src"
    return (src, checkout.root) if _holds_packages(src) else (checkout.root,)


def _holds_packages(src: Path) -> bool:
    # With an __init__.py, `src` is a package itself and is imported from the project's folder.
    if not src.is_dir() or (src / "__init__.py").exists():
        return False
    return any(
        any(entry.rglob("*.py")) if entry.is_dir() else entry.suffix == ".py"
        for entry in src.iterdir()
        if entry.stem.isidentifier()
    )


def _take_over(sources: tuple[str, ...], user: Path, checkout: Path) -> tuple[str, ...]:
    """Copy ignored sources that stand beside tracked files; which they were."""
    taken = tuple(
        each
        for each in sources
        if (checkout / each).parent.is_dir() and not (checkout / each).exists()
    )
    for each in taken:
        # Gone or unreadable meanwhile: whoever imports it says so.
        with contextlib.suppress(OSError):
            shutil.copy2(user / each, checkout / each)
    return taken


def _refuse_missing(checkout: Checkout, repository: Repository) -> None:
    if not checkout.root.is_dir():
        raise UseError(
            f"'{checkout.ref}' has no folder {repository.inside}",
            remedy=f"name a {checkout.side} that holds the project",
        )


def _fill_submodules(repository: Repository, folder: Path, commit: str) -> None:
    # A worktree of a submodule would be one more that the user's git knows: files suffice.
    for path, needed in repository.submodules(commit):
        module = Repository(repository.top / path)
        module.export(needed, folder / path)
        _fill_submodules(module, folder / path, needed)


@contextlib.contextmanager
def _session_folder(repository: Repository) -> Iterator[tuple[Path, int]]:
    """A new folder of ours and the descriptor that holds it; both gone afterwards."""
    home = repository.project_root / ".perfproof" / "duels"
    try:
        folder, hold = _claim(repository, home)
    except OSError as exc:
        raise UseError(
            f"cannot be written or locked ({exc.strerror})",
            where=str(home),
            remedy="make it writable; the versions to compare are checked out there",
        ) from exc
    try:
        yield folder, hold
    finally:
        _remove(repository, folder)
        os.close(hold)


def _claim(repository: Repository, home: Path) -> tuple[Path, int]:
    home.mkdir(parents=True, exist_ok=True)
    gate = _locked(home / _LOCK)
    try:
        if not (home / ".gitignore").is_symlink():
            (home / ".gitignore").write_text("*\n")
        # Behind the gate, or another session would find our folder before we hold it.
        _clear_left_behind(repository, home.resolve())
        folder = home.resolve() / secrets.token_hex(4)
        folder.mkdir()
        return folder, _locked(folder / _LOCK)
    finally:
        os.close(gate)


def _locked(path: Path, *, wait: bool = True) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _clear_left_behind(repository: Repository, home: Path) -> None:
    for folder in home.iterdir():
        if _SESSION.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
            # Held by another session; or gone in this moment; or of another user, and not ours.
            with contextlib.suppress(OSError):
                hold = _locked(folder / _LOCK, wait=False)
                try:
                    _remove(repository, folder)
                finally:
                    os.close(hold)
    for worktree in repository.worktrees():
        # Whose folder somebody deleted by hand: only git still knows it.
        if worktree.parent.parent == home and not worktree.parent.exists():
            repository.forget_worktree(worktree)


def _remove(repository: Repository, folder: Path) -> None:
    for side in _SIDES:
        _delete(folder / side)
        repository.forget_worktree(folder / side)
    _delete(folder)


def _delete(folder: Path) -> None:
    """Delete what is in a folder as far as possible; links are not followed."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.is_symlink() or not folder.is_dir():
        return
    # A suite may have made folders of its checkout read-only.
    folder.chmod(0o700)
    for place, names, _ in os.walk(folder):
        for name in names:
            if not (Path(place) / name).is_symlink():
                (Path(place) / name).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
