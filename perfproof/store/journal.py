"""A session's file: written line by line while it is measured, read back as a record."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from types import TracebackType

from perfproof.errors import ResultFileError, UseError
from perfproof.record import (
    Benchmark,
    Header,
    Sample,
    Seal,
    Session,
    Trouble,
    decode_session,
    encode_line,
)
from perfproof.record.counting import Tally

__all__ = ["LARGEST_BYTES", "Journal", "read_session"]

LARGEST_BYTES = 256 * 1024 * 1024
"""Largest file that is read: fifty times a session of 1,000 benchmarks in 10 processes."""


class Journal:
    """Writes a session while it is measured; every record is in the file once ``append`` returns.

    Each line goes to the system whole and at once, so that an interrupt, a kill or a crash keeps
    what was measured. Without ``seal`` the file is a readable session that was not brought to its
    end.

    Args:
        path: File to create; its folder must exist.
        header: First line.

    Raises:
        UseError: The file exists already, or cannot be written.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self.path = path
        self._seal = Seal()
        self._bytes = 0
        self._open = False
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except FileExistsError as exc:
            raise UseError(
                "exists already and is never overwritten",
                where=str(path),
                remedy="choose another name or remove it",
            ) from exc
        except (OSError, ValueError) as exc:
            raise UseError(
                f"cannot be created: {_why(exc)}", where=str(path), remedy="choose another place"
            ) from exc
        self._open = True
        try:
            self._write(encode_line(header))
        except UseError:
            # Nothing was kept, and an empty file would be taken for a session that is damaged.
            path.unlink(missing_ok=True)
            raise

    def append(self, record: Benchmark | Sample | Trouble | Tally) -> None:
        """Add one record.

        Raises:
            UseError: The journal is closed, or the system takes no more; what was written before
                stays readable.
        """
        self._write(encode_line(record))

    def seal(
        self, *, elapsed_seconds: float | None = None, steal_share: float | None = None
    ) -> None:
        """Write the end with its checksum, bring all to the disk, and close.

        Raises:
            UseError: The journal is closed, or the system takes no more.
        """
        end = self._seal.end(elapsed_seconds=elapsed_seconds, steal_share=steal_share)
        self._write(encode_line(end))
        try:
            os.fsync(self._file)
        except OSError as exc:
            raise self._refusal(exc) from exc
        finally:
            self.close()

    def close(self) -> None:
        """Close without an end; a second time does nothing."""
        if self._open:
            self._open = False
            os.close(self._file)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, line: bytes) -> None:
        if not self._open:
            raise UseError("is closed, nothing can be added", where=str(self.path))
        try:
            left = memoryview(line)
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as exc:
            # A line that did not fit whole is taken back, so that all others can be read.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._bytes)
            self.close()
            raise self._refusal(exc) from exc
        self._seal.add(line)
        self._bytes += len(line)

    def _refusal(self, exc: OSError) -> UseError:
        kept = f"; the {self._seal.lines} lines before stay readable" if self._seal.lines else ""
        return UseError(
            f"cannot be written on: {_why(exc)}",
            where=str(self.path),
            remedy=f"make room{kept}",
        )


def read_session(path: Path) -> Session:
    """The session in a file.

    A last line that a crash tore is left out; the session is then not complete.

    Raises:
        ResultFileError: Missing, not a regular file, unreadable, too large, damaged or altered.
    """
    where = str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise ResultFileError(f"is {kind}", where=where, remedy="name a session's file")
        if status.st_size > LARGEST_BYTES:
            raise ResultFileError(
                f"has {status.st_size / 2**20:.0f} MiB, more than the "
                f"{LARGEST_BYTES // 2**20} MiB that are read",
                where=where,
                remedy="name a session's file",
            )
        content = path.read_bytes()
    except FileNotFoundError as exc:
        raise ResultFileError(
            "does not exist", where=where, remedy="name a file that `run` or `baseline` wrote"
        ) from exc
    except (OSError, ValueError) as exc:
        raise ResultFileError(f"cannot be read: {_why(exc)}", where=where) from exc
    return decode_session(content, where=where)


def _why(exc: OSError | ValueError) -> str:
    return (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
