"""A new bridge says that it is initializing already, once another one has been started.

Check `bridge-start` must see it.
"""

from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.integration import IntegrationState
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_started: list[bool] = []


class _Eager(AgentWebSocketBridge):
    def __init__(self) -> None:
        super().__init__()
        self._fresh = bool(_started)

    @property
    def state(self) -> IntegrationState:
        return IntegrationState.INITIALIZING if self._fresh else super().state

    def start(self, manager: UnifiedWebSocketManager) -> IntegrationState:
        self._fresh = False
        _started.append(True)
        return super().start(manager)


create_bridge = _Eager
