"""A bridge whose link to other nodes is lost, and restored."""

from system_under_test import AgentWebSocketBridge, IntegrationState, UnifiedWebSocketManager
from tests.system_under_test.fakes import FakeClock, FakeDoor, make_context
from tests.system_under_test.started_bridge import bridge, door, emit_all, manager

__all__ = ["bridge", "door", "manager"]


def test_a_lost_link_degrades_and_its_return_makes_active_again(
    bridge: AgentWebSocketBridge, door: FakeDoor
) -> None:
    bridge.lose_link()
    assert (bridge.state, bridge.health().cause) == (IntegrationState.DEGRADED, "link_lost")
    bridge.lose_link()
    assert bridge.check().state is IntegrationState.DEGRADED
    emit_all(bridge, "run-1")
    assert len(door.taken) == 5
    bridge.restore_link()
    assert (bridge.state, bridge.health().cause) == (IntegrationState.ACTIVE, "link_restored")


def test_good_deliveries_do_not_bring_a_lost_link_back(bridge: AgentWebSocketBridge) -> None:
    bridge.lose_link()
    for number in range(30):
        emit_all(bridge, f"run-{number}")
    assert bridge.state is IntegrationState.DEGRADED


def test_a_link_that_is_lost_before_the_start_degrades_the_bridge_at_its_start(
    manager: UnifiedWebSocketManager,
) -> None:
    bridge = AgentWebSocketBridge(clock=FakeClock())
    bridge.lose_link()
    assert bridge.state is IntegrationState.UNINITIALIZED
    assert bridge.start(manager) is IntegrationState.DEGRADED
    bridge.stop()
    bridge.restore_link()
    assert bridge.state is IntegrationState.UNINITIALIZED
    assert bridge.start(manager) is IntegrationState.ACTIVE


def test_a_restored_link_does_not_hide_losses(
    bridge: AgentWebSocketBridge, manager: UnifiedWebSocketManager
) -> None:
    bridge.lose_link()
    for number in range(20):
        broken = FakeDoor()
        broken.broken = True
        manager.connect(f"user-{number}", broken)
        bridge.emit(make_context(f"user-{number}", f"run-{number}"), "agent_started")
    bridge.restore_link()
    assert (bridge.state, bridge.health().cause) == (IntegrationState.DEGRADED, "losses")


def test_a_restored_link_that_was_never_lost_changes_nothing(bridge: AgentWebSocketBridge) -> None:
    bridge.restore_link()
    assert (bridge.state, bridge.health().cause) == (IntegrationState.ACTIVE, "probe_passed")
