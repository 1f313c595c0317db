"""SQLite by file, on the event loop's own thread.

A transaction of a message and its runs takes some tens of microseconds here; handing it to another
thread and back costs more than that. So nothing in SQLite may wait: its own busy time-out is 0, and
who finds the file locked by another process waits in the event loop and asks again.

One connection writes, under a lock, and one reads. In WAL mode they do not disturb each other, and
what a transaction has not committed is not read. `synchronous=NORMAL`: a power failure can take the
last commits, never the file; a crash of the program takes nothing. Every thousand pages a commit
writes the log back into the file, which takes milliseconds of the loop's time.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar
from urllib.parse import parse_qsl, quote, unquote

from system_under_test.database.engine import DatabaseOptions, Row
from system_under_test.database.errors import (
    DatabaseBusyError,
    DatabaseClosedError,
    DatabaseUrlError,
    SchemaVersionError,
)
from system_under_test.database.retry import Waiting
from system_under_test.database.statements import (
    ADD_VERSION,
    HAS_SCHEMA,
    SCHEMA,
    SCHEMA_VERSION,
    STORED_VERSION,
    Statement,
)
from system_under_test.database.translation import translate

_T = TypeVar("_T")

# What sqlite3 raises for a statement or its values.
_FOREIGN: Final = (sqlite3.Error, ValueError, OverflowError)

# Between asking for the lock again: from less than a short transaction takes, doubling.
_FIRST_WAIT_SECONDS: Final = 0.0005
_LONGEST_WAIT_SECONDS: Final = 0.02

_MODES: Final = frozenset({"ro", "rw", "rwc"})


class SqliteSession:
    """One transaction; it holds the engine's writer until its end."""

    __slots__ = ("_connection", "_free")

    def __init__(self, connection: sqlite3.Connection, free: Callable[[], None]) -> None:
        self._connection = connection
        self._free = free

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        """Do it; return the number of rows that changed."""
        try:
            return self._connection.execute(statement.sqlite, values).rowcount
        except _FOREIGN as error:
            raise translate(error, statement.doing) from error

    async def execute_many(self, statement: Statement, rows: Sequence[Sequence[object]]) -> int:
        """Do it once for each row of values; return the number of rows that changed."""
        try:
            return self._connection.executemany(statement.sqlite, rows).rowcount
        except _FOREIGN as error:
            raise translate(error, statement.doing) from error

    async def fetch(self, statement: Statement, values: Sequence[object]) -> Sequence[Row]:
        """Return what it finds, the transaction's own changes included."""
        return _fetch(self._connection, statement, values)

    async def commit(self) -> None:
        """Keep everything, and give the writer back.

        Raises:
            TransactionError: Nothing was kept.
        """
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            _roll_back(self._connection)
            raise translate(error, "committing") from error
        finally:
            self._free()

    async def rollback(self) -> None:
        """Keep nothing, and give the writer back."""
        try:
            _roll_back(self._connection)
        finally:
            self._free()


class SqliteEngine:
    """A file that was opened."""

    kind: Final = "sqlite"

    def __init__(
        self,
        writer: sqlite3.Connection,
        reader: sqlite3.Connection,
        lock_seconds: float,
        waiting: Waiting,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._lock_seconds = lock_seconds
        self._waiting = waiting
        self._lock = asyncio.Lock()
        self._closed = False

    async def begin(self, *, serializable: bool = False) -> SqliteSession:  # noqa: ARG002 - always is
        """Return a transaction that holds the file for writing.

        Raises:
            DatabaseBusyError: Another one held it for too long.
        """
        await self._take_turn("beginning a transaction")
        try:
            await self._persist(lambda: self._writer.execute("BEGIN IMMEDIATE"), "beginning")
        except BaseException:
            self._lock.release()
            raise
        return SqliteSession(self._writer, self._lock.release)

    async def fetch(self, statement: Statement, values: Sequence[object]) -> Sequence[Row]:
        """Return what it finds among what was committed."""
        self._refuse_when_closed(statement.doing)
        return await self._persist(
            lambda: self._reader.execute(statement.sqlite, values).fetchall(),
            statement.doing,
        )

    async def close(self) -> None:
        """Close the file after the transaction that is open; whoever waits for a turn gets none."""
        if self._closed:
            return
        self._closed = True
        async with self._lock:
            self._reader.close()
            self._writer.close()

    async def _take_turn(self, doing: str) -> None:
        self._refuse_when_closed(doing)
        if not self._lock.locked():
            await self._lock.acquire()  # at once
        else:
            try:
                async with asyncio.timeout(self._lock_seconds):
                    await self._lock.acquire()
            except OSError as error:  # the built-in TimeoutError is one
                raise DatabaseBusyError(doing) from error
        try:
            self._refuse_when_closed(doing)  # meanwhile
        except DatabaseClosedError:
            self._lock.release()
            raise

    def _refuse_when_closed(self, doing: str) -> None:
        if self._closed:
            raise DatabaseClosedError(doing)

    async def _persist(self, step: Callable[[], _T], doing: str) -> _T:
        return await _persist(step, doing, self._lock_seconds, self._waiting)


async def open_sqlite(url: str, options: DatabaseOptions, waiting: Waiting) -> SqliteEngine:
    """Open the file of a `sqlite:///` URL, made when it is not there, and see to its schema."""
    address = _address(url)
    writer = await _connect(address, options, waiting)
    try:
        await _prepare(writer, options, waiting)
        reader = await _connect(address, options, waiting)
    except BaseException:
        writer.close()
        raise
    return SqliteEngine(writer, reader, options.lock_seconds, waiting)


def _address(url: str) -> str:
    """Return the file's URI for SQLite, from `sqlite:///path?mode=ro`."""
    place, _, query = url.removeprefix("sqlite:").partition("?")
    path = unquote(place.removeprefix("///"))
    if not place.startswith("///") or not path or path == ":memory:":
        raise DatabaseUrlError("sqlite", "it names no file, and a database in memory is not shared")
    asked = dict(parse_qsl(query, keep_blank_values=True))
    mode = asked.pop("mode", "rwc")
    if asked or mode not in _MODES:
        raise DatabaseUrlError("sqlite", "the only option is mode, one of ro, rw and rwc")
    return f"file:{quote(path)}?mode={mode}"


async def _connect(address: str, options: DatabaseOptions, waiting: Waiting) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise translate(error, "opening the database's file") from error
    settings = ["PRAGMA synchronous=NORMAL"]
    if "mode=ro" not in address:
        settings.append("PRAGMA journal_mode=WAL")
    try:
        for setting in settings:
            await _persist(
                partial(connection.execute, setting),
                "opening the database's file",
                options.lock_seconds,
                waiting,
            )
    except BaseException:
        connection.close()
        raise
    return connection


async def _prepare(
    connection: sqlite3.Connection, options: DatabaseOptions, waiting: Waiting
) -> None:
    """Create the schema, unless it is there."""

    async def step(text: str, doing: str) -> list[Row]:
        return await _persist(
            lambda: connection.execute(text).fetchall(), doing, options.lock_seconds, waiting
        )

    if not await step(HAS_SCHEMA.sqlite, HAS_SCHEMA.doing):
        await step("BEGIN IMMEDIATE", "beginning to create the schema")
        try:
            if not _fetch(connection, HAS_SCHEMA, ()):  # another process may have been faster
                for statement in SCHEMA:
                    connection.execute(statement.sqlite)
                connection.execute(ADD_VERSION.sqlite, (SCHEMA_VERSION,))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            _roll_back(connection)
            raise translate(error, "creating the schema") from error
    stored = await step(STORED_VERSION.sqlite, STORED_VERSION.doing)
    if stored[0][0] > SCHEMA_VERSION:
        raise SchemaVersionError(STORED_VERSION.doing)


async def _persist(step: Callable[[], _T], doing: str, lock_seconds: float, waiting: Waiting) -> _T:
    """Return what a step gives, asked for again for as long as the file is locked."""
    wait_seconds, until = _FIRST_WAIT_SECONDS, None
    while True:
        try:
            return step()
        except _FOREIGN as error:
            refusal = translate(error, doing)
            now = waiting.clock()
            until = now + lock_seconds if until is None else until
            if not isinstance(refusal, DatabaseBusyError) or now >= until:
                raise refusal from error
        await waiting.sleep(min(wait_seconds * waiting.chance.uniform(0.5, 1.0), until - now))
        wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)


def _fetch(
    connection: sqlite3.Connection, statement: Statement, values: Sequence[object]
) -> Sequence[Row]:
    try:
        return connection.execute(statement.sqlite, values).fetchall()
    except _FOREIGN as error:
        raise translate(error, statement.doing) from error


def _roll_back(connection: sqlite3.Connection) -> None:
    # A full disk or an input error has rolled back already.
    if connection.in_transaction:
        connection.execute("ROLLBACK")
