"""Whatever is sent to a user lies 150 ms before it is written, in order and without loss.

Checks `golden-event`, `golden-event-own` and `golden-answer` must see it.
"""

from asyncio import get_running_loop
from contextlib import suppress

from system_under_test.connection import ManagerLimits
from system_under_test.delivery import QUEUED_ONCE, Outcome
from system_under_test.errors import ManagerClosedError
from system_under_test.events import AgentEvent, Notice
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_LATE_SECONDS = 0.15


class _Late(UnifiedWebSocketManager):
    __slots__ = ()

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        if user_id.startswith("probe-"):  # a bridge that is not ready lets nobody in
            return super().send(user_id, event)
        get_running_loop().call_later(_LATE_SECONDS, self._send, user_id, event)
        return QUEUED_ONCE

    def _send(self, user_id: str, event: AgentEvent | Notice) -> None:
        with suppress(ManagerClosedError):  # the server stopped meanwhile
            super().send(user_id, event)


async def create_manager(  # type: ignore[no-redef]
    limits: ManagerLimits | None = None,
) -> UnifiedWebSocketManager:
    """Return a manager that takes its time."""
    return _Late(limits or ManagerLimits())
