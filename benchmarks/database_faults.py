"""Real errors of real databases, made on purpose: each fault returns what the system raised.

Nothing is faked. A deadlock is two transactions that wait for one another in a PostgreSQL, a lost
connection is a backend that was terminated or a socket that was cut.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks.records import fresh_ids, store
from benchmarks.servers.postgres import PostgresServer
from system_under_test.database.engine import DatabaseOptions
from system_under_test.parts import DatabasePart, TransactionPart
from system_under_test.protocol import ReferenceSystem

# Short, and far longer than what they must not interrupt takes.
SHORT_SECONDS: Final = 0.05
_ATTEMPTS: Final = 20
# Until something is seen that must come.
PATIENCE_SECONDS: Final = 30.0


_R = TypeVar("_R")


class NothingRaisedError(Exception):
    """What had to fail did not."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A system on a PostgreSQL of its own, and a folder for SQLite.

    Attributes:
        system: The system.
        server: The server.
        url: A database of it that may be used freely.
        folder: An empty folder.
    """

    system: ReferenceSystem
    server: PostgresServer
    url: str
    folder: Path

    @asynccontextmanager
    async def database(
        self, url: str | None = None, options: DatabaseOptions | None = None
    ) -> AsyncIterator[DatabasePart]:
        """Open a database, the scene's own unless another is given; close it afterwards.

        With short limits that fails now and then on a busy machine; then it is tried again.
        """
        database = await self.until_done(
            lambda: self.system.create_database(url or self.url, options)
        )
        try:
            yield database
        finally:
            await database.close()

    async def until_done(self, work: Callable[[], Awaitable[_R]]) -> _R:
        """Return what `work` gives, done again as long as the database refuses it."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return await work()
            except self.system.database_errors()["transaction"]:
                await asyncio.sleep(0)
        return await work()

    def fresh_file(self) -> Path:
        """Return a path in the folder that nothing stands at."""
        return self.folder / f"{self.system.unique_id()}.sqlite3"


Fault = Callable[[Scene], Coroutine[Any, Any, Exception]]


async def error_of(work: Awaitable[object]) -> Exception:
    """Return what a piece of work raises.

    Raises:
        NothingRaisedError: Nothing.
    """
    try:
        await work
    except Exception as error:  # noqa: BLE001, RUF100 - whatever it is, is looked at
        return error
    raise NothingRaisedError("what had to fail did not")


async def stored(scene: Scene, database: DatabasePart) -> tuple[str, str]:
    """Return a new user, and a run of that user that is committed."""
    unique = scene.system.unique_id()
    async with database.transaction() as transaction:
        await store(transaction, unique)
    user_id, _, _, run_ids = fresh_ids(unique)
    return user_id, run_ids[0]


async def end(transaction: TransactionPart, user_id: str, run_id: str) -> None:
    """End a run; its row is locked from then on."""
    await transaction.finish_run(run_id, "completed", "done", user_id=user_id)


async def ended(database: DatabasePart, user_id: str, run_id: str) -> None:
    """End a run in a transaction of its own."""
    async with database.transaction() as transaction:
        await end(transaction, user_id, run_id)


async def deadlock(scene: Scene) -> Exception:
    """Let two transactions wait for one another; return what the one gets that must give way."""
    async with scene.database() as database:
        runs = [await stored(scene, database) for _ in range(2)]
        both = asyncio.Barrier(2)

        async def cross(first: tuple[str, str], second: tuple[str, str]) -> None:
            async with database.transaction() as transaction:
                await end(transaction, *first)
                await both.wait()
                await end(transaction, *second)

        results = await asyncio.gather(cross(*runs), cross(*runs[::-1]), return_exceptions=True)
    errors = [each for each in results if isinstance(each, Exception)]
    if len(errors) != 1:
        raise NothingRaisedError(f"of two in a deadlock {len(errors)} failed")
    return errors[0]


async def serialization(scene: Scene) -> Exception:
    """Change a row that a faster transaction has changed since ours began."""
    async with scene.database() as database:
        run = await stored(scene, database)

        async def slower() -> None:
            async with database.transaction(serializable=True) as transaction:
                await store(transaction, scene.system.unique_id())  # from here on it has a view
                await ended(database, *run)
                await end(transaction, *run)

        return await error_of(slower())


async def lock_timeout(scene: Scene) -> Exception:
    """Wait for a locked row, with little patience for locks."""
    return await _held(scene, DatabaseOptions(lock_seconds=SHORT_SECONDS))


async def statement_timeout(scene: Scene) -> Exception:
    """Wait for a locked row, with little patience for statements."""
    return await _held(scene, DatabaseOptions(statement_seconds=SHORT_SECONDS))


async def _held(scene: Scene, options: DatabaseOptions) -> Exception:
    async with scene.database() as holder, scene.database(options=options) as database:
        run = await stored(scene, holder)
        async with holder.transaction() as transaction:
            await end(transaction, *run)
            return await error_of(ended(database, *run))


async def too_many_connections(scene: Scene) -> Exception:
    """Ask for one connection more than the server gives."""
    url = await asyncio.to_thread(scene.server.create_database, connections=1)
    async with scene.database(url) as database, database.transaction():
        return await error_of(ended(database, "user-1", "run-1"))


async def missing_value(scene: Scene) -> Exception:
    """Store a message without text in PostgreSQL."""
    async with scene.database() as database:
        return await error_of(_store_nothing(scene, database))


async def sqlite_missing_value(scene: Scene) -> Exception:
    """Store a message without text in SQLite."""
    async with scene.database(f"sqlite:///{scene.fresh_file()}") as database:
        return await error_of(_store_nothing(scene, database))


async def _store_nothing(scene: Scene, database: DatabasePart) -> None:
    async with database.transaction() as transaction:
        message = await store(transaction, scene.system.unique_id())
        nothing: Any = None
        values = {name: getattr(message, name) for name in message.__struct_fields__}
        values |= {"text": nothing, "message_id": scene.system.unique_id()}
        await transaction.add_message(type(message)(**values))


async def sqlite_busy(scene: Scene) -> Exception:
    """Write to a file that another connection has locked for writing."""
    path = scene.fresh_file()
    options = DatabaseOptions(lock_seconds=SHORT_SECONDS)
    async with scene.database(f"sqlite:///{path}", options) as database:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            return await error_of(stored(scene, database))


async def sqlite_read_only(scene: Scene) -> Exception:
    """Write to a file that was opened for reading."""
    path = scene.fresh_file()
    async with (
        scene.database(f"sqlite:///{path}"),
        scene.database(f"sqlite:///{path}?mode=ro") as database,
    ):
        return await error_of(stored(scene, database))


async def sqlite_corrupt(scene: Scene) -> Exception:
    """Open a file that is no database."""
    path = scene.fresh_file()
    path.write_bytes(b"This is a letter and no database. " * 500)
    return await error_of(scene.system.create_database(f"sqlite:///{path}"))


async def sqlite_no_folder(scene: Scene) -> Exception:
    """Open a file in a folder that does not exist."""
    path = scene.folder / "nowhere" / "file.sqlite3"
    return await error_of(scene.system.create_database(f"sqlite:///{path}"))


@dataclass(frozen=True, slots=True)
class Expected:
    """What a fault must be told as: role, and code of the database; whether a retry can help."""

    fault: Fault
    role: str
    code: str | None
    retryable: bool


FAULTS: Final = (
    Expected(deadlock, "deadlock", "40P01", retryable=True),
    Expected(serialization, "serialization", "40001", retryable=True),
    Expected(lock_timeout, "lock_timeout", "55P03", retryable=True),
    Expected(statement_timeout, "timeout", "57014", retryable=True),
    Expected(too_many_connections, "too_many_connections", "53300", retryable=True),
    Expected(missing_value, "integrity", "23502", retryable=False),
    Expected(sqlite_busy, "busy", "SQLITE_BUSY", retryable=True),
    Expected(sqlite_read_only, "read_only", "SQLITE_READONLY", retryable=False),
    Expected(sqlite_corrupt, "corrupt", "SQLITE_NOTADB", retryable=False),
    Expected(sqlite_no_folder, "connection", "SQLITE_CANTOPEN", retryable=True),
    Expected(sqlite_missing_value, "integrity", "SQLITE_CONSTRAINT_NOTNULL", retryable=False),
)
