"""A bridge that was started on a manager with one user's door: fixtures of its tests."""

import pytest

from system_under_test import (
    CRITICAL_EVENTS,
    AgentWebSocketBridge,
    ManagerLimits,
    UnifiedWebSocketManager,
)
from tests.system_under_test.fakes import FakeClock, FakeDoor, make_context


@pytest.fixture
def manager() -> UnifiedWebSocketManager:
    return UnifiedWebSocketManager(ManagerLimits(queued_events=3))


@pytest.fixture
def door(manager: UnifiedWebSocketManager) -> FakeDoor:
    door = FakeDoor()
    manager.connect("user-1", door)
    return door


@pytest.fixture
def bridge(manager: UnifiedWebSocketManager) -> AgentWebSocketBridge:
    bridge = AgentWebSocketBridge(clock=FakeClock())
    bridge.start(manager)
    return bridge


def emit_all(bridge: AgentWebSocketBridge, run_id: str) -> None:
    for event_type in CRITICAL_EVENTS:
        bridge.emit(make_context(run_id=run_id), event_type)
