"""What waits for a user who is away is thrown away at times, and counted nowhere.

The fault run must see it: promise `events accounted for`.
"""

from itertools import count

from system_under_test.delivery import Outcome
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_sent = count(1)


class _Uncounting(UnifiedWebSocketManager):
    __slots__ = ()

    def _send_away(self, user_id: str, data: bytes) -> Outcome:
        outcome = super()._send_away(user_id, data)
        stream = self._away.get(user_id)
        if stream is not None and stream.recovery and next(_sent) % 3 == 0:
            stream.recovery.pop()
        return outcome


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that loses things and does not say so."""
    return _Uncounting()
