"""A new bridge is uninitialized and sends nothing, whatever other bridges do."""

from collections.abc import Iterator
from functools import partial
from random import Random

from benchmarks.doors import Mailbox
from benchmarks.driving import driven
from benchmarks.probes.trial import Trial, Wrong, expect_refusal
from benchmarks.settled import a_context
from system_under_test.protocol import ReferenceSystem


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is a new bridge, and perhaps another one that is started before it."""
    for _ in range(count):
        yield partial(_new_bridge, system, busy=chance.random() < 0.5)


def _new_bridge(system: ReferenceSystem, *, busy: bool) -> None:
    manager = driven(system.create_manager)
    mailbox = Mailbox()
    manager.connect("user-7f3a9c", mailbox)
    if busy:
        system.create_bridge().start(manager)
    bridge = system.create_bridge()
    if bridge.state != "uninitialized":
        raise Wrong(f"a new bridge is {bridge.state}")
    context = a_context(system, "user-7f3a9c")
    expect_refusal(
        system.errors()["bridge_not_ready"],
        lambda: bridge.emit(context, system.critical_events()[0]),
        "an event before the start",
    )
    if mailbox.messages:
        raise Wrong("a bridge that was not started sent something")
    if bridge.start(manager) != "active":
        raise Wrong(f"a bridge that was started with a good manager is {bridge.state}")
