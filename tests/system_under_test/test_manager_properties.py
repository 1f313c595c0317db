"""No sequence of operations leaks to another user, loses what was accepted, or makes counts lie."""

from collections import deque
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from system_under_test import (
    ConnectionLimitError,
    ManagerLimits,
    Outcome,
    UnifiedWebSocketManager,
)
from system_under_test.connection import Connection
from system_under_test.delivery import QUEUED_ONCE, DropReason
from system_under_test.stream import Link, UserStream
from tests.system_under_test.fakes import FakeDoor

LIMITS = ManagerLimits(connections_per_user=2, queued_events=4, away_users=10, threads_per_user=5)
USERS = ("user-1", "user-2", "user-3")

users = st.sampled_from(USERS)


class ManagerMachine(RuleBasedStateMachine):
    manager_type: ClassVar[type[UnifiedWebSocketManager]] = UnifiedWebSocketManager

    @initialize()
    def begin(self) -> None:
        self.manager = self.manager_type(LIMITS)
        self.doors: list[FakeDoor] = []
        self.left: set[FakeDoor] = set()
        self.number = 0
        self.said_dropped = 0
        self.accepted: dict[str, list[int]] = {user: [] for user in USERS}
        # What the manager has said it gave up for good.
        self.given_up: set[int] = set()

    def open_doors(self, user: str | None = None) -> list[FakeDoor]:
        return [
            door
            for door in self.doors
            if door.closed is None and door not in self.left and user in (None, door.user_id)
        ]

    def seen(self, user: str) -> set[int]:
        return {
            message["n"] for door in self.doors if door.user_id == user for message in door.taken
        }

    def next_message(self, user: str) -> dict[str, Any]:
        self.number += 1
        return {"user": user, "n": self.number}

    def note(self, user: str, outcome: Outcome) -> None:
        self.said_dropped += outcome.dropped
        just_seen = self.number in self.seen(user)
        assert (outcome.status == "delivered") == just_seen
        if outcome.status != "dropped":
            self.accepted[user].append(self.number)

    @rule(user=users, room=st.sampled_from([None, None, None, 1, 3]))
    def connect(self, user: str, room: int | None) -> None:
        door = FakeDoor(user)
        door.room, door.when_full = room, lambda: self.manager.pause(door)
        if len(self.open_doors(user)) >= LIMITS.connections_per_user:
            with pytest.raises(ConnectionLimitError):
                self.manager.connect(user, door, f"thread-of-{user}")
            return
        away = not self.open_doors(user)
        drained = self.manager.connect(user, door, f"thread-of-{user}")
        self.doors.append(door)
        self.said_dropped += drained.dropped
        assert (drained.written, drained.open) == (len(door.taken), True)
        if away and room is None:
            self.nothing_is_missing(user)

    @precondition(lambda self: self.open_doors())
    @rule(data=st.data())
    def disconnect(self, data: st.DataObject) -> None:
        door = data.draw(st.sampled_from(self.doors))
        departure = self.manager.disconnect(door)
        if door not in self.open_doors():
            assert (departure.kept, departure.dropped) == (0, 0)
        self.left.add(door)
        self.said_dropped += departure.dropped

    @precondition(lambda self: self.open_doors())
    @rule(data=st.data(), what=st.sampled_from(["pause", "pause", "resume", "break"]))
    def trouble(self, data: st.DataObject, what: str) -> None:
        door = data.draw(st.sampled_from(self.doors))
        if what == "pause":
            self.manager.pause(door)
        elif what == "break":
            door.broken = True
        else:
            drained = self.manager.resume(door)
            self.said_dropped += drained.dropped
            assert drained.open == (door in self.open_doors())

    @rule(user=users, by_thread=st.booleans(), times=st.integers(1, 3))
    def send(self, user: str, by_thread: bool, times: int) -> None:
        for _ in range(times):
            message = self.next_message(user)
            if by_thread:
                outcome = self.manager.send_to_thread(f"thread-of-{user}", message)
            else:
                outcome = self.manager.send(user, message)
            self.note(user, outcome)

    @rule()
    def broadcast(self) -> None:
        connected = {door.user_id for door in self.open_doors()}
        outcome = self.manager.broadcast(self.next_message("everybody"))
        self.said_dropped += outcome.copies_dropped
        assert outcome.delivered + outcome.queued + outcome.dropped == len(connected)
        assert outcome.delivered == sum(self.number in self.seen(user) for user in USERS)
        if not outcome.dropped:
            for user in connected:
                self.accepted[user].append(self.number)

    @rule(user=users)
    def forget(self, user: str) -> None:
        dropped = self.manager.forget(user)
        self.said_dropped += dropped
        if not self.open_doors(user):
            self.given_up.update(set(self.accepted[user]) - self.seen(user))

    def nothing_is_missing(self, user: str) -> None:
        assert set(self.accepted[user]) - self.given_up <= self.seen(user)

    @invariant()
    def nobody_sees_what_is_another_s(self) -> None:
        for door in self.doors:
            assert {message["user"] for message in door.taken} <= {door.user_id, "everybody"}

    @invariant()
    def each_door_sees_an_order_and_nothing_twice(self) -> None:
        for door in self.doors:
            numbers = [message["n"] for message in door.taken]
            assert numbers == sorted(set(numbers))
            assert door.taken_after_close == 0

    @invariant()
    def counts_add_up(self) -> None:
        statistics = self.manager.statistics()
        dropped = sum(statistics.dropped.values())
        assert statistics.taken == statistics.written + statistics.waiting + dropped
        assert statistics.written == sum(len(door.taken) for door in self.doors)
        assert dropped == self.said_dropped
        assert statistics.connections == len(self.open_doors())
        assert statistics.connected_users == len({door.user_id for door in self.open_doors()})

    def teardown(self) -> None:
        for user in USERS:
            for door in self.open_doors(user):
                self.manager.disconnect(door)
                self.left.add(door)
            door = FakeDoor(user)
            self.manager.connect(user, door)
            self.doors.append(door)
            self.nothing_is_missing(user)
            assert len(door.taken) <= LIMITS.queued_events
        self.nobody_sees_what_is_another_s()


SETTINGS = settings(max_examples=80, stateful_step_count=40, deadline=None, database=None)
# Nothing is shrunk where a failure is what is asked for.
SABOTAGE = settings(
    SETTINGS,
    max_examples=300,
    phases=[Phase.generate],
    derandomize=True,
    report_multiple_bugs=False,
)


def test_no_sequence_of_operations_breaks_the_manager() -> None:
    run_state_machine_as_test(ManagerMachine, settings=SETTINGS)


class TellsTheWrongUser(UnifiedWebSocketManager):
    def send(self, user_id: str, event: Any) -> Outcome:
        others = [user for user in self._connected if user != user_id]
        return super().send(others[0] if others else user_id, event)


class HasNoLimit(UnifiedWebSocketManager):
    def _check_arrival(self, user_id: str, connection: Connection, thread_id: str | None) -> None:
        pass


class KeepsTalking(UnifiedWebSocketManager):
    """Writes to a connection that it has closed."""

    def _settle(self, stream: UserStream) -> int:
        gone = [link for link, _ in stream.gone]
        dropped = super()._settle(stream)
        for link in gone:
            link.connection.write(b'{"user": "everybody", "n": 0}')
        return dropped


class LosesTheQueueOnLeaving(UserStream):
    def detach(self, link: Link, reason: DropReason) -> int:
        link.queue.clear()
        return super().detach(link, reason)


class HidesTheLoss(UserStream):
    """Loses what waited, and counts it as if it had said so."""

    def detach(self, link: Link, reason: DropReason) -> int:
        self._tally.drop(reason, len(link.queue))
        link.queue.clear()
        return super().detach(link, reason)


class RecoversBackwards(UserStream):
    def attach(self, connection: Connection) -> Link:
        self.recovery.reverse()
        return super().attach(connection)


class DropsTheOldest(UserStream):
    def _keep(self, data: bytes) -> Outcome:
        if len(self.recovery) >= self._capacity:
            self.recovery.popleft()
            self.recovery.append(data)
            return QUEUED_ONCE
        return super()._keep(data)


class StartsEmpty(UserStream):
    """A second connection gets what comes from now on, and not what the first never took."""

    def attach(self, connection: Connection) -> Link:
        if not self.links:
            return super().attach(connection)
        link = Link(connection, self, deque())
        self.links.append(link)
        return link


class OvertakesTheQueue(UserStream):
    """Writes what is new though something waits."""

    def _offer(self, link: Link, data: bytes) -> Outcome:
        waiting, link.queue = link.queue, deque()
        paused, link.paused = link.paused, link.paused and not waiting
        outcome = super()._offer(link, data)
        link.paused = paused
        link.queue.extendleft(reversed(waiting))
        return outcome


def with_stream(stream: type[UserStream]) -> type[UnifiedWebSocketManager]:
    class Sabotaged(UnifiedWebSocketManager):
        def _new_stream(self, user_id: str) -> UserStream:
            return stream(user_id, self._limits.queued_events, self._tally)

    return Sabotaged


STREAMS = (
    LosesTheQueueOnLeaving,
    HidesTheLoss,
    RecoversBackwards,
    DropsTheOldest,
    StartsEmpty,
    OvertakesTheQueue,
)
SABOTAGED = {
    "TellsTheWrongUser": TellsTheWrongUser,
    "HasNoLimit": HasNoLimit,
    "KeepsTalking": KeepsTalking,
    **{stream.__name__: with_stream(stream) for stream in STREAMS},
}


@pytest.mark.parametrize("name", sorted(SABOTAGED))
def test_a_sabotaged_manager_is_caught(name: str) -> None:
    machine = type("Sabotaged", (ManagerMachine,), {"manager_type": SABOTAGED[name]})
    with pytest.raises((AssertionError, OSError, pytest.fail.Exception)):
        run_state_machine_as_test(machine, settings=SABOTAGE)


def test_an_undamaged_stream_passes_the_same_check() -> None:
    machine = type("Undamaged", (ManagerMachine,), {"manager_type": with_stream(UserStream)})
    run_state_machine_as_test(machine, settings=settings(SABOTAGE, max_examples=30))
