"""Databases whose errors are told as what they are not."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from system_under_test import reference
from system_under_test.database.engine import DatabaseOptions
from system_under_test.database.errors import TransactionError
from system_under_test.database.manager import DatabaseManager
from system_under_test.database.postgres_engine import PostgresEngine, open_postgres
from system_under_test.database.statements import Statement

Mistake = Callable[[TransactionError], TransactionError]
"""Returns the error that is told in the place of another; that one, when it is not mistaken."""


class _Session:
    """A session that mistakes the errors of its statements."""

    def __init__(self, session: Any, mistake: Mistake) -> None:  # noqa: ANN401 - the engine's own
        self._session = session
        self._mistake = mistake

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a session has
        return getattr(self._session, name)

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        try:
            changed: int = await self._session.execute(statement, values)
        except TransactionError as error:
            raise self._mistake(error) from error.__cause__
        return changed


class _Engine:
    """An engine that begins such sessions."""

    def __init__(self, engine: PostgresEngine, mistake: Mistake) -> None:
        self._engine = engine
        self._mistake = mistake

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever an engine has
        return getattr(self._engine, name)

    async def begin(self, *, serializable: bool) -> _Session:
        return _Session(await self._engine.begin(serializable=serializable), self._mistake)


def mistaking(mistake: Mistake) -> Callable[..., Awaitable[DatabaseManager]]:
    """Return a `create_database` whose PostgreSQL tells errors so."""

    async def create_database(url: str, options: DatabaseOptions | None = None) -> DatabaseManager:
        """Open a database; PostgreSQL by the mistaken engine."""
        if url.startswith("sqlite"):
            return await reference.create_database(url, options)
        engine: Any = _Engine(await open_postgres(url, options or DatabaseOptions()), mistake)
        return DatabaseManager(engine)

    return create_database
