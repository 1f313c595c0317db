"""What waits for a commit is sent before it, and one commit in fifteen never comes.

The fault run must see it: promise `acknowledged and lost`.
"""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

from system_under_test.database.errors import StorageError
from system_under_test.database.manager import DatabaseManager, create_database_manager
from system_under_test.database.outbox import Send
from system_under_test.database.transaction import Transaction
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_T = TypeVar("_T")
_sent = count(1)


class _HastyTransaction(Transaction):
    __slots__ = ()

    def queue(self, send: Send) -> None:
        send()
        if next(_sent) % 15 == 0:
            raise StorageError("committing")


class _HastyManager(DatabaseManager):
    __slots__ = ()

    async def run(
        self,
        work: Callable[[Transaction], Awaitable[_T]],
        *,
        safe_to_repeat: bool = False,
        serializable: bool = False,
    ) -> _T:
        async def hastily(transaction: Transaction) -> _T:
            transaction.__class__ = _HastyTransaction
            return await work(transaction)

        return await super().run(hastily, safe_to_repeat=safe_to_repeat, serializable=serializable)


async def create_database(url: str) -> DatabaseManager:  # type: ignore[no-redef]
    """Return a manager that acknowledges what it does not keep."""
    manager = await create_database_manager(url)
    manager.__class__ = _HastyManager
    return manager
