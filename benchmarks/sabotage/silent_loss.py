"""Of a user who is away, every tenth event is said to wait and is lost.

Check `recovery` must see it.
"""

from system_under_test.connection import Connection
from system_under_test.delivery import Drained, Outcome
from system_under_test.events import AgentEvent, Notice
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


class _Forgetful(UnifiedWebSocketManager):
    __slots__ = ("_queued", "_said")

    def __init__(self) -> None:
        super().__init__()
        self._queued: dict[str, int] = {}
        self._said: Outcome | None = None

    def connect(
        self, user_id: str, connection: Connection, thread_id: str | None = None
    ) -> Drained:
        self._queued.pop(user_id, None)
        return super().connect(user_id, connection, thread_id)

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        if self._said is not None and self._queued.get(user_id, 0) % 10 == 9:
            self._queued[user_id] += 1
            return self._said
        outcome = super().send(user_id, event)
        if outcome.status == "queued":
            self._queued[user_id] = self._queued.get(user_id, 0) + 1
            self._said = outcome
        return outcome


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that loses things."""
    return _Forgetful()
