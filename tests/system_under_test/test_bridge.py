import asyncio
from typing import Any

import pytest

from system_under_test import (
    CRITICAL_EVENTS,
    REDACTED,
    AgentWebSocketBridge,
    BridgeNotReadyError,
    ContextIsolationError,
    EventOrderError,
    IllegalIntegrationError,
    IntegrationState,
    RunLimitError,
    UnencodableEventError,
    UnifiedWebSocketManager,
)
from tests.system_under_test.fakes import FakeDoor, make_context
from tests.system_under_test.started_bridge import bridge, door, emit_all, manager
from tests.system_under_test.test_probe import Deaf

__all__ = ["bridge", "door", "manager"]


def test_a_run_is_five_numbered_events_of_its_user(
    bridge: AgentWebSocketBridge, door: FakeDoor
) -> None:
    emit_all(bridge, "run-1")
    assert [event["type"] for event in door.taken] == list(CRITICAL_EVENTS)
    assert [event["sequence"] for event in door.taken] == [1, 2, 3, 4, 5]
    assert {(event["user_id"], event["run_id"]) for event in door.taken} == {("user-1", "run-1")}
    assert {event["emitted_at"] for event in door.taken} == {1000.0}


def test_secrets_stay_here(bridge: AgentWebSocketBridge, door: FakeDoor) -> None:
    bridge.emit(make_context(), "agent_started", {"task": {"API_KEY": "abc", "text": "hello"}})
    assert door.taken[0]["payload"] == {"task": {"API_KEY": REDACTED, "text": "hello"}}


def test_an_event_that_is_refused_is_not_sent_and_uses_no_number(
    bridge: AgentWebSocketBridge, door: FakeDoor
) -> None:
    bridge.emit(make_context(), "agent_started")
    for wrong in ("agent_started", "tool_executing", "agent_completed", "agent_dancing"):
        with pytest.raises(EventOrderError):
            bridge.emit(make_context(), wrong)
    with pytest.raises(UnencodableEventError):
        bridge.emit(make_context(), "agent_thinking", {"thought": object()})
    assert bridge.emit(make_context(), "agent_thinking").sequence == 2
    assert len(door.taken) == 2


def test_an_error_ends_a_run_at_any_point(bridge: AgentWebSocketBridge) -> None:
    for number in range(len(CRITICAL_EVENTS)):
        context = make_context(run_id=f"run-{number}")
        for event_type in CRITICAL_EVENTS[:number]:
            bridge.emit(context, event_type)
        assert bridge.emit(context, "agent_error", {"why": "no model"}).sequence == number + 1
        with pytest.raises(EventOrderError, match="has ended"):
            bridge.emit(context, "agent_started")
    assert bridge.health().open_runs == 0


def test_the_run_of_another_user_cannot_be_continued(
    bridge: AgentWebSocketBridge, door: FakeDoor
) -> None:
    bridge.emit(make_context("user-1", "run-1"), "agent_started")
    with pytest.raises(ContextIsolationError):
        bridge.emit(make_context("user-2", "run-1"), "agent_thinking")
    assert len(door.taken) == 1


def test_a_dropped_event_leaves_a_gap_that_the_client_sees(
    bridge: AgentWebSocketBridge, manager: UnifiedWebSocketManager
) -> None:
    emissions = [bridge.emit(make_context(), event_type) for event_type in CRITICAL_EVENTS[:4]]
    assert [str(e.outcome.status) for e in emissions] == ["queued", "queued", "queued", "dropped"]
    door = FakeDoor()
    manager.connect("user-1", door)
    bridge.emit(make_context(), "agent_completed")
    assert [event["sequence"] for event in door.taken] == [1, 2, 3, 5]


def test_as_many_runs_are_open_as_allowed(manager: UnifiedWebSocketManager) -> None:
    bridge = AgentWebSocketBridge(max_open_runs=2)
    bridge.start(manager)
    for number in range(2):
        bridge.emit(make_context(run_id=f"run-{number}"), "agent_started")
    with pytest.raises(RunLimitError):
        bridge.emit(make_context(run_id="run-2"), "agent_started")
    bridge.emit(make_context(run_id="run-0"), "agent_error")
    bridge.emit(make_context(run_id="run-2"), "agent_started")


def test_a_refused_first_event_opens_no_run(bridge: AgentWebSocketBridge) -> None:
    with pytest.raises(EventOrderError):
        bridge.emit(make_context(), "agent_thinking")
    assert bridge.health().open_runs == 0


def test_ended_runs_are_remembered_up_to_a_bound(manager: UnifiedWebSocketManager) -> None:
    bridge = AgentWebSocketBridge(remembered_runs=2)
    bridge.start(manager)
    for number in range(3):
        bridge.emit(make_context(run_id=f"run-{number}"), "agent_error")
    for remembered in ("run-1", "run-2"):
        with pytest.raises(EventOrderError):
            bridge.emit(make_context(run_id=remembered), "agent_started")
    assert bridge.emit(make_context(run_id="run-0"), "agent_started").sequence == 1


def test_a_bridge_begins_uninitialized_and_knows_nothing() -> None:
    bridge = AgentWebSocketBridge()
    health = bridge.health()
    assert health.state is bridge.state is IntegrationState.UNINITIALIZED
    assert (health.troubled_ratio, health.probe, health.cause) == (None, None, None)
    with pytest.raises(BridgeNotReadyError):
        bridge.emit(make_context(), "agent_started")
    with pytest.raises(BridgeNotReadyError):
        bridge.check()


def test_awaiting_a_manager_it_is_initializing_and_then_active() -> None:
    bridge = AgentWebSocketBridge()
    seen: list[IntegrationState] = []

    async def factory() -> UnifiedWebSocketManager:
        seen.append(bridge.state)
        return UnifiedWebSocketManager()

    assert asyncio.run(bridge.initialize(factory)) is IntegrationState.ACTIVE
    assert seen == [IntegrationState.INITIALIZING]
    assert bridge.health().probe == ""


def test_without_a_factory_it_makes_its_own_manager() -> None:
    bridge = AgentWebSocketBridge()
    assert asyncio.run(bridge.initialize()) is IntegrationState.ACTIVE


@pytest.mark.parametrize("error", [OSError("no manager"), asyncio.CancelledError()])
def test_a_manager_that_does_not_come_is_a_failure(error: BaseException) -> None:
    async def factory() -> UnifiedWebSocketManager:
        raise error

    async def initialize(bridge: AgentWebSocketBridge) -> None:
        with pytest.raises(type(error)):
            await bridge.initialize(factory)

    bridge = AgentWebSocketBridge()
    asyncio.run(initialize(bridge))
    assert bridge.health().cause == "manager_lost"
    assert bridge.state is IntegrationState.FAILED


def test_a_bridge_that_was_stopped_meanwhile_does_not_become_active() -> None:
    bridge = AgentWebSocketBridge()

    async def factory() -> UnifiedWebSocketManager:
        bridge.stop()
        return UnifiedWebSocketManager()

    with pytest.raises(IllegalIntegrationError):
        asyncio.run(bridge.initialize(factory))
    assert bridge.state is IntegrationState.UNINITIALIZED


def test_a_manager_that_does_not_deliver_makes_it_failed_until_a_sound_one_comes() -> None:
    bridge = AgentWebSocketBridge()
    assert bridge.start(Deaf()) is IntegrationState.FAILED
    assert bridge.health().probe == "0 of 2 messages arrived, or not as they were sent"
    with pytest.raises(BridgeNotReadyError):
        bridge.emit(make_context(), "agent_started")
    assert bridge.start(UnifiedWebSocketManager()) is IntegrationState.ACTIVE


def test_it_cannot_be_started_twice(
    bridge: AgentWebSocketBridge, manager: UnifiedWebSocketManager
) -> None:
    with pytest.raises(IllegalIntegrationError):
        bridge.start(manager)
    assert bridge.state is IntegrationState.ACTIVE


def test_losses_degrade_it_and_good_deliveries_bring_it_back(
    bridge: AgentWebSocketBridge, door: FakeDoor
) -> None:
    for number in range(9):
        bridge.emit(make_context("user-2", f"away-{number}"), "agent_started")
    # Three wait, the next six are lost: more than a tenth of the ten that are enough to say.
    assert bridge.health().state is IntegrationState.ACTIVE
    bridge.emit(make_context(run_id="run-x"), "agent_started")
    assert bridge.health().state is IntegrationState.DEGRADED
    assert bridge.health().troubled_ratio == 0.6
    assert bridge.check().state is IntegrationState.DEGRADED  # the probe passes; losses remain
    for number in range(22):
        emit_all(bridge, f"run-{number}")
    assert (bridge.state, bridge.health().cause) == (IntegrationState.ACTIVE, "recovered")
    assert len(door.taken) == 111


def test_a_user_who_is_away_is_no_trouble(bridge: AgentWebSocketBridge) -> None:
    for number in range(20):
        bridge.emit(make_context(f"user-{number}", f"run-{number}"), "agent_started")
    assert bridge.health().troubled_ratio == 0.0


def test_a_manager_that_was_shut_down_is_noticed_by_the_next_event(
    bridge: AgentWebSocketBridge, manager: UnifiedWebSocketManager
) -> None:
    manager.shut_down()
    assert bridge.emit(make_context(), "agent_started").outcome.reason == "shut_down"
    assert bridge.state is IntegrationState.FAILED


def test_a_manager_that_was_shut_down_is_noticed_by_a_check(
    bridge: AgentWebSocketBridge, manager: UnifiedWebSocketManager
) -> None:
    manager.shut_down()
    health = bridge.check()
    assert (health.state, health.cause) == (IntegrationState.FAILED, "probe_failed")
    assert "ManagerClosedError" in str(health.probe)


def test_stopping_says_which_runs_it_cut_off_and_refuses_them_later(
    bridge: AgentWebSocketBridge, manager: UnifiedWebSocketManager
) -> None:
    bridge.emit(make_context(), "agent_started")
    assert bridge.stop() == 1
    assert bridge.state is IntegrationState.UNINITIALIZED
    bridge.start(manager)
    wrong: Any = "agent_thinking"
    with pytest.raises(EventOrderError, match="has ended"):
        bridge.emit(make_context(), wrong)
