"""Components that have worked long enough for their bounded memories to be full.

What is measured on them costs the same at the first and at the millionth call: for everything new
that they remember, they forget something old.
"""

from collections.abc import Callable
from typing import Any, Final

from benchmarks.doors import Sink
from system_under_test.parts import BridgePart, ContextPart, ManagerPart, TrackerPart
from system_under_test.protocol import ReferenceSystem

# More than what the systems remember: 1,000 ended executions and 10,000 ended runs.
_EXECUTIONS: Final = 2_000
_RUNS: Final = 12_000


def a_context(system: ReferenceSystem, user_id: str) -> ContextPart:
    """Return the context of a new run of a user."""
    return system.create_context(
        user_id=user_id, thread_id=f"thread-of-{user_id}", run_id=system.unique_id()
    )


def settled_tracker(system: ReferenceSystem, clock: Callable[[], float]) -> TrackerPart:
    """Return a tracker that remembers as many ended executions as it ever will."""
    tracker = system.create_tracker(clock)
    context = a_context(system, "user-of-the-past")
    for _ in range(_EXECUTIONS):
        run_to_its_end(tracker, context)
    return tracker


def settled_bridge(system: ReferenceSystem, manager: ManagerPart) -> BridgePart:
    """Return an active bridge that remembers as many ended runs as it ever will."""
    bridge = system.create_bridge()
    bridge.start(manager)
    connection = Sink()
    manager.connect("user-of-the-past", connection)
    for _ in range(_RUNS):
        # The shortest run there is.
        bridge.emit(a_context(system, "user-of-the-past"), "agent_error")
    manager.disconnect(connection)
    return bridge


def run_to_its_end(tracker: TrackerPart, context: ContextPart) -> str:
    """Take one execution along the document's short path: pending, running, completed."""
    execution_id = tracker.create(context, "triage")
    tracker.start(execution_id)
    return tracker.finish(execution_id)


def emit_run(
    system: ReferenceSystem, bridge: BridgePart, context: ContextPart, payload: dict[str, Any]
) -> None:
    """Emit the five critical events of a run."""
    for event_type in system.critical_events():
        bridge.emit(context, event_type, payload)
