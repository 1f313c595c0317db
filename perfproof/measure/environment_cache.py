"""Environments kept below the user's cache folder, each under the hash of what decides it.

``<cache>/perfproof/environments/<key>/`` counts only with the file ``complete`` in it, which is
written last; it is made where it stays, since scripts and compiled files name their own path.
``<key>.lock`` is held by whoever makes it, alone, and by whoever uses it, together with others. The
kernel takes a lock away with the last process that holds it, pip included: what has no holder
and is not complete is what a kill left behind, and goes with the next session.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from perfproof.errors import UseError

__all__ = ["KEPT", "cache_home", "kept", "prune"]

KEPT = 8
"""Environments that stay though nobody uses them now, the newest first."""

_COMPLETE = "complete"
_KEY = re.compile(r"[0-9a-f]{16}")


def cache_home() -> Path:
    """``perfproof/environments`` in the user's cache folder: XDG_CACHE_HOME, or ~/.cache."""
    stated = os.environ.get("XDG_CACHE_HOME", "")
    # The specification says that a relative path there is to be ignored.
    cache = Path(stated) if Path(stated).is_absolute() else Path.home() / ".cache"
    return cache / "perfproof" / "environments"


@contextlib.contextmanager
def kept(home: Path, key: str, make: Callable[[Path, int], None]) -> Iterator[Path]:
    """The environment of ``key``, made if need be, and not removed while it is used.

    Args:
        home: Where environments are kept.
        key: 16 hexadecimal digits; equally long, so that paths are too.
        make: Makes it in the folder it is given; called by one process at a time, with the
            descriptor that its children keep open.

    Raises:
        UseError: The folder cannot be written or locked.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        hold = _hold(home, key, make)
    except OSError as exc:
        raise UseError(
            f"cannot be written or locked ({exc.strerror})",
            where=str(home),
            remedy="make it writable, or set XDG_CACHE_HOME to a folder that is",
        ) from exc
    try:
        yield home / key
    finally:
        os.close(hold)


def prune(home: Path, keep: int = KEPT) -> None:
    """Remove what is not complete, and all but the ``keep`` newest; never what is in use."""
    folders = [each for each in home.iterdir() if _KEY.fullmatch(each.name)]
    # By when they were last used, not made.
    folders.sort(key=_last_used, reverse=True)
    complete = [each for each in folders if _is_complete(each)]
    for folder in [each for each in folders if each not in complete] + complete[keep:]:
        # Held by another session; or gone in this moment.
        with contextlib.suppress(OSError):
            hold = _locked(_lock_of(folder), fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                shutil.rmtree(folder, ignore_errors=True)
                _lock_of(folder).unlink()
            finally:
                os.close(hold)


def _hold(home: Path, key: str, make: Callable[[Path, int], None]) -> int:
    folder = home / key
    while True:
        hold = _locked(_lock_of(folder), fcntl.LOCK_SH)
        if _is_complete(folder):
            os.utime(folder / _COMPLETE)
            return hold
        os.close(hold)
        hold = _locked(_lock_of(folder), fcntl.LOCK_EX)
        try:
            # Another session may have made it while this one waited.
            if not _is_complete(folder):
                _make(folder, make, hold)
        finally:
            os.close(hold)


def _make(folder: Path, make: Callable[[Path, int], None], hold: int) -> None:
    try:
        shutil.rmtree(folder, ignore_errors=True)
        make(folder, hold)
        (folder / _COMPLETE).touch()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        _lock_of(folder).unlink(missing_ok=True)
        raise


def _is_complete(folder: Path) -> bool:
    # The link dangles when the interpreter it was made of is gone.
    return (folder / _COMPLETE).is_file() and (folder / "bin" / "python").exists()


def _last_used(folder: Path) -> float:
    try:
        return (folder / _COMPLETE).stat().st_mtime
    except OSError:
        return 0.0


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _locked(path: Path, how: int) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
            if _still_there(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        # Removed while we waited: a lock on it keeps nobody away.
        os.close(descriptor)


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
