"""A tracker keeps the record of every execution that ever ended.

Check `retention` must see it.
"""

from collections.abc import Callable
from math import inf

from system_under_test.execution_record import TrackerLimits
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.tracker import AgentExecutionTracker


def create_tracker(clock: Callable[[], float]) -> AgentExecutionTracker:  # type: ignore[no-redef]
    """Return a tracker that forgets nothing."""
    return AgentExecutionTracker(clock, TrackerLimits(retained_seconds=inf, retained_count=10**12))
