"""One event in a hundred carries the number of the event before it.

Check `agent-websocket` must see it: a client takes it for one that it has seen.
"""

from itertools import count
from typing import Any

from msgspec.structs import replace

from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.integration import IntegrationState
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_sent = count(1)


class _Stutter:
    """A manager whose numbers stutter on the way out."""

    def __init__(self, manager: UnifiedWebSocketManager) -> None:
        self._manager = manager

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the manager has
        return getattr(self._manager, name)

    def send(self, user_id: str, event: Any) -> Any:  # noqa: ANN401 - an event or a notice
        if getattr(event, "sequence", 1) > 1 and next(_sent) % 100 == 0:
            event = replace(event, sequence=event.sequence - 1)
        return self._manager.send(user_id, event)


class _Stuttering(AgentWebSocketBridge):
    def start(self, manager: Any) -> IntegrationState:  # noqa: ANN401 - stands in for the manager
        stutter: Any = _Stutter(manager)
        return super().start(stutter)


create_bridge = _Stuttering
