"""A SQLite database that another process's lock keeps from a server, for as long as one likes."""

import sqlite3
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self


class HeldDatabase:
    """A fresh SQLite file, locked inside the block until `release`.

    A server that opens it then is as one whose database comes up late: it has to wait, and to
    refuse its clients meanwhile.

    Attributes:
        url: Address of the database.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="held-")
        path = Path(self._folder.name) / "backend.sqlite3"
        self.url = f"sqlite:///{path}"
        self._connection = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> Self:
        """Lock it."""
        self._connection.execute("BEGIN EXCLUSIVE")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release and remove it."""
        self.release()
        self._connection.close()
        self._folder.cleanup()

    def release(self) -> None:
        """Let others have it; a second call does nothing."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
