"""One event in 750, so of about one conversation in fifty, is never sent, and nobody is told.

Checks `golden-ten` and `golden-thousand` must see it.
"""

from itertools import count

from system_under_test.connection import ManagerLimits
from system_under_test.delivery import DELIVERED_ONCE, Outcome
from system_under_test.events import AgentEvent, Notice
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_events = count(1)


class _Forgetful(UnifiedWebSocketManager):
    __slots__ = ()

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        if isinstance(event, AgentEvent) and next(_events) % 750 == 0:
            return DELIVERED_ONCE
        return super().send(user_id, event)


async def create_manager(  # type: ignore[no-redef]
    limits: ManagerLimits | None = None,
) -> UnifiedWebSocketManager:
    """Return a manager that loses something now and then."""
    return _Forgetful(limits or ManagerLimits())
