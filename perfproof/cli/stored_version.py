"""The version that a stored session measured, as a commit that can be checked out here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from perfproof.configuration.settings import Project
from perfproof.errors import UseError
from perfproof.measure.repository import Repository
from perfproof.record import Session

__all__ = ["NoVersionError", "meeting"]


class NoVersionError(Exception):
    """Two versions cannot be put side by side; the reason is a clause."""


def meeting(
    project: Project, base: Session, head: Session | str | None, system: str | None
) -> tuple[str, str | None]:
    """Base and head of a duel as git refs.

    Args:
        project: The user's.
        base: A stored session.
        head: A stored session, a git ref, or ``None`` for the working tree.
        system: Module that stands in the measured system's place in the duel.

    Raises:
        NoVersionError: One of them is no commit of this repository, or they are the same.
        UseError: The head is a git ref that names no commit.
    """
    try:
        repository = Repository(project.root)
    except UseError as exc:
        raise NoVersionError(f"the project {exc.what}") from exc
    first = _commit_of(repository, base, system)
    if isinstance(head, Session):
        second = _commit_of(repository, head, system)
        against: str | None = second
    else:
        second = _standing(repository) if head is None else repository.commit_of(head)
        against = head
    if first == second:
        raise NoVersionError(f"both are the same version ({first[:10]})")
    return first, against


def _commit_of(repository: Repository, session: Session, system: str | None) -> str:
    commit, measured = session.header.commit, session.header.system
    if commit.hash is None:
        raise NoVersionError("its commit is not known")
    if commit.dirty is not False:
        raise NoVersionError(f"it was measured with changes that {commit.hash[:10]} does not hold")
    if measured != system:
        raise NoVersionError(f"it measured {measured or 'the project itself'} as the system")
    try:
        return repository.commit_of(commit.hash)
    except UseError as exc:
        raise NoVersionError(f"its commit {commit.hash[:10]} is not in this repository") from exc


def _standing(repository: Repository) -> str:
    """The working tree, as the duel would take it."""
    with tempfile.TemporaryDirectory() as scratch:
        return repository.snapshot(Path(scratch))
