"""Stored sessions: one folder a machine, one file a baseline, reviewed like code.

::

    baselines/<fingerprint slug>/<name>.jsonl      a session, sealed with its checksum
    baselines/<fingerprint slug>/fingerprint.json  the machine, for people
    baselines/<fingerprint slug>/current           the name of the promoted baseline
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from perfproof.errors import ResultFileError, UseError
from perfproof.record import Fingerprint, Session, encode_session
from perfproof.store.journal import read_session
from perfproof.store.naming import CURRENT, SUFFIX, is_name, nearest, require_name
from perfproof.store.placing import place, require_inside

__all__ = [
    "Baseline",
    "current_baseline",
    "list_baselines",
    "load_baseline",
    "promote_baseline",
    "prune_baselines",
    "save_baseline",
]

_LARGEST_POINTER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """One stored file, as a listing shows it.

    Attributes:
        name: Its name.
        machine: Slug of the fingerprint, its folder's name.
        path: The file.
        current: Whether it is the promoted one of its machine.
        session: Id of the session; ``None`` with all that follows when it cannot be read.
        started: When the session began, UTC.
        commit: Commit that was measured.
        benchmarks: Number of benchmarks.
        problem: What is wrong with the file, a sentence; ``None`` when nothing is.
    """

    name: str
    machine: str
    path: Path
    current: bool
    session: str | None = None
    started: datetime | None = None
    commit: str | None = None
    benchmarks: int | None = None
    problem: str | None = None


def save_baseline(
    root: Path,
    session: Session,
    name: str,
    *,
    overwrite: bool = False,
    allow_incomplete: bool = False,
) -> Path:
    """Store a session under a name, in the folder of its machine.

    Args:
        root: Folder of all baselines; made where it is missing.
        session: What was measured.
        name: Name of the baseline.
        overwrite: Whether a baseline of that name may be replaced.
        allow_incomplete: Whether a session that was not brought to its end may be stored; it
            has no checksum, and is loaded only where that is asked for too.

    Returns:
        The file.

    Raises:
        UseError: The name is refused or taken, the session is not complete or empty, a link
            leads out of ``root``, or the system refuses.
    """
    require_name(name)
    if not session.samples:
        raise UseError("the session holds no figure", where=name, remedy="measure something first")
    if not session.complete and not allow_incomplete:
        raise UseError(
            "the session was not brought to its end", where=name, remedy="measure it again"
        )
    folder = _folder(root, session.header.fingerprint)
    try:
        root.mkdir(parents=True, exist_ok=True)
        require_inside(folder, root)
        folder.mkdir(exist_ok=True)
    except OSError as exc:
        raise UseError(f"the folder cannot be made: {exc.strerror}", where=str(folder)) from exc
    path = folder / f"{name}{SUFFIX}"
    place(encode_session(session), path, replace=overwrite)
    described = msgspec.json.encode(session.header.fingerprint, order="deterministic")
    shown = msgspec.json.format(described, indent=2) + b"\n"
    place(shown, folder / "fingerprint.json", replace=True)
    return path


def list_baselines(root: Path, fingerprint: Fingerprint | None = None) -> tuple[Baseline, ...]:
    """Every stored file, by machine, oldest first; one that cannot be read says why.

    Args:
        root: Folder of all baselines; a missing one has none.
        fingerprint: The machine wanted; all when ``None``.
    """
    if fingerprint is not None:
        return tuple(_listed(_folder(root, fingerprint)))
    folders = sorted(root.iterdir()) if root.is_dir() else []
    return tuple(found for folder in folders if folder.is_dir() for found in _listed(folder))


def load_baseline(
    root: Path, fingerprint: Fingerprint, name: str, *, allow_incomplete: bool = False
) -> Session:
    """The stored session of this machine under a name, or the promoted one under ``current``.

    Args:
        root: Folder of all baselines.
        fingerprint: The machine.
        name: Name of a baseline, or ``current``.
        allow_incomplete: Whether a file without its end is taken, which one that was cut off is
            too.

    Raises:
        UseError: No such baseline, or none promoted.
        ResultFileError: The file is damaged, altered, cut off or of another machine.
    """
    folder = _folder(root, fingerprint)
    if name == CURRENT:
        promoted = current_baseline(root, fingerprint)
        if promoted is None:
            raise UseError(
                "no baseline of this machine is promoted",
                where=str(folder),
                remedy="save one and promote it",
            )
        name = promoted
    require_name(name)
    known = [path.stem for path in _files(folder)]
    if name not in known:
        raise UseError(
            f"this machine has no baseline {name}", where=str(folder), remedy=nearest(name, known)
        )
    return _read(folder / f"{name}{SUFFIX}", allow_incomplete=allow_incomplete)


def current_baseline(root: Path, fingerprint: Fingerprint) -> str | None:
    """Name of the promoted baseline of a machine; ``None`` when there is none.

    Raises:
        ResultFileError: The file that names it holds something else.
    """
    return _pointer(_folder(root, fingerprint))


def promote_baseline(root: Path, fingerprint: Fingerprint, name: str) -> None:
    """Make a baseline the one that ``current`` refers to; it must be readable and complete.

    Raises:
        UseError: No such baseline, or the system refuses.
        ResultFileError: The baseline is damaged.
    """
    require_name(name)
    load_baseline(root, fingerprint, name)
    folder = _folder(root, fingerprint)
    require_inside(folder, root)
    place(f"{name}\n".encode(), folder / CURRENT, replace=True)


def prune_baselines(
    root: Path, fingerprint: Fingerprint, *, keep: int, dry_run: bool = False
) -> tuple[Baseline, ...]:
    """Remove all but the newest baselines of a machine; never the promoted one.

    A file that cannot be read, or does not say when it began, is left alone.

    Args:
        root: Folder of all baselines.
        fingerprint: The machine.
        keep: How many of the newest stay; the promoted one stays too where it is older.
        dry_run: Whether to only tell.

    Returns:
        What was removed, or would be, oldest first.

    Raises:
        UseError: A negative ``keep``, or the system refuses.
        ResultFileError: It cannot be told which baseline is promoted.
    """
    if keep < 0:
        raise UseError(f"keep is {keep}", where="keep", remedy="choose 0 or more")
    current_baseline(root, fingerprint)
    folder = _folder(root, fingerprint)
    require_inside(folder, root)
    datable = [baseline for baseline in _listed(folder) if baseline.started is not None]
    doomed = tuple(b for b in datable[: max(len(datable) - keep, 0)] if not b.current)
    for baseline in () if dry_run else doomed:
        try:
            baseline.path.unlink(missing_ok=True)
        except OSError as exc:
            raise UseError(f"cannot be removed: {exc.strerror}", where=str(baseline.path)) from exc
    return doomed


def _folder(root: Path, fingerprint: Fingerprint) -> Path:
    return root / fingerprint.slug


def _files(folder: Path) -> Iterator[Path]:
    """Files that may be baselines; what is not named like one is no business of ours."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix == SUFFIX and is_name(path.stem):
                yield path


def _read(path: Path, *, allow_incomplete: bool) -> Session:
    session = read_session(path)
    if session.header.fingerprint.slug != path.parent.name:
        raise ResultFileError(
            "holds a session of another machine than its folder",
            where=str(path),
            remedy="save it again from its own file",
        )
    if not session.complete and not allow_incomplete:
        raise ResultFileError(
            "has no end: it was cut off, or the session was interrupted",
            where=str(path),
            remedy="take it from version control again, or measure it again",
        )
    return session


def _listed(folder: Path) -> list[Baseline]:
    try:
        promoted = _pointer(folder)
    except ResultFileError:
        promoted = None
    found = [_described(path, current=path.stem == promoted) for path in _files(folder)]
    return sorted(found, key=lambda b: (b.started or datetime.min.replace(tzinfo=UTC), b.name))


def _described(path: Path, *, current: bool) -> Baseline:
    bare = Baseline(name=path.stem, machine=path.parent.name, path=path, current=current)
    try:
        session = _read(path, allow_incomplete=False)
    except ResultFileError as exc:
        return replace(bare, problem=str(exc))
    return replace(
        bare,
        session=session.header.id,
        started=_moment(session.header.started),
        commit=session.header.commit.hash,
        benchmarks=len(session.benchmarks),
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _pointer(folder: Path) -> str | None:
    path = folder / CURRENT
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_POINTER).decode("ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ResultFileError(f"cannot be read: {exc.strerror}", where=str(path)) from exc
    if not is_name(text):
        raise ResultFileError(
            "does not name a baseline", where=str(path), remedy="promote one again"
        )
    return text
