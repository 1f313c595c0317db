"""Sending looks at every connection there is before it sends to one user.

Check `send-own` must see it: with one connection nobody would notice, with 10,000 they do.
"""

from system_under_test.connection import Connection
from system_under_test.delivery import Drained, Outcome
from system_under_test.events import AgentEvent, Notice
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


class _Searching(UnifiedWebSocketManager):
    __slots__ = ("_known",)

    def __init__(self) -> None:
        super().__init__()
        self._known: list[str] = []

    def connect(
        self, user_id: str, connection: Connection, thread_id: str | None = None
    ) -> Drained:
        if user_id not in self._known:
            self._known.append(user_id)
        return super().connect(user_id, connection, thread_id)

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        _ = [known for known in self._known if known == user_id]
        return super().send(user_id, event)


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that searches."""
    return _Searching()
