"""An event is sent as soon as it is queued, also when its transaction is rolled back.

Check `outbox` must see it: the user is shown what never happened.
"""

from system_under_test import reference
from system_under_test.database.engine import DatabaseOptions
from system_under_test.database.manager import DatabaseManager, OpenTransaction
from system_under_test.database.outbox import Outbox, Send
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


class _Hasty(Outbox):
    """An outbox that waits for nothing."""

    __slots__ = ()

    def queue(self, send: Send) -> None:
        """Send it."""
        super().queue(send)
        self.release()


class _HastyManager(DatabaseManager):
    """A manager whose transactions have such an outbox."""

    __slots__ = ()

    def transaction(self, *, serializable: bool = False) -> OpenTransaction:
        """Return a transaction whose events do not wait for it."""
        return OpenTransaction(self._engine, _Hasty(self._tally), serializable=serializable)


async def create_database(  # type: ignore[no-redef]
    url: str, options: DatabaseOptions | None = None
) -> DatabaseManager:
    """Open a database."""
    manager = await reference.create_database(url, options)
    manager.__class__ = _HastyManager
    return manager
