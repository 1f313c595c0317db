"""Every connection is given 64 KiB of its own, as a buffer that nobody needs.

Check `connection-memory` must see it.
"""

from system_under_test.connection import Connection
from system_under_test.delivery import Departure, Drained
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_BUFFER = bytes(range(256)) * 256


class _Heavy(UnifiedWebSocketManager):
    __slots__ = ("_buffers",)

    def __init__(self) -> None:
        super().__init__()
        self._buffers: dict[Connection, bytearray] = {}

    def connect(
        self, user_id: str, connection: Connection, thread_id: str | None = None
    ) -> Drained:
        self._buffers[connection] = bytearray(_BUFFER)
        return super().connect(user_id, connection, thread_id)

    def disconnect(self, connection: Connection) -> Departure:
        self._buffers.pop(connection, None)
        return super().disconnect(connection)


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that is generous with memory."""
    return _Heavy()
