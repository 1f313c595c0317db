"""One call in 64 of the async factory gives the manager of the call before.

Check `factory` must see it: two tenants meet in one manager.
"""

from itertools import count

from system_under_test import reference
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_calls = count(1)
_last: list[UnifiedWebSocketManager] = []


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager, not always a new one."""
    if next(_calls) % 64 or not _last:
        _last[:] = [await reference.create_manager()]
    return _last[0]
