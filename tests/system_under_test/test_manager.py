import asyncio
from typing import Any

import pytest

from system_under_test import (
    AlreadyConnectedError,
    ConnectionLimitError,
    Departure,
    Drained,
    DropReason,
    InvalidContextError,
    ManagerLimits,
    Outcome,
    UnencodableEventError,
    UnifiedWebSocketManager,
    create_websocket_manager,
)
from tests.system_under_test.fakes import FakeDoor, numbers, send_numbers

LIMITS = ManagerLimits(connections_per_user=2, queued_events=3, away_users=2, threads_per_user=2)


@pytest.fixture
def manager() -> UnifiedWebSocketManager:
    return UnifiedWebSocketManager(LIMITS)


def test_the_async_factory_gives_a_new_manager_each_time() -> None:
    async def twice() -> tuple[UnifiedWebSocketManager, UnifiedWebSocketManager]:
        return await create_websocket_manager(), await create_websocket_manager(LIMITS)

    first, second = asyncio.run(twice())
    assert type(first) is type(second) is UnifiedWebSocketManager
    assert first is not second


def test_a_message_reaches_each_connection_of_its_user_and_no_other(
    manager: UnifiedWebSocketManager,
) -> None:
    first, second, other = FakeDoor(), FakeDoor(), FakeDoor("user-2")
    for door in (first, second, other):
        manager.connect(door.user_id, door)
    assert manager.send("user-1", {"n": 1}) == Outcome("delivered", written=2)  # type: ignore[arg-type]
    assert (numbers(first), numbers(second), numbers(other)) == ([1], [1], [])


def test_an_away_user_finds_everything_in_order_before_anything_new(
    manager: UnifiedWebSocketManager,
) -> None:
    assert send_numbers(manager, 1, 2, 3) == ["queued"] * 3
    door = FakeDoor()
    assert manager.connect("user-1", door) == Drained(3, 0, 0, open=True)
    send_numbers(manager, 4)
    assert numbers(door) == [1, 2, 3, 4]


def test_a_full_recovery_queue_refuses_the_newest_and_says_so(
    manager: UnifiedWebSocketManager,
) -> None:
    send_numbers(manager, 1, 2, 3)
    refused = manager.send("user-1", {"n": 4})
    assert (refused.status, refused.reason) == ("dropped", "recovery_full")
    assert manager.statistics().dropped[DropReason.RECOVERY_FULL] == 1
    door = FakeDoor()
    manager.connect("user-1", door)
    assert numbers(door) == [1, 2, 3]


def test_by_default_fifty_messages_wait() -> None:
    manager = UnifiedWebSocketManager()
    assert send_numbers(manager, *range(51)) == ["queued"] * 50 + ["dropped"]


def test_the_limit_of_connections_is_enforced_and_changes_nothing(
    manager: UnifiedWebSocketManager,
) -> None:
    for _ in range(2):
        manager.connect("user-1", FakeDoor())
    before = manager.statistics()
    with pytest.raises(ConnectionLimitError):
        manager.connect("user-1", FakeDoor(), "thread-new")
    assert manager.statistics() == before
    manager.connect("user-2", FakeDoor("user-2"))


def test_one_connection_cannot_serve_two_users(manager: UnifiedWebSocketManager) -> None:
    door = FakeDoor()
    manager.connect("user-1", door)
    with pytest.raises(AlreadyConnectedError):
        manager.connect("user-2", door)
    assert manager.send("user-2", {"n": 1}).status == "queued"
    assert door.taken == []


def test_a_paused_connection_takes_everything_up_when_it_resumes(
    manager: UnifiedWebSocketManager,
) -> None:
    door = FakeDoor()
    manager.connect("user-1", door)
    manager.pause(door)
    assert send_numbers(manager, 1, 2) == ["queued", "queued"]
    assert manager.resume(door) == Drained(2, 0, 0, open=True)
    send_numbers(manager, 3)
    assert numbers(door) == [1, 2, 3]


def test_a_connection_that_fills_up_amid_its_recovery_keeps_the_order(
    manager: UnifiedWebSocketManager,
) -> None:
    send_numbers(manager, 1, 2)
    door = FakeDoor()
    door.room, door.when_full = 1, lambda: manager.pause(door)
    assert manager.connect("user-1", door) == Drained(1, 1, 0, open=True)
    assert send_numbers(manager, 3) == ["queued"]
    manager.resume(door)
    assert numbers(door) == [1, 2, 3]


def test_a_slow_consumer_is_disconnected_and_finds_its_queue_on_return(
    manager: UnifiedWebSocketManager,
) -> None:
    slow = FakeDoor()
    manager.connect("user-1", slow)
    manager.pause(slow)
    send_numbers(manager, 1, 2, 3)
    assert manager.send("user-1", {"n": 4}) == Outcome("dropped", "slow_consumer", dropped=1)  # type: ignore[arg-type]
    assert slow.closed == (1013, "slow_consumer")
    assert manager.disconnect(slow) == Departure()
    again = FakeDoor()
    manager.connect("user-1", again)
    assert numbers(again) == [1, 2, 3]


def test_a_slow_connection_costs_the_others_nothing(manager: UnifiedWebSocketManager) -> None:
    slow, quick = FakeDoor(), FakeDoor()
    manager.connect("user-1", slow)
    manager.connect("user-1", quick)
    manager.pause(slow)
    send_numbers(manager, 1, 2, 3)
    outcome = manager.send("user-1", {"n": 4})
    assert (outcome.status, outcome.reason, outcome.dropped) == ("delivered", "slow_consumer", 4)
    assert numbers(quick) == [1, 2, 3, 4]
    assert send_numbers(manager, 5) == ["delivered"]


def test_a_connection_may_say_goodbye_while_it_is_closed(manager: UnifiedWebSocketManager) -> None:
    class Polite(FakeDoor):
        def close(self, code: int, reason: str, /) -> None:
            super().close(code, reason)
            self.answer = manager.disconnect(self)

    door = Polite()
    manager.connect("user-1", door)
    manager.pause(door)
    send_numbers(manager, 1, 2, 3, 4)
    assert door.answer == Departure()
    assert manager.statistics().waiting == 3


def test_a_connection_that_fails_loses_nothing(manager: UnifiedWebSocketManager) -> None:
    door, again = FakeDoor(), FakeDoor()
    manager.connect("user-1", door)
    send_numbers(manager, 1)
    door.broken = True
    outcome = manager.send("user-1", {"n": 2})
    assert (outcome.status, outcome.reason) == ("queued", "connection_failed")
    assert door.closed == (1013, "connection_failed")
    manager.connect("user-1", again)
    assert numbers(again) == [2]


def test_a_connection_that_fails_amid_its_recovery_is_closed_and_loses_nothing(
    manager: UnifiedWebSocketManager,
) -> None:
    send_numbers(manager, 1, 2)
    broken, again = FakeDoor(), FakeDoor()
    broken.broken = True
    assert manager.connect("user-1", broken) == Drained(0, 0, 0, open=False)
    manager.connect("user-1", again)
    assert numbers(again) == [1, 2]


def test_a_new_connection_takes_over_what_a_half_dead_one_never_took(
    manager: UnifiedWebSocketManager,
) -> None:
    dead, again = FakeDoor(), FakeDoor()
    manager.connect("user-1", dead)
    manager.pause(dead)
    send_numbers(manager, 1, 2)
    assert manager.connect("user-1", again).written == 2
    assert manager.disconnect(dead) == Departure(kept=0, dropped=2)
    assert numbers(again) == [1, 2]


@pytest.mark.parametrize("user_id", ["", "temp", "mock_" + "1" * 40, "a b", None])
def test_a_placeholder_is_nobody_to_talk_to(manager: UnifiedWebSocketManager, user_id: Any) -> None:
    with pytest.raises(InvalidContextError):
        manager.connect(user_id, FakeDoor())
    with pytest.raises(InvalidContextError):
        manager.send(user_id, {"n": 1})
    with pytest.raises(InvalidContextError):
        manager.connect("user-1", FakeDoor(), user_id or "temp")
    assert manager.statistics().taken == manager.statistics().connections == 0


def test_what_cannot_be_encoded_changes_nothing(manager: UnifiedWebSocketManager) -> None:
    before = manager.statistics()
    with pytest.raises(UnencodableEventError):
        manager.send("user-1", {"n": object()})
    assert manager.statistics() == before


@pytest.mark.parametrize("value", [0, -1, 1.5, None, True])
def test_limits_that_make_no_sense_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="queued_events"):
        ManagerLimits(queued_events=value)
