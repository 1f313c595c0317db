"""A manager that keeps every connection that has gone.

Nothing is open any more and no part alone shows it; the server grows with every conversation.
`python -m benchmarks.leaking` must see it.
"""

from system_under_test.connection import Connection
from system_under_test.delivery import Departure
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_gone: list[Connection] = []


class _Hoarding(UnifiedWebSocketManager):
    __slots__ = ()

    def disconnect(self, connection: Connection) -> Departure:
        _gone.append(connection)
        return super().disconnect(connection)


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that cannot let go."""
    return _Hoarding()
