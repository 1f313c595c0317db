"""The small server, with one of the managers that were broken on purpose in place of its own."""

from benchmarks.sabotage.hoarding_connections import _Hoarding
from system_under_test.manager import UnifiedWebSocketManager
from tests.leak_samples.small_server import *  # noqa: F403 - a system is the reference but for one thing
from tests.leak_samples.small_server import LIMITS


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that forgets users soon and connections never."""
    return _Hoarding(LIMITS)
