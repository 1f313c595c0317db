"""The whole validation of the document: every component created, and used from end to end."""

import time
from dataclasses import dataclass

from benchmarks.doors import Mailbox
from benchmarks.settled import a_context
from system_under_test.parts import BridgePart, ContextPart, ManagerPart
from system_under_test.protocol import ReferenceSystem


@dataclass(frozen=True, slots=True)
class Journey:
    """What was seen on the way.

    Attributes:
        resolved: Public names that the registry imported.
        refused: Whether the placeholder was refused.
        bridge_states: Of the bridge: made, started, stopped.
        states: Of the execution, oldest first.
        messages: What the user's connection was given.
        strays: What another user's connection was given of it.
        created: Executions that the tracker counts.
        completed: Of these, completed ones.
    """

    resolved: int
    refused: bool
    bridge_states: tuple[str, ...]
    states: tuple[str, ...]
    messages: tuple[bytes, ...]
    strays: tuple[bytes, ...]
    created: int
    completed: int


async def whole_validation(system: ReferenceSystem) -> Journey:
    """Go the whole way once, with components of its own, and tell what was seen."""
    manager = await system.create_manager()
    bridge = system.create_bridge()
    bridge_states = [str(bridge.state), str(bridge.start(manager))]
    tracker = system.create_tracker(time.monotonic)
    user, bystander = Mailbox(), Mailbox()
    context = a_context(system, system.unique_id())
    manager.connect(context.user_id, user, context.thread_id)
    manager.connect(system.unique_id(), bystander)

    execution_id = tracker.create(context, "triage")
    tracker.start(execution_id)
    _work(system, bridge, manager, context.create_child_context())
    tracker.finish(execution_id)
    record, metrics = tracker.get(execution_id), tracker.metrics()

    manager.disconnect(user)
    manager.disconnect(bystander)
    bridge.stop()
    return Journey(
        resolved=len([system.resolve(name) for name in system.canonical_paths()]),
        refused=_refuses_a_placeholder(system),
        bridge_states=(*bridge_states, str(bridge.state)),
        states=tuple(str(state) for state, _ in record.history),
        messages=tuple(user.messages),
        strays=tuple(bystander.messages),
        created=metrics.created,
        completed=metrics.completed,
    )


def _work(
    system: ReferenceSystem, bridge: BridgePart, manager: ManagerPart, context: ContextPart
) -> None:
    """Show the user the five events, then the answer."""
    payload = {"tool": "search", "arguments": {"query": "weather", "api_key": "k-51a7"}}
    for event_type in system.critical_events():
        bridge.emit(context, event_type, payload)
    manager.send_to_thread(context.thread_id, {"type": "answer", "text": "It rains."})


def _refuses_a_placeholder(system: ReferenceSystem) -> bool:
    try:
        system.create_context(user_id="placeholder", thread_id="thread-7", run_id="run-9")
    except system.errors()["invalid_context"]:
        return True
    return False
