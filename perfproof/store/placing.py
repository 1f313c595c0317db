"""Whole files put in place at once: written beside, brought to the disk, then named."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from perfproof.errors import UseError

__all__ = ["place", "require_inside"]

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def place(content: bytes, path: Path, *, replace: bool) -> None:
    """Write a file that is either there whole or not at all.

    Of several writers at once without ``replace`` exactly one succeeds. A symbolic link in the
    file's place is replaced or refused, never followed.

    Args:
        content: The file's bytes.
        path: Where it goes; its folder exists.
        replace: Whether a file of that name may be replaced.

    Raises:
        UseError: The file exists, or the system refuses.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    try:
        _write(content, beside)
        if replace:
            beside.replace(path)
        else:
            _claim(beside, path)
        _sync(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except FileExistsError as exc:
        raise UseError(
            "exists already", where=str(path), remedy="choose another name, or ask to replace it"
        ) from exc
    except OSError as exc:
        raise UseError(
            f"cannot be written: {exc.strerror or exc}",
            where=str(path),
            remedy="make room or choose another place; nothing was changed",
        ) from exc
    finally:
        beside.unlink(missing_ok=True)


def require_inside(folder: Path, root: Path) -> None:
    """Refuse a folder that a symbolic link leads out of its root.

    Raises:
        UseError: ``folder`` does not lie inside ``root`` once all links are followed.
    """
    if not folder.resolve().is_relative_to(root.resolve()):
        raise UseError(
            f"leads out of {root} through a symbolic link",
            where=str(folder),
            remedy="remove the link; nothing was written",
        )


def _write(content: bytes, path: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _claim(beside: Path, path: Path) -> None:
    """Give the file its name only if no other has it."""
    try:
        os.link(beside, path)
    except OSError as exc:
        if exc.errno not in _NO_LINKS:
            raise
        # A file system without hard links: an empty file claims the name first.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        beside.replace(path)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
