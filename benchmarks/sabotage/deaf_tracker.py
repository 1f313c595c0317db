"""A tracker does not hear the heartbeats of an execution that is completing.

Check `lifecycle` must see it: executions that are well are declared dead.
"""

from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.tracker import AgentExecutionTracker


class _HardOfHearing(AgentExecutionTracker):
    def heartbeat(self, execution_id: str) -> None:
        if self.get(execution_id).state != "completing":
            super().heartbeat(execution_id)


create_tracker = _HardOfHearing
