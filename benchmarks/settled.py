"""Components that have worked long enough for their bounded memories to be full.

What is measured on them costs the same at the first and at the millionth call: for everything new
that they remember, they forget something old.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from benchmarks.doors import Sink
from system_under_test.parts import BridgePart, ContextPart, ManagerPart, TrackerPart
from system_under_test.protocol import ReferenceSystem

# After the creation, which is pending: the document's path, and the longest that ends well.
SHORT_PATH: Final = ("running", "completed")
LONG_PATH: Final = ("starting", "running", "completing", "completed")

# More than what the systems remember, 1,000 ended executions and 10,000 ended runs: so much more
# that their dictionaries have taken the size that they keep.
_EXECUTIONS: Final = 2_000
_RUNS: Final = 12_000
# As long as the others' names: what is remembered of it later gives way to something as large.
_PAST: Final = "user-5e771d"


def a_context(system: ReferenceSystem, user_id: str) -> ContextPart:
    """Return the context of a new run of a user."""
    return system.create_context(
        user_id=user_id, thread_id=f"thread-of-{user_id}", run_id=system.unique_id()
    )


def settled_tracker(
    system: ReferenceSystem, clock: Callable[[], float], path: Sequence[str] = SHORT_PATH
) -> TrackerPart:
    """Return a tracker that remembers as many ended executions of this path as it ever will."""
    tracker = system.create_tracker(clock)
    for _ in range(_EXECUTIONS):
        run_along(tracker, a_context(system, _PAST), path)
    return tracker


def settled_bridge(system: ReferenceSystem, manager: ManagerPart) -> BridgePart:
    """Return an active bridge that remembers as many ended runs as it ever will."""
    bridge = system.create_bridge()
    bridge.start(manager)
    connection = Sink()
    manager.connect(_PAST, connection)
    for _ in range(_RUNS):
        # The shortest run there is.
        bridge.emit(a_context(system, _PAST), "agent_error")
    manager.disconnect(connection)
    return bridge


def run_along(tracker: TrackerPart, context: ContextPart, path: Sequence[str]) -> None:
    """Take one execution from its creation along the states of a path."""
    execution_id = tracker.create(context, "triage")
    for state in path:
        tracker.advance(execution_id, state)


def emit_run(
    system: ReferenceSystem, bridge: BridgePart, context: ContextPart, payload: dict[str, Any]
) -> None:
    """Emit the five critical events of a run."""
    for event_type in system.critical_events():
        bridge.emit(context, event_type, payload)
