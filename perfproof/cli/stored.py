"""Stored sessions as commands name them: a file, or ``baseline:NAME`` of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from perfproof.configuration.settings import Project
from perfproof.errors import FingerprintError, ResultFileError, UseError
from perfproof.measure.machine import Machine
from perfproof.proof import Absent, Stored, baselines_in, history_in
from perfproof.record import Session
from perfproof.store import Baseline, list_baselines, read_session
from perfproof.store.naming import CURRENT

__all__ = [
    "Kept",
    "baselines_folder",
    "in_file",
    "is_baseline",
    "is_stored",
    "load_kept",
    "load_named",
    "only",
    "read_one_version",
]

_BASELINE = "baseline:"


@dataclass(frozen=True, slots=True)
class Kept:
    """A baseline, of this machine or of another one.

    Attributes:
        stored: What is stored.
        refusal: Why its numbers say nothing on this machine; ``None`` when they do.
    """

    stored: Stored
    refusal: UseError | None


def is_baseline(name: str) -> bool:
    """Whether a baseline is meant."""
    return name.startswith(_BASELINE)


def is_stored(name: str) -> bool:
    """Whether a stored session is meant, by its form; everything else is a git ref."""
    return is_baseline(name) or name.endswith(".jsonl")


def baselines_folder(project: Project) -> Path:
    """Folder of all baselines."""
    return project.path(project.settings.baselines)


def read_one_version(path: Path) -> Session:
    """The session in a file, of one version.

    Raises:
        ResultFileError: No session, a damaged one, or that of a duel.
    """
    return of_one_version(read_session(path), path)


def of_one_version(session: Session, path: Path) -> Session:
    """The same session, which must be of one version.

    Raises:
        ResultFileError: It is that of a duel.
    """
    if any(sample.side is not None for sample in session.samples):
        raise ResultFileError(
            "holds a duel of two versions",
            where=str(path),
            remedy="name a session of `perfproof run`",
        )
    return session


def load_named(project: Project, name: str) -> Stored:
    """A session by ``baseline:NAME`` or by its file, with what tells how sessions differ.

    Raises:
        UseError: No such file or baseline, or a damaged one.
        FingerprintError: Only other machines have baselines; the fields that differ are named.
    """
    if not is_baseline(name):
        return in_file(project, name, read_session(Path(name)))
    found = _of_this_machine(project, name)
    if isinstance(found, UseError):
        raise found
    return found


def in_file(project: Project, name: str, session: Session) -> Stored:
    """The session of a file, as read, with what tells how sessions of its machine differ.

    Raises:
        ResultFileError: It is that of a duel.
    """
    single = of_one_version(session, Path(name))
    return Stored(name=name, session=single, history=history_in(baselines_folder(project), single))


def load_kept(project: Project, name: str) -> Kept:
    """A baseline by ``baseline:NAME``: this machine's, or the newest of that name of any other.

    Raises:
        UseError: No machine has such a baseline, or it is damaged.
    """
    found = _of_this_machine(project, name)
    if not isinstance(found, UseError):
        return Kept(found, None)
    other = _of_another_machine(baselines_folder(project), name.removeprefix(_BASELINE))
    if other is None:
        raise found
    return Kept(Stored(name=other.name, session=read_one_version(other.path)), found)


def _of_this_machine(project: Project, name: str) -> Stored | UseError:
    """The baseline, or why there is none, as an error to raise."""
    folder, fingerprint = baselines_folder(project), Machine().fingerprint()
    found = baselines_in(folder)(name.removeprefix(_BASELINE), fingerprint)
    if not isinstance(found, Absent):
        return found
    elsewhere = list_baselines(folder) and not list_baselines(folder, fingerprint)
    kind = FingerprintError if elsewhere else UseError
    return kind(
        found.reason, where=name, remedy="`perfproof baseline list --all` shows what is stored"
    )


def _of_another_machine(folder: Path, name: str) -> Baseline | None:
    found = [
        each
        for each in list_baselines(folder)
        if each.problem is None and (each.current if name == CURRENT else each.name == name)
    ]
    dated = [(each.started, each) for each in found if each.started is not None]
    return max(dated, key=lambda pair: pair[0])[1] if dated else None


def only(session: Session, ids: set[str]) -> Session:
    """The part of a session that is about ``ids``."""
    return msgspec.structs.replace(
        session,
        benchmarks=tuple(each for each in session.benchmarks if each.id in ids),
        samples=tuple(each for each in session.samples if each.benchmark in ids),
        troubles=tuple(each for each in session.troubles if each.benchmark in {None, *ids}),
        tallies=tuple(each for each in session.tallies if each.benchmark in ids),
    )
