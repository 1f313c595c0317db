"""One event in fifty is handed to somebody else too, beside the user it is for.

Check `isolation` must see it; the right user misses nothing.
"""

from contextlib import suppress
from itertools import count

from system_under_test.connection import Connection
from system_under_test.delivery import Departure, Drained, Outcome
from system_under_test.encoding import encode_event
from system_under_test.events import AgentEvent, Notice
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_sent = count(1)


class _Gossip(UnifiedWebSocketManager):
    __slots__ = ("_doors",)

    def __init__(self) -> None:
        super().__init__()
        self._doors: dict[Connection, str] = {}

    def connect(
        self, user_id: str, connection: Connection, thread_id: str | None = None
    ) -> Drained:
        drained = super().connect(user_id, connection, thread_id)
        self._doors[connection] = user_id
        return drained

    def disconnect(self, connection: Connection) -> Departure:
        self._doors.pop(connection, None)
        return super().disconnect(connection)

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        outcome = super().send(user_id, event)
        if isinstance(event, AgentEvent) and next(_sent) % 50 == 0:
            strangers = (door for door, owner in self._doors.items() if owner != user_id)
            with suppress(StopIteration, OSError):  # nobody else is there, or not any more
                next(strangers).write(encode_event(event))
        return outcome


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that cannot keep a secret."""
    return _Gossip()
