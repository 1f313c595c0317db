"""A degraded bridge says that it is active: its health is assumed and not measured.

Check `integration-states` must see it.
"""

from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.integration import IntegrationState
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


class _Trusting(AgentWebSocketBridge):
    @property
    def state(self) -> IntegrationState:
        state = super().state
        return IntegrationState.ACTIVE if state is IntegrationState.DEGRADED else state


create_bridge = _Trusting
