"""Messages to connections in memory: what the manager itself costs, without sockets.

Every connection keeps its last message only, and every queue that a call fills it also empties.
"""

from dataclasses import dataclass

import pytest

from benchmarks.doors import Sink
from benchmarks.driving import driven, in_running_loop
from benchmarks.stopwatch import Stopwatch
from system_under_test.parts import ManagerPart, Own
from system_under_test.protocol import ReferenceSystem

pytestmark = pytest.mark.benchmark(group="delivery")

NOTICE = {"type": "maintenance", "at": "2026-11-22T18:00:00Z", "minutes": 5}
BACKLOG = 50


@dataclass(frozen=True, slots=True)
class Audience:
    """A manager and one connection for each of its users."""

    manager: ManagerPart
    connections: dict[str, Sink]

    def somebody(self) -> str:
        """Return the user in the middle."""
        return list(self.connections)[len(self.connections) // 2]


@pytest.fixture(scope="module", params=[1, 100, 10_000])
def audience(request: pytest.FixtureRequest, system: ReferenceSystem) -> Audience:
    manager = in_running_loop(lambda: driven(system.create_manager))
    connections = {f"user-{number:05}": Sink() for number in range(request.param)}
    for user_id, connection in connections.items():
        manager.connect(user_id, connection)
    return Audience(manager, connections)


def event_for(system: ReferenceSystem, user_id: str) -> Own:
    """Return an event as a run of this user emits it, about 200 bytes on the wire."""
    return system.create_event(
        type=system.critical_events()[1],
        user_id=user_id,
        thread_id="thread-51b2",
        run_id="run-c0ffee42",
        sequence=2,
        emitted_at=1_795_000_000.25,
        payload={"text": "Looking at the weather."},
    )


def test_send_to_one_user(
    benchmark: Stopwatch, system: ReferenceSystem, audience: Audience
) -> None:
    """To one of so many users; it must not grow with their number."""
    user_id = audience.somebody()
    event = event_for(system, user_id)
    outcome = benchmark(audience.manager.send, user_id, event)
    assert outcome.status == "delivered"
    assert audience.connections[user_id].last == system.encode_event(event)


def test_broadcast(benchmark: Stopwatch, system: ReferenceSystem, audience: Audience) -> None:
    """To every one of so many users."""
    benchmark(audience.manager.broadcast, NOTICE)
    expected = system.encode_event(NOTICE)
    assert all(connection.last == expected for connection in audience.connections.values())


def test_connect_and_disconnect(benchmark: Stopwatch, manager: ManagerPart) -> None:
    connection = Sink()

    def come_and_go() -> None:
        manager.connect("user-7f3a9c", connection)
        manager.disconnect(connection)

    benchmark(come_and_go)
    assert manager.statistics().connections == 0


def test_recover_50_events(
    benchmark: Stopwatch, system: ReferenceSystem, manager: ManagerPart
) -> None:
    """50 events for a user who is away, then the user's return."""
    connection = Sink()
    event = event_for(system, "user-7f3a9c")

    def leave_and_return() -> None:
        for _ in range(BACKLOG):
            manager.send("user-7f3a9c", event)
        manager.connect("user-7f3a9c", connection)
        manager.disconnect(connection)

    benchmark(leave_and_return)
    statistics = manager.statistics()
    assert (statistics.waiting, sum(statistics.dropped.values())) == (0, 0)


def test_catch_up_10_events(
    benchmark: Stopwatch, system: ReferenceSystem, manager: ManagerPart
) -> None:
    """10 events for a connection that is slow for a while."""
    connection = Sink()
    event = event_for(system, "user-7f3a9c")
    manager.connect("user-7f3a9c", connection)

    def pause_and_resume() -> None:
        manager.pause(connection)
        for _ in range(10):
            manager.send("user-7f3a9c", event)
        manager.resume(connection)

    benchmark(pause_and_resume)
    assert manager.statistics().waiting == 0
