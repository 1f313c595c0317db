"""A message stored with its thread and runs: our manager, and the bare driver beside it.

Both do the same statements of the same text on the same kind of file or server. PostgreSQL commits
to the disk here; its figures hold the round trips over a socket and the wake-ups of two processes.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import astuple

from benchmarks.records import a_message, fresh_ids, its_runs, store
from benchmarks.servers import Unavailable
from benchmarks.servers.postgres import postgres_server
from benchmarks.stopwatch import AsyncStopwatch, Stopwatch
from system_under_test.database.statements import ADD_MESSAGE, ADD_RUN, ADD_THREAD
from system_under_test.database.translation import translate
from system_under_test.errors import IncompleteSystemError
from system_under_test.parts import DatabasePart
from system_under_test.protocol import ReferenceSystem, load_system

pytestmark = pytest.mark.benchmark(group="database")

Done = Callable[[Coroutine[Any, Any, object]], object]
"""Runs a coroutine to its end in the loop that everything of a benchmark lives in."""


@pytest.fixture(scope="session")
def system(pytestconfig: pytest.Config) -> ReferenceSystem:
    """The system that is measured, with its database."""
    try:
        return load_system(str(pytestconfig.getoption("--system")), ("identity", "database"))
    except IncompleteSystemError as error:
        pytest.skip(str(error))


@pytest.fixture
def until_done() -> Iterator[Done]:
    loop = asyncio.new_event_loop()
    with closing(loop):
        yield loop.run_until_complete


@pytest.fixture
def sqlite_database(
    system: ReferenceSystem, until_done: Done, tmp_path: Path
) -> Iterator[DatabasePart]:
    database: Any = until_done(_made(system, f"sqlite:///{tmp_path / 'file.sqlite3'}"))
    yield database
    until_done(database.close())


async def _made(system: ReferenceSystem, url: str) -> DatabasePart:
    return await system.create_database(url)


@pytest.fixture
def sqlite_driver(
    sqlite_database: DatabasePart,  # noqa: ARG001 - it makes the schema
    tmp_path: Path,
) -> Iterator[sqlite3.Connection]:
    """A connection with the same settings to a file with the same schema."""
    path = tmp_path / "file.sqlite3"
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=NORMAL")
        yield connection


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    try:
        with postgres_server(synced=True) as server:
            url = server.create_database()
            yield url
            server.drop_database(url)
    except Unavailable as missing:
        pytest.skip(str(missing))


@pytest.fixture
def postgres_database(
    system: ReferenceSystem, until_done: Done, postgres_url: str
) -> Iterator[DatabasePart]:
    database: Any = until_done(_made(system, postgres_url))
    yield database
    until_done(database.close())


@pytest.fixture
def postgres_driver(
    postgres_database: DatabasePart,  # noqa: ARG001 - it makes the schema
    until_done: Done,
    postgres_url: str,
) -> Iterator[Any]:
    import asyncpg

    connection: Any = until_done(asyncpg.connect(postgres_url))
    yield connection
    until_done(connection.close())


async def _by_manager(system: ReferenceSystem, database: DatabasePart) -> None:
    async with database.transaction() as transaction:
        await store(transaction, system.unique_id())


def _rows(unique: str) -> tuple[tuple[Any, ...], tuple[Any, ...], list[tuple[Any, ...]]]:
    """Return the values of the three statements."""
    user_id, thread_id, message_id, run_ids = fresh_ids(unique)
    message = a_message(user_id, thread_id, message_id)
    runs = its_runs(message, run_ids)
    return (thread_id, user_id, 0.0), astuple(message), [astuple(each) for each in runs]


def test_sqlite_transaction(
    benchmark_async: AsyncStopwatch, system: ReferenceSystem, sqlite_database: DatabasePart
) -> None:
    """The reference never suspends here: SQLite is called on the loop's own thread."""
    benchmark_async(_by_manager, system, sqlite_database)


def test_sqlite_transaction_by_driver(
    benchmark: Stopwatch, system: ReferenceSystem, sqlite_driver: sqlite3.Connection
) -> None:
    def transaction() -> None:
        thread, message, runs = _rows(system.unique_id())
        sqlite_driver.execute("BEGIN IMMEDIATE")
        sqlite_driver.execute(ADD_THREAD.sqlite, thread)
        sqlite_driver.execute(ADD_MESSAGE.sqlite, message)
        sqlite_driver.executemany(ADD_RUN.sqlite, runs)
        sqlite_driver.execute("COMMIT")

    benchmark(transaction)


def test_postgres_transaction(
    benchmark: Stopwatch,
    system: ReferenceSystem,
    postgres_database: DatabasePart,
    until_done: Done,
) -> None:
    benchmark(lambda: until_done(_by_manager(system, postgres_database)))


def test_postgres_transaction_by_driver(
    benchmark: Stopwatch,
    system: ReferenceSystem,
    postgres_driver: Any,  # noqa: ANN401 - asyncpg has no types
    until_done: Done,
) -> None:
    async def transaction() -> None:
        thread, message, runs = _rows(system.unique_id())
        await postgres_driver.execute("BEGIN")
        await postgres_driver.execute(ADD_THREAD.postgres, *thread)
        await postgres_driver.execute(ADD_MESSAGE.postgres, *message)
        await postgres_driver.fetchmany(ADD_RUN.postgres_many, runs)
        await postgres_driver.execute("COMMIT")

    benchmark(lambda: until_done(transaction()))


def test_sqlite_refusal(
    benchmark: Stopwatch, system: ReferenceSystem, sqlite_database: DatabasePart, until_done: Done
) -> None:
    """A transaction that the schema refuses, rolled back and told."""
    refusal = system.database_errors()["integrity"]

    async def refused() -> bool:
        try:
            async with sqlite_database.transaction() as transaction:
                await transaction.add_thread("thread-1", None)  # type: ignore[arg-type]
        except refusal:
            return True
        return False

    assert benchmark(lambda: until_done(refused()))


def test_sqlite_refusal_by_driver(
    benchmark: Stopwatch, sqlite_driver: sqlite3.Connection, until_done: Done
) -> None:
    """The same, told by the driver's class."""

    async def refused() -> bool:
        sqlite_driver.execute("BEGIN IMMEDIATE")
        try:
            sqlite_driver.execute(ADD_THREAD.sqlite, ("thread-1", None, 0.0))
        except sqlite3.IntegrityError:
            return True
        finally:
            sqlite_driver.execute("ROLLBACK")
        return False

    assert benchmark(lambda: until_done(refused()))


def _sqlite_error() -> Exception:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    error.sqlite_errorname = "SQLITE_BUSY"
    return error


def _postgres_error() -> Exception:
    import asyncpg

    error: Exception = asyncpg.DeadlockDetectedError("deadlock detected")
    return error


@pytest.mark.parametrize(
    "make",
    [_sqlite_error, _postgres_error, ConnectionResetError],
    ids=["sqlite", "postgres", "cut"],
)
def test_classify(benchmark: Stopwatch, make: Callable[[], Exception]) -> None:
    """A driver's error, by the code of SQLite, of PostgreSQL, and by class."""
    assert benchmark(translate, make(), "working").retryable
