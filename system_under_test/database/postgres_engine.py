"""PostgreSQL by URL, through asyncpg's pool."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import asyncpg

from system_under_test.database.engine import DatabaseOptions, Row
from system_under_test.database.errors import (
    AbortedTransactionError,
    ConnectionError,
    DatabaseClosedError,
    SchemaVersionError,
    TooManyConnectionsError,
    TransactionError,
)
from system_under_test.database.statements import (
    ADD_VERSION,
    HAS_SCHEMA,
    SCHEMA,
    SCHEMA_LOCK,
    SCHEMA_VERSION,
    STORED_VERSION,
    Statement,
)
from system_under_test.database.translation import translate

# What comes out of asyncpg and of the loop's sockets, and a value that cannot be encoded. The
# built-in TimeoutError and ConnectionError are OSErrors.
_FOREIGN: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    OverflowError,
)

_BEGIN: Final = "BEGIN"
_BEGIN_SERIALIZABLE: Final = "BEGIN ISOLATION LEVEL SERIALIZABLE"


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is not reset when it is given back: nothing of ours sets anything on it.

    asyncpg's own reset is one more round trip for every transaction.
    """

    __slots__ = ()

    def get_reset_query(self) -> str:
        """Return nothing to do."""
        return ""


class PostgresSession:
    """One transaction on one connection of the pool."""

    __slots__ = ("_connection", "_engine", "_lost")

    def __init__(self, engine: "PostgresEngine", connection: Any) -> None:  # noqa: ANN401 - a proxy
        self._engine = engine
        self._connection = connection
        self._lost = False

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        """Do it; return the number of rows that changed."""
        try:
            status: str = await self._connection.execute(statement.postgres, *values)
        except _FOREIGN as error:
            raise self._translated(error, statement.doing) from error
        changed = status.rpartition(" ")[2]  # "INSERT 0 1", "UPDATE 3", "CREATE TABLE"
        return int(changed) if changed.isdigit() else 0

    async def execute_many(self, statement: Statement, rows: Sequence[Sequence[object]]) -> int:
        """Do it once for each row of values, in one round trip; return how many rows it added."""
        try:
            return len(await self._connection.fetchmany(statement.postgres_many, rows))
        except _FOREIGN as error:
            raise self._translated(error, statement.doing) from error

    async def fetch(self, statement: Statement, values: Sequence[object]) -> Sequence[Row]:
        """Return what it finds, the transaction's own changes included."""
        try:
            rows: Sequence[Row] = await self._connection.fetch(statement.postgres, *values)
        except _FOREIGN as error:
            raise self._translated(error, statement.doing) from error
        return rows

    async def commit(self) -> None:
        """Keep everything, and give the connection back.

        Raises:
            ConnectionError: The answer was lost, and so `outcome_unknown` is set.
            TransactionError: Nothing was kept.
        """
        try:
            status = await self._connection.execute("COMMIT")
        except _FOREIGN as error:
            refusal = self._translated(error, "committing")
            refusal.outcome_unknown = isinstance(refusal, ConnectionError)
            await self._give_back()
            raise refusal from error
        except BaseException:
            # Cancelled: whether it was kept is unknown, and its answer must not meet the next one.
            self._lost = True
            await self._give_back()
            raise
        await self._give_back()
        if status != "COMMIT":  # ROLLBACK, when a statement had failed
            raise AbortedTransactionError("committing")

    async def rollback(self) -> None:
        """Keep nothing, and give the connection back; one that cannot roll back is ended."""
        if not self._lost:
            try:
                await self._connection.execute("ROLLBACK")
            except _FOREIGN:
                self._lost = True
            except BaseException:
                self._lost = True
                await self._give_back()
                raise
        await self._give_back()

    async def _give_back(self) -> None:
        await self._engine.give_back(self._connection, lost=self._lost)

    def _translated(self, error: BaseException, doing: str) -> TransactionError:
        refusal = translate(error, doing)
        self._lost = self._lost or isinstance(refusal, ConnectionError)
        return refusal


class PostgresEngine:
    """A server that was reached."""

    kind: Final = "postgresql"

    def __init__(self, pool: "asyncpg.Pool[Any]", options: DatabaseOptions) -> None:
        self._pool = pool
        self._options = options
        self._closed = False
        # Connections at rest that we keep: giving one to the pool and asking for it again costs
        # more than a tenth of a millisecond of our own time, as much as a round trip.
        self._resting: list[Any] = []
        self._waiting = 0

    async def begin(self, *, serializable: bool = False) -> PostgresSession:
        """Return a transaction that has begun, serializable or read committed."""
        connection = await self._acquired("beginning a transaction")
        try:
            await connection.execute(_BEGIN_SERIALIZABLE if serializable else _BEGIN)
        except _FOREIGN as error:
            await self.give_back(connection, lost=True)
            raise translate(error, "beginning a transaction") from error
        except BaseException:
            await self.give_back(connection, lost=True)
            raise
        return PostgresSession(self, connection)

    async def fetch(self, statement: Statement, values: Sequence[object]) -> Sequence[Row]:
        """Return what it finds among what was committed."""
        connection = await self._acquired(statement.doing)
        lost = False
        try:
            rows: Sequence[Row] = await connection.fetch(statement.postgres, *values)
        except _FOREIGN as error:
            refusal = translate(error, statement.doing)
            lost = isinstance(refusal, ConnectionError)
            raise refusal from error
        finally:
            await self.give_back(connection, lost=lost)
        return rows

    async def close(self) -> None:
        """Close every connection, after what is open on them; those that do not end are ended."""
        if self._closed:
            return
        self._closed = True
        while self._resting:
            await self.give_back(self._resting.pop())
        try:
            async with asyncio.timeout(self._options.statement_seconds):
                await self._pool.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._pool.terminate()

    async def give_back(self, connection: Any, *, lost: bool = False) -> None:  # noqa: ANN401 - asyncpg's proxy
        """Take a connection back; one that was lost is ended."""
        if lost:
            # asyncpg takes a connection out of its pool when it sees its end before we do.
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
        elif not self._waiting and not self._closed and _is_open(connection):
            self._resting.append(connection)
            return
        await self._pool.release(connection)

    async def _acquired(self, doing: str) -> Any:  # noqa: ANN401 - asyncpg's proxy of a connection
        if self._closed:
            raise DatabaseClosedError(doing)
        while self._resting:
            connection = self._resting.pop()
            if _is_open(connection):
                return connection
            await self.give_back(connection, lost=True)
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=self._options.acquire_seconds)
        except _FOREIGN as error:
            if self._closed:
                raise DatabaseClosedError(doing) from error
            exhausted = (
                isinstance(error, OSError)
                and error.errno is None
                and self._pool.get_size() >= self._pool.get_max_size()
                and not self._pool.get_idle_size()
            )
            refusal = TooManyConnectionsError(doing) if exhausted else translate(error, doing)
            raise refusal from error
        finally:
            self._waiting -= 1


def _is_open(connection: Any) -> bool:  # noqa: ANN401 - asyncpg's proxy
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it was taken out of the pool
        return False


async def open_postgres(url: str, options: DatabaseOptions) -> PostgresEngine:
    """Reach the server that a URL names, and see to the schema."""
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=options.connections,
            connection_class=_Connection,
            timeout=options.connect_seconds,
            # Longer than the server takes to give up: whoever says nothing by then is gone.
            command_timeout=options.statement_seconds + options.silence_seconds,
            server_settings={
                "application_name": "system_under_test",
                "statement_timeout": _milliseconds(options.statement_seconds),
                "lock_timeout": _milliseconds(options.lock_seconds),
            },
        )
    except _FOREIGN as error:
        raise translate(error, "opening the database") from error
    engine = PostgresEngine(pool, options)
    try:
        await _prepare(engine)
    except BaseException:
        pool.terminate()
        raise
    return engine


async def _prepare(engine: PostgresEngine) -> None:
    """Create the schema, unless it is there."""
    if not await engine.fetch(HAS_SCHEMA, ()):
        session = await engine.begin()
        try:
            lock = Statement("waiting to create the schema", "", "SELECT pg_advisory_xact_lock($1)")
            await session.fetch(lock, (SCHEMA_LOCK,))
            if not await session.fetch(HAS_SCHEMA, ()):  # another node may have been faster
                for statement in SCHEMA:
                    await session.execute(statement, ())
                await session.execute(ADD_VERSION, (SCHEMA_VERSION,))
        except BaseException:
            await session.rollback()
            raise
        await session.commit()
    rows = await engine.fetch(STORED_VERSION, ())
    if rows[0][0] > SCHEMA_VERSION:
        raise SchemaVersionError(STORED_VERSION.doing)


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(1_000 * seconds)))
