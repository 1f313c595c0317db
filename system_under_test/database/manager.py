"""The way in: transactions, reads and repeated work on whatever database the URL names."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TypeVar

from system_under_test.database.engine import DatabaseOptions, Engine
from system_under_test.database.errors import DatabaseUrlError
from system_under_test.database.outbox import Outbox, OutboxCounts, OutboxTally
from system_under_test.database.records import MessageRecord, Role, RunRecord
from system_under_test.database.retry import RetryPolicy, Waiting, repeated
from system_under_test.database.statements import ANYTHING, MESSAGES, RUNS
from system_under_test.database.transaction import Transaction

_T = TypeVar("_T")

_DEFAULT_OPTIONS = DatabaseOptions()
_DEFAULT_RETRY = RetryPolicy()


class DatabaseManager:
    """Threads, messages and runs of users, on an engine that was opened.

    Made by `create_database_manager`. Every error that a database gave is a `TransactionError`.
    """

    __slots__ = ("_engine", "_retry", "_tally", "_waiting")

    def __init__(
        self, engine: Engine, retry: RetryPolicy = _DEFAULT_RETRY, waiting: Waiting | None = None
    ) -> None:
        self._engine = engine
        self._retry = retry
        self._waiting = waiting or Waiting()
        self._tally = OutboxTally()

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.kind

    @property
    def outbox(self) -> OutboxCounts:
        """What became of everything that transactions queued."""
        return self._tally.counts()

    def transaction(self, *, serializable: bool = False) -> "OpenTransaction":
        """Return a context manager: commits at its end, rolls back when its body raises.

        `async with manager.transaction() as transaction: ...`. On SQLite every transaction is
        serializable, and the others wait until it has ended, so its body should not dawdle.
        """
        return OpenTransaction(self._engine, Outbox(self._tally), serializable=serializable)

    async def run(
        self,
        work: Callable[[Transaction], Awaitable[_T]],
        *,
        safe_to_repeat: bool = False,
        serializable: bool = False,
    ) -> _T:
        """Return what `work` gives in a transaction of its own.

        Args:
            work: Gets the transaction; it is committed when this returns.
            safe_to_repeat: Doing it twice does what doing it once does, also when the first time
                was kept after all; then it is repeated after errors that a retry can help. Without
                it nothing is ever repeated.
            serializable: As of `transaction`.
        """

        async def once() -> _T:
            async with self.transaction(serializable=serializable) as transaction:
                return await work(transaction)

        if not safe_to_repeat:
            return await once()
        return await repeated(once, self._retry, self._waiting)

    async def messages(
        self, thread_id: str, user_id: str, *, newest: int = 1_000
    ) -> list[MessageRecord]:
        """Return the newest messages of a thread of this user, in the order they were added.

        Another user's thread is empty. A read is repeated like work that is safe to repeat.
        """
        rows = await repeated(
            lambda: self._engine.fetch(MESSAGES, (user_id, thread_id, newest)),
            self._retry,
            self._waiting,
        )
        return [
            MessageRecord(
                message_id=message_id,
                thread_id=thread,
                user_id=user,
                role=Role(role),
                text=text,
                created_at=created_at,
                answers=answers,
            )
            for message_id, thread, user, role, text, created_at, answers in reversed(rows)
        ]

    async def runs(self, thread_id: str, user_id: str, *, newest: int = 1_000) -> list[RunRecord]:
        """Return the newest runs of a thread of this user, oldest first."""
        rows = await repeated(
            lambda: self._engine.fetch(RUNS, (user_id, thread_id, newest)),
            self._retry,
            self._waiting,
        )
        return [
            RunRecord(
                run_id=run_id,
                message_id=message_id,
                thread_id=thread,
                user_id=user,
                agent=agent,
                state=state,
                created_at=created_at,
                result=result,
            )
            for run_id, message_id, thread, user, agent, state, created_at, result in reversed(rows)
        ]

    async def ping(self) -> None:
        """Ask the database for nothing; raises what is wrong, and is not repeated."""
        await self._engine.fetch(ANYTHING, ())

    async def close(self) -> None:
        """Give up every connection. Closing twice is once."""
        await self._engine.close()


class OpenTransaction:
    """What `DatabaseManager.transaction` returns, for `async with`."""

    __slots__ = ("_engine", "_outbox", "_serializable", "_transaction")

    def __init__(self, engine: Engine, outbox: Outbox, *, serializable: bool) -> None:
        self._engine = engine
        self._outbox = outbox
        self._serializable = serializable

    async def __aenter__(self) -> Transaction:
        session = await self._engine.begin(serializable=self._serializable)
        self._transaction = Transaction(session, self._outbox)
        return self._transaction

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            await self._transaction.commit()
        else:
            await self._transaction.rollback()


async def create_database_manager(
    url: str,
    options: DatabaseOptions = _DEFAULT_OPTIONS,
    *,
    retry: RetryPolicy = _DEFAULT_RETRY,
    waiting: Waiting | None = None,
) -> DatabaseManager:
    """Open a database, see to its schema, and return its manager.

    Args:
        url: `sqlite:///path` (a file, made when it is not there; four slashes for an absolute
            path) or `postgresql://user:password@host:port/database`. Memory (`sqlite://`) is
            refused: it has no file that a second connection could read.
        options: Limits in time and number.
        retry: How work that is safe to repeat is repeated.
        waiting: Clock, sleep and chance; the real ones unless given.

    Raises:
        DatabaseUrlError: No engine serves this URL.
        SchemaVersionError: A newer program made this database.
        TransactionError: It could not be opened.
    """
    scheme = url.partition(":")[0]
    waiting = waiting or Waiting()
    engine: Engine
    # An engine is imported by whoever uses it: asyncpg alone costs a tenth of a second.
    if scheme == "sqlite":
        from system_under_test.database.sqlite_engine import open_sqlite

        engine = await open_sqlite(url, options, waiting)
    elif scheme in ("postgresql", "postgres"):
        from system_under_test.database.postgres_engine import open_postgres

        engine = await open_postgres(url, options)
    else:
        raise DatabaseUrlError(scheme, "only SQLite and PostgreSQL are known")
    return DatabaseManager(engine, retry, waiting)
