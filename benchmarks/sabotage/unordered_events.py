"""One sends `agent_thinking` after the event that follows it. Check `golden-path` must see it."""

from system_under_test.connection import ManagerLimits
from system_under_test.delivery import DELIVERED_ONCE, Outcome
from system_under_test.events import AgentEvent, EventType, Notice
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_DEFAULT_LIMITS = ManagerLimits()


class _Swapping(UnifiedWebSocketManager):
    def __init__(self, limits: ManagerLimits) -> None:
        super().__init__(limits)
        self._held: dict[str, AgentEvent] = {}

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        if isinstance(event, AgentEvent) and event.type is EventType.AGENT_THINKING:
            self._held[user_id] = event
            return DELIVERED_ONCE
        outcome = super().send(user_id, event)
        held = self._held.pop(user_id, None)
        if held is not None:
            super().send(user_id, held)
        return outcome


async def create_manager(  # type: ignore[no-redef]
    limits: ManagerLimits = _DEFAULT_LIMITS,
) -> UnifiedWebSocketManager:
    """Return a manager that lets the second event of a run overtake the third."""
    return _Swapping(limits)
