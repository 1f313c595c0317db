"""Who comes back gets what was missed, in order; what is lost is said."""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Final

from benchmarks.doors import Mailbox
from benchmarks.driving import driven
from benchmarks.probes.trial import Trial, Wrong
from system_under_test.parts import ManagerPart, Own
from system_under_test.protocol import ReferenceSystem

KEPT: Final = 50
_USER: Final = "user-7f3a9c"


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one absence with up to 80 events, before which the connection may be slow."""
    for _ in range(count):
        yield partial(_absence, system, chance)


def _absence(system: ReferenceSystem, chance: Random) -> None:
    manager = driven(system.create_manager)
    # Short absences are the usual ones; one in eight is longer than what is kept.
    missed = chance.randint(45, 80) if chance.random() < 0.125 else chance.randint(0, 12)
    slow = chance.randint(0, min(4, missed))
    events = [_event(system, number) for number in range(1, missed + 1)]
    if slow or chance.random() < 0.5:
        _leave_slowly(manager, events[:slow])
    elif chance.random() < 0.5:
        manager.connect(_USER, gone := Mailbox())
        manager.disconnect(gone)
    outcomes = [manager.send(_USER, event) for event in events[slow:]]

    mailbox = Mailbox()
    manager.connect(_USER, mailbox)
    expected = [system.encode_event(event) for event in events]
    _compare(mailbox.messages, expected)
    lost = sum(manager.statistics().dropped.values())
    if lost != missed - len(mailbox.messages):
        raise Wrong(f"{missed - len(mailbox.messages)} were lost and {lost} are counted")
    if lost != sum(1 for each in outcomes if each.status == "dropped" and each.reason):
        raise Wrong(f"{lost} were lost, and their senders were not told why")
    _goes_on(system, manager, mailbox)


def _leave_slowly(manager: ManagerPart, events: list[Own]) -> None:
    """Leave while events wait for a slow connection."""
    mailbox = Mailbox()
    manager.connect(_USER, mailbox)
    manager.pause(mailbox)
    for event in events:
        if manager.send(_USER, event).status != "queued":
            raise Wrong("an event for a paused connection was not queued")
    manager.disconnect(mailbox)
    if mailbox.messages:
        raise Wrong("a paused connection was written to")


def _compare(received: list[bytes], expected: list[bytes]) -> None:
    if received != [data for data in expected if data in received]:
        raise Wrong("what was missed came out of order, or twice")
    if len(received) != min(len(expected), KEPT):
        raise Wrong(f"{len(expected)} were missed, {len(received)} came")


def _goes_on(system: ReferenceSystem, manager: ManagerPart, mailbox: Mailbox) -> None:
    """The next event comes after what was missed."""
    event = _event(system, 1_000)
    if manager.send(_USER, event).status != "delivered":
        raise Wrong("an event for a user who is back was not delivered")
    if mailbox.messages[-1] != system.encode_event(event):
        raise Wrong("the newest event is not the last")


def _event(system: ReferenceSystem, number: int) -> Own:
    return system.create_event(
        type=system.critical_events()[1],
        user_id=_USER,
        thread_id="thread-51b2",
        run_id="run-c0ffee42",
        sequence=number,
        emitted_at=0.5,
        payload={},
    )
