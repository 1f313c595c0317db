"""The reference with one piece replaced: the way in which sabotaged systems are written."""

from system_under_test.reference import *  # noqa: F403
from system_under_test.tracker import AgentExecutionTracker


class DeafTracker(AgentExecutionTracker):
    """Takes no heartbeat."""

    def heartbeat(self, execution_id: str) -> None:
        """Do nothing."""


create_tracker = DeafTracker
