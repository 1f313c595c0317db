"""Every event is encoded thirty times before it is sent once.

Check `send-cpu` must see it.
"""

from system_under_test.delivery import Outcome
from system_under_test.events import AgentEvent, Notice
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


class _Laborious(UnifiedWebSocketManager):
    __slots__ = ()

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        for _ in range(30):
            encode_event(event)  # noqa: F405 - of the reference
        return super().send(user_id, event)


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that does everything thirty times."""
    return _Laborious()
