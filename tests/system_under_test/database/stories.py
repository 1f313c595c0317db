"""What the tests of both engines do: records, transactions, and a loop with an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from benchmarks.records import a_message, fresh_ids, its_runs, store
from system_under_test.database.engine import DatabaseOptions
from system_under_test.database.manager import DatabaseManager, create_database_manager
from system_under_test.database.records import MessageRecord

_R = TypeVar("_R")
PATIENCE_SECONDS = 30.0

USER, THREAD, MESSAGE, RUNS = fresh_ids("7f3a9c")
STRANGER = "user-somebody-else"


def run(work: Coroutine[Any, Any, _R]) -> _R:
    """Run in a loop of its own, with an end."""
    return asyncio.run(asyncio.wait_for(work, PATIENCE_SECONDS))


@asynccontextmanager
async def opened(
    url: str, options: DatabaseOptions | None = None, **more: Any
) -> AsyncIterator[DatabaseManager]:
    manager = await create_database_manager(url, options or DatabaseOptions(), **more)
    try:
        yield manager
    finally:
        await manager.close()


async def fill(manager: DatabaseManager, unique: str = "7f3a9c") -> MessageRecord:
    """Store a thread, a message and its runs."""
    async with manager.transaction() as transaction:
        return await store(transaction, unique)


__all__ = [
    "MESSAGE",
    "RUNS",
    "STRANGER",
    "THREAD",
    "USER",
    "a_message",
    "fill",
    "its_runs",
    "opened",
    "run",
    "store",
]
