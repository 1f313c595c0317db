"""The reference, which remembers 60 users that are away and 60 runs instead of 10,000."""

from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.connection import ManagerLimits
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

LIMITS = ManagerLimits(away_users=60)


def create_bridge() -> AgentWebSocketBridge:  # type: ignore[no-redef]
    """Return a bridge that forgets soon."""
    return AgentWebSocketBridge(remembered_runs=60)


async def create_manager() -> UnifiedWebSocketManager:  # type: ignore[no-redef]
    """Return a manager that forgets soon."""
    return UnifiedWebSocketManager(LIMITS)
