"""Making a tracker takes 0.02 ms, where the document allows 0.01 ms.

Check `tracker-creation` must see it.
"""

from collections.abc import Callable

from benchmarks.sabotage.busy import spend
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.tracker import AgentExecutionTracker


def create_tracker(clock: Callable[[], float]) -> AgentExecutionTracker:  # type: ignore[no-redef]
    """Return a tracker, late."""
    spend(0.000_02)
    return AgentExecutionTracker(clock)
