"""A connection is given a socket to be woken by, and a disconnect leaves it open.

Check `leak-free` must see it.
"""

import socket

from system_under_test.connection import Connection
from system_under_test.delivery import Drained
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


class _Wakeful(UnifiedWebSocketManager):
    __slots__ = ()

    def connect(
        self, user_id: str, connection: Connection, thread_id: str | None = None
    ) -> Drained:
        # Given up without being closed: only the number of the descriptor is left.
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()
        return super().connect(user_id, connection, thread_id)


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that forgets to close."""
    return _Wakeful()
