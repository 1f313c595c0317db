import asyncio
import inspect
from typing import Any

import pytest

from system_under_test import IncompleteSystemError, ReferenceSystem, load_system, reference
from system_under_test.protocol import CORE, PARTS
from tests.system_under_test.fakes import FakeClock, FakeDoor

REFERENCE = "system_under_test.reference"
# Checked by the type checker: the module is a system.
AS_SYSTEM: ReferenceSystem = reference


@pytest.fixture
def system() -> ReferenceSystem:
    return load_system(REFERENCE)


def context_of(system: ReferenceSystem, user_id: str = "user-1") -> Any:
    return system.create_context(user_id=user_id, thread_id="thread-1", run_id=system.unique_id())


def test_the_parts_are_the_protocol() -> None:
    methods = {name for name, member in vars(ReferenceSystem).items() if inspect.isfunction(member)}
    named = [name for names in PARTS.values() for name in names]
    assert sorted(named) == sorted(name for name in methods if not name.startswith("_"))
    assert sorted(reference.__all__) == sorted(named)


def test_every_function_of_the_protocol_says_what_it_does() -> None:
    for names in PARTS.values():
        for name in names:
            assert inspect.getdoc(getattr(ReferenceSystem, name))


def test_the_reference_serves_a_whole_run_through_the_protocol(system: ReferenceSystem) -> None:
    clock = FakeClock()
    tracker = system.create_tracker(clock=clock)
    manager = asyncio.run(_made(system))
    bridge = system.create_bridge()
    door = FakeDoor()
    context = context_of(system)
    assert bridge.state == "uninitialized"
    assert bridge.start(manager) == "active"
    manager.connect("user-1", door, "thread-1")
    execution = tracker.create(context, "triage")
    tracker.start(execution)
    for event_type in system.critical_events():
        assert bridge.emit(context, event_type).outcome.status == "delivered"
    tracker.finish(execution)
    assert tracker.get(execution).state == "completed"
    assert [event["type"] for event in door.taken] == list(system.critical_events())
    assert (tracker.metrics().created, tracker.metrics().completed) == (1, 1)
    assert manager.statistics().waiting == 0


async def _made(system: ReferenceSystem) -> Any:
    return await system.create_manager()


def test_the_small_functions_of_the_reference_do_what_they_say(system: ReferenceSystem) -> None:
    event = system.create_event(
        type="agent_started",
        user_id="user-1",
        thread_id="thread-1",
        run_id="run-1",
        sequence=1,
        emitted_at=0.0,
    )
    assert b'"agent_started"' in system.encode_event(event)
    assert system.redact({"token": "abc"}) != {"token": "abc"}
    assert system.transition("pending", "running") in system.legal_transitions()["pending"]
    assert context_of(system).create_child_context().depth == 1
    assert set(system.public_api()) == set(system.canonical_paths())
    assert set(system.deprecated_paths().values()) <= set(system.canonical_paths())
    assert system.resolve("unique_id") is system.unique_id


def test_the_roles_of_the_errors_are_raised(system: ReferenceSystem) -> None:
    errors = system.errors()
    manager = asyncio.run(_made(system))
    with pytest.raises(errors["invalid_context"]):
        system.create_context(user_id="temp", thread_id="t", run_id="r")
    with pytest.raises(errors["illegal_transition"]):
        system.transition("completed", "running")
    with pytest.raises(errors["unknown_execution"]):
        system.create_tracker(clock=FakeClock()).start("nobody")
    with pytest.raises(errors["unencodable_event"]):
        system.encode_event({"a": object()})
    with pytest.raises(errors["bridge_not_ready"]):
        system.create_bridge().emit(context_of(system), "agent_started")
    for _ in range(10):
        manager.connect("user-1", FakeDoor())
    with pytest.raises(errors["connection_limit"]):
        manager.connect("user-1", FakeDoor())
    bridge = system.create_bridge()
    bridge.start(manager)
    with pytest.raises(errors["event_order"]):
        bridge.emit(context_of(system), "agent_completed")
    context = context_of(system)
    bridge.emit(context, "agent_started")
    stranger = system.create_context(user_id="user-2", thread_id="t", run_id=context.run_id)
    with pytest.raises(errors["context_isolation"]):
        bridge.emit(stranger, "agent_thinking")


def test_measuring_through_the_reference_costs_nothing() -> None:
    from system_under_test import (
        AgentExecutionTracker,
        UserExecutionContext,
        create_websocket_manager,
    )

    made: Any = reference
    assert made.create_context is UserExecutionContext
    assert made.create_tracker is AgentExecutionTracker
    assert made.create_manager is create_websocket_manager


def test_a_system_differs_from_the_reference_in_one_piece() -> None:
    system: Any = load_system("tests.system_under_test.sabotaged_system")
    assert system.create_tracker is not reference.create_tracker
    for name in reference.__all__:
        assert name == "create_tracker" or getattr(system, name) is getattr(reference, name)


def test_a_module_that_is_no_system_is_refused_with_everything_it_lacks() -> None:
    with pytest.raises(IncompleteSystemError) as caught:
        load_system("tests.system_under_test.broken_system")
    missing = set(caught.value.missing)
    everything = {name for part in CORE for name in PARTS[part]}
    expected = everything - {"create_tracker", "unique_id"}
    assert missing == expected | {"unique_id (there, but not callable)"}
    assert all(name in str(caught.value) for name in missing)


def test_a_module_may_offer_some_parts_only() -> None:
    path = "tests.system_under_test.broken_system"
    assert load_system(path, ["tracker"]) is not None
    with pytest.raises(IncompleteSystemError):
        load_system(path, ["tracker", "identity"])


def test_a_module_that_is_not_there_is_an_import_error() -> None:
    with pytest.raises(ImportError):
        load_system("system_under_test.nonsense")
