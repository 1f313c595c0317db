"""What an engine offers to the manager: sessions, reads, and an end."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from system_under_test.database.statements import Statement

Row = Sequence[Any]


class DatabaseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How long the database is waited for, and how much is asked of it at once.

    Attributes:
        connections: Most connections to PostgreSQL; SQLite has one that writes and one that reads.
        connect_seconds: Longest time until a connection stands.
        acquire_seconds: Longest wait for one of ours that is in use.
        lock_seconds: Longest wait for a lock of another transaction; on SQLite, for the file.
        statement_seconds: Longest time of one statement (PostgreSQL; on SQLite none waits).
        silence_seconds: How much longer than that an answer is awaited before the connection
            counts as lost.
    """

    connections: int = 10
    connect_seconds: float = 5.0
    acquire_seconds: float = 5.0
    lock_seconds: float = 5.0
    statement_seconds: float = 10.0
    silence_seconds: float = 2.0

    def __post_init__(self) -> None:
        if self.connections < 1:
            raise ValueError(f"{self!r}: connections is 1 at least")
        waits = (
            self.connect_seconds,
            self.acquire_seconds,
            self.lock_seconds,
            self.statement_seconds,
            self.silence_seconds,
        )
        # PostgreSQL counts in milliseconds, and takes 0 for "for ever".
        if not all(0.001 <= wait < 1e6 for wait in waits):
            raise ValueError(f"{self!r}: every time is between 0.001 and a million seconds")


class Session(Protocol):
    """One transaction on one connection. What it raises has passed the one door."""

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        """Do it; return the number of rows that changed."""

    async def execute_many(self, statement: Statement, rows: Sequence[Sequence[object]]) -> int:
        """Do it once for each row of values; return the number of rows that changed."""

    async def fetch(self, statement: Statement, values: Sequence[object]) -> Sequence[Row]:
        """Return what it finds."""

    async def commit(self) -> None:
        """Keep everything, and give the connection back; nothing is kept when this raises.

        Raises:
            ConnectionError: With `outcome_unknown`: the answer was lost.
        """

    async def rollback(self) -> None:
        """Keep nothing, and give the connection back; never raises a database error."""


class Engine(Protocol):
    """A database that was opened."""

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""

    async def begin(self, *, serializable: bool) -> Session:
        """Return a transaction that has begun."""

    async def fetch(self, statement: Statement, values: Sequence[object]) -> Sequence[Row]:
        """Return what it finds, outside a transaction."""

    async def close(self) -> None:
        """Give up every connection."""
