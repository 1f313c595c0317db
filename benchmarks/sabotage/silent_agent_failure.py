"""One agent that fails is taken for one that has nothing to say: its run is stored as completed.

Check `agent-failures` must see it.
"""

from collections.abc import Mapping

from system_under_test import reference
from system_under_test.agent import Agent, AgentReply, AgentRequest
from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.steps import default_agents
from system_under_test.supervisor import Supervisor
from system_under_test.tracker import AgentExecutionTracker


class _Optimist:
    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    async def run(self, request: AgentRequest, /) -> AgentReply:
        try:
            return await self._agent.run(request)
        except Exception:  # the sabotage: nobody hears of it
            return AgentReply("")


def create_supervisor(  # type: ignore[no-redef]
    bridge: AgentWebSocketBridge,
    tracker: AgentExecutionTracker,
    agents: Mapping[str, Agent] | None = None,
    step_seconds: float | None = None,
) -> Supervisor:
    """Return a supervisor of agents that never fail."""
    optimists = {name: _Optimist(agent) for name, agent in (agents or default_agents()).items()}
    return reference.create_supervisor(bridge, tracker, optimists, step_seconds)
