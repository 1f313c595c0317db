"""Every hundredth event that a manager sends is kept somewhere and never let go.

Check `leak-free` must see it.
"""

from itertools import count

from system_under_test.delivery import Outcome
from system_under_test.events import AgentEvent, Notice
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_sent = count(1)
_kept: list[list[object]] = []


class _Hoarding(UnifiedWebSocketManager):
    __slots__ = ()

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        if next(_sent) % 100 == 0:
            _kept.append([user_id, event])
        return super().send(user_id, event)


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that remembers too much."""
    return _Hoarding()
