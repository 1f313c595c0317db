"""Stored sessions as commands name them: a file, or ``baseline:NAME`` of this machine."""

from __future__ import annotations

from pathlib import Path

from perfproof.configuration.settings import Project
from perfproof.errors import FingerprintError, ResultFileError, UseError
from perfproof.measure.machine import Machine
from perfproof.proof import Absent, Stored, baselines_in, history_in
from perfproof.record import Session
from perfproof.store import list_baselines, read_session

__all__ = ["baselines_folder", "load_named", "read_one_version"]

_BASELINE = "baseline:"


def baselines_folder(project: Project) -> Path:
    """Folder of all baselines."""
    return project.path(project.settings.baselines)


def read_one_version(path: Path) -> Session:
    """The session in a file, of one version.

    Raises:
        ResultFileError: No session, a damaged one, or that of a duel.
    """
    session = read_session(path)
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
    folder = baselines_folder(project)
    if not name.startswith(_BASELINE):
        session = read_one_version(Path(name))
        return Stored(name=name, session=session, history=history_in(folder, session))
    fingerprint = Machine().fingerprint()
    found = baselines_in(folder)(name.removeprefix(_BASELINE), fingerprint)
    if isinstance(found, Absent):
        elsewhere = list_baselines(folder) and not list_baselines(folder, fingerprint)
        kind = FingerprintError if elsewhere else UseError
        raise kind(
            found.reason, where=name, remedy="`perfproof baseline list --all` shows what is stored"
        )
    return found
