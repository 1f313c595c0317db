"""One public method lost its words.

Check `documented` must see it.
"""

from system_under_test import reference
from system_under_test.execution import ExecutionState
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.tracker import AgentExecutionTracker


class _Wordless(AgentExecutionTracker):
    """Follows executions, and does not say how one is cancelled."""

    def cancel(self, execution_id: str) -> ExecutionState:
        return super().cancel(execution_id)


def resolve(path: str) -> object:  # type: ignore[no-redef]
    """Import what a path stands for; the tracker is another one."""
    found = reference.resolve(path)
    return _Wordless if found is AgentExecutionTracker else found
