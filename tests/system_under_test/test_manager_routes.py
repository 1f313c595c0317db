"""Where a message goes: threads, broadcasts, users who are away or gone."""

from collections.abc import Callable

import pytest

from system_under_test import (
    AgentEvent,
    ContextIsolationError,
    EventType,
    ManagerClosedError,
    ManagerLimits,
    UnifiedWebSocketManager,
)
from tests.system_under_test.fakes import FakeDoor, numbers, send_numbers

LIMITS = ManagerLimits(queued_events=3, away_users=2, threads_per_user=2)


@pytest.fixture
def manager() -> UnifiedWebSocketManager:
    return UnifiedWebSocketManager(LIMITS)


def agent_event(user_id: str) -> AgentEvent:
    return AgentEvent(
        type=EventType.AGENT_STARTED,
        user_id=user_id,
        thread_id="thread-1",
        run_id="run-1",
        sequence=1,
        emitted_at=0.0,
    )


def test_a_thread_leads_to_its_user(manager: UnifiedWebSocketManager) -> None:
    door = FakeDoor()
    manager.connect("user-1", door, "thread-1")
    assert manager.send_to_thread("thread-1", {"n": 1}).status == "delivered"
    manager.disconnect(door)
    assert manager.send_to_thread("thread-1", {"n": 2}).status == "queued"
    unknown = manager.send_to_thread("thread-2", {"n": 3})
    assert (unknown.status, unknown.reason) == ("dropped", "unknown_thread")


def test_a_thread_of_another_user_cannot_be_joined(manager: UnifiedWebSocketManager) -> None:
    manager.connect("user-1", FakeDoor(), "thread-1")
    with pytest.raises(ContextIsolationError):
        manager.connect("user-2", FakeDoor("user-2"), "thread-1")
    assert manager.statistics().connected_users == 1


def test_the_oldest_thread_of_a_user_gives_way(manager: UnifiedWebSocketManager) -> None:
    for thread in ("thread-1", "thread-2", "thread-1", "thread-3"):
        door = FakeDoor()
        manager.connect("user-1", door, thread)
        manager.disconnect(door)
    assert manager.send_to_thread("thread-2", {"n": 1}).status == "dropped"
    assert manager.send_to_thread("thread-1", {"n": 2}).status == "queued"
    assert manager.statistics().threads == 2


def test_an_event_goes_to_nobody_but_its_user(manager: UnifiedWebSocketManager) -> None:
    manager.connect("user-1", FakeDoor(), "thread-1")
    calls: list[Callable[[], object]] = [
        lambda: manager.send("user-1", agent_event("user-2")),
        lambda: manager.send_to_thread("thread-1", agent_event("user-2")),
        lambda: manager.broadcast(agent_event("user-2")),  # type: ignore[arg-type]
    ]
    for call in calls:
        with pytest.raises(ContextIsolationError):
            call()
    assert manager.statistics().taken == 0


def test_a_broadcast_reaches_whoever_is_connected(manager: UnifiedWebSocketManager) -> None:
    here, slow = FakeDoor(), FakeDoor("user-2")
    manager.connect("user-1", here)
    manager.connect("user-2", slow)
    manager.pause(slow)
    send_numbers(manager, 1)
    manager.send("user-3", {"n": 0})
    outcome = manager.broadcast({"n": 2})
    assert (outcome.delivered, outcome.queued, outcome.dropped) == (1, 1, 0)
    assert numbers(here) == [1, 2]
    assert manager.statistics().away_users == 1


def test_the_user_longest_away_gives_way_and_that_is_said(manager: UnifiedWebSocketManager) -> None:
    for user in ("user-1", "user-2"):
        manager.send(user, {"n": 1})
        manager.send(user, {"n": 2})
    outcome = manager.send("user-3", {"n": 3})
    assert (outcome.status, outcome.reason, outcome.dropped) == ("queued", "away_too_long", 2)
    door = FakeDoor()
    assert manager.connect("user-1", door).written == 0
    door = FakeDoor("user-2")
    assert manager.connect("user-2", door).written == 2


def test_a_forgotten_user_leaves_nothing(manager: UnifiedWebSocketManager) -> None:
    door = FakeDoor()
    manager.connect("user-1", door, "thread-1")
    assert manager.forget("user-1") == 0  # connected users are not forgotten
    manager.disconnect(door)
    send_numbers(manager, 1, 2)
    assert manager.forget("user-1") == 2
    assert manager.statistics().threads == manager.statistics().away_users == 0


def test_shutting_down_closes_everything_and_says_what_is_lost(
    manager: UnifiedWebSocketManager,
) -> None:
    open_door, broken = FakeDoor(), FakeDoor("user-2")
    manager.connect("user-1", open_door, "thread-1")
    manager.connect("user-2", broken)
    manager.pause(open_door)
    send_numbers(manager, 1, 2)
    manager.send("user-3", {"n": 3})
    assert manager.shut_down() == 3
    assert open_door.closed == broken.closed == (1001, "the server is going away")
    for outcome in (manager.send("user-1", {"n": 4}), manager.send_to_thread("thread-1", {"n": 5})):
        assert (outcome.status, outcome.reason) == ("dropped", "shut_down")
    with pytest.raises(ManagerClosedError):
        manager.connect("user-1", FakeDoor())
    assert manager.statistics().waiting == 0
