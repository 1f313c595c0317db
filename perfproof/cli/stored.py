"""Stored sessions as commands name them: a file, or ``baseline:NAME`` of this machine."""

from __future__ import annotations

from pathlib import Path

from perfproof.configuration.settings import Project
from perfproof.errors import FingerprintError, ResultFileError, UseError
from perfproof.measure.machine import Machine
from perfproof.record import Fingerprint, Session, differences
from perfproof.store import list_baselines, load_baseline, read_session

__all__ = ["baselines_folder", "find_baseline", "history_of", "load_named"]

_BASELINE = "baseline:"


def baselines_folder(project: Project) -> Path:
    """Folder of all baselines."""
    return project.path(project.settings.baselines)


def load_named(project: Project, name: str) -> Session:
    """A session by ``baseline:NAME`` or by its file.

    Raises:
        UseError: No such file or baseline, or a damaged one.
        FingerprintError: The baseline is another machine's.
    """
    if not name.startswith(_BASELINE):
        return read_session(Path(name))
    root = baselines_folder(project)
    return find_baseline(root, Machine().fingerprint(), name.removeprefix(_BASELINE))


def find_baseline(root: Path, fingerprint: Fingerprint, name: str) -> Session:
    """A baseline of this machine; when only another machine has it, which fields differ.

    Raises:
        UseError: No such baseline anywhere, or a damaged one.
        FingerprintError: The baseline is another machine's.
    """
    try:
        return load_baseline(root, fingerprint, name)
    except ResultFileError:
        raise
    except UseError as exc:
        others = _elsewhere(root, fingerprint, name)
        if not others:
            raise
        # The one that differs least says most about what changed.
        nearest = min((differences(each, fingerprint) for each in others), key=len)
        raise FingerprintError(
            f"times of another machine are not compared ({'; '.join(map(str, nearest))})",
            where=f"{_BASELINE}{name}",
            remedy="save a baseline on this machine, or measure both versions here",
        ) from exc


def history_of(root: Path, session: Session) -> tuple[Session, ...]:
    """Other stored sessions of the same machine and system; they tell how sessions differ.

    A file that cannot be read is left out: it says nothing.
    """
    header = session.header
    found = []
    for baseline in list_baselines(root, header.fingerprint):
        if baseline.problem is None and baseline.session != header.id:
            other = read_session(baseline.path)
            if other.header.system == header.system:
                found.append(other)
    return tuple(found)


def _elsewhere(root: Path, fingerprint: Fingerprint, name: str) -> list[Fingerprint]:
    """Machines that have a baseline of this name, or any promoted one for ``current``."""
    found = []
    for baseline in list_baselines(root):
        named = baseline.current if name == "current" else baseline.name == name
        if named and baseline.problem is None:
            other = read_session(baseline.path).header.fingerprint
            if other != fingerprint:
                found.append(other)
    return found
