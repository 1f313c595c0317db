"""Result files as bytes: regular, of a bounded size, and every failure a sentence."""

from __future__ import annotations

import stat
from pathlib import Path

from perfproof.errors import ResultFileError

__all__ = ["read_bounded"]

_LARGEST_BYTES = 512 * 1024 * 1024


def read_bounded(path: Path, largest_bytes: int = _LARGEST_BYTES) -> bytes:
    """The content of a file.

    Raises:
        ResultFileError: Missing, not a regular file, unreadable or too large.
    """
    where = str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise ResultFileError(f"is {kind}", where=where, remedy="name a result file")
        if status.st_size > largest_bytes:
            raise ResultFileError(
                f"has {status.st_size / 2**20:.0f} MiB, more than the"
                f" {largest_bytes / 2**20:.0f} MiB that are read",
                where=where,
            )
        return path.read_bytes()
    except FileNotFoundError as exc:
        raise ResultFileError("does not exist", where=where, remedy="name a result file") from exc
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise ResultFileError(f"cannot be read: {reason}", where=where) from exc
