"""Every state of a bridge is entered and left, each time for a cause that is really there."""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any, Final

from benchmarks.doors import BrokenDoor, Mailbox
from benchmarks.driving import driven
from benchmarks.probes.trial import Trial, Wrong, expect_refusal
from benchmarks.settled import a_context
from system_under_test.parts import BridgePart, ManagerPart
from system_under_test.protocol import ReferenceSystem

# Far more deliveries of one kind than a bridge needs to change its mind.
ENOUGH: Final = 400


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one bridge that goes through all five states and back to the first."""
    for _ in range(count):
        yield partial(_way_round, system, chance)


def _way_round(system: ReferenceSystem, chance: Random) -> None:
    bridge = system.create_bridge()
    _expect(bridge, "uninitialized", "it is new")
    if chance.random() < 0.5:
        _fails_and_starts_again(system, bridge)
    else:
        _starts(system, bridge)
    manager = driven(system.create_manager)
    bridge.stop()
    _expect(bridge, "uninitialized", "it was stopped")
    bridge.start(manager)
    _expect(bridge, "active", "a manager that delivers")
    _suffers_and_recovers(system, bridge, manager)
    bridge.stop()
    _expect(bridge, "uninitialized", "it was stopped")
    expect_refusal(
        system.errors()["bridge_not_ready"],
        lambda: bridge.emit(a_context(system, "user-7f3a9c"), "agent_started"),
        "an event after the stop",
    )


def _starts(system: ReferenceSystem, bridge: BridgePart) -> None:
    witness = _Witness(driven(system.create_manager), bridge)
    bridge.start(witness)
    if witness.states != {"initializing"}:
        raise Wrong(f"while a bridge tries its manager it is {sorted(witness.states)}")
    _expect(bridge, "active", "a manager that delivers")


def _fails_and_starts_again(system: ReferenceSystem, bridge: BridgePart) -> None:
    bridge.start(_Deaf(driven(system.create_manager), bridge))
    _expect(bridge, "failed", "a manager that loses everything")
    expect_refusal(
        system.errors()["bridge_not_ready"],
        lambda: bridge.emit(a_context(system, "user-7f3a9c"), "agent_started"),
        "an event through a failed bridge",
    )
    _starts(system, bridge)


def _suffers_and_recovers(
    system: ReferenceSystem, bridge: BridgePart, manager: ManagerPart
) -> None:
    """Lose connections until it is degraded, then deliver until it is active again."""
    for number in range(ENOUGH):
        context = a_context(system, f"user-{number}-gone")
        manager.connect(context.user_id, BrokenDoor())
        bridge.emit(context, "agent_started")
        if bridge.state == "degraded":
            break
    _expect(bridge, "degraded", f"{ENOUGH} lost connections")
    manager.connect("user-7f3a9c", Mailbox())
    for _ in range(ENOUGH):
        bridge.emit(a_context(system, "user-7f3a9c"), "agent_started")
        if bridge.state == "active":
            break
    _expect(bridge, "active", f"{ENOUGH} deliveries without a loss")


def _expect(bridge: BridgePart, state: str, cause: str) -> None:
    if bridge.state != state:
        raise Wrong(f"{cause}, and the bridge is {bridge.state} instead of {state}")


class _Witness:
    """A manager that notes in which state the bridge sends through it."""

    def __init__(self, manager: ManagerPart, bridge: BridgePart) -> None:
        self._manager = manager
        self._bridge = bridge
        self.states: set[str] = set()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the manager has
        return getattr(self._manager, name)

    def send(self, user_id: str, event: object) -> object:
        """Note the state, then send."""
        self.states.add(str(self._bridge.state))
        return self._manager.send(user_id, event)


class _Deaf(_Witness):
    """A manager that says "delivered" and delivers nothing."""

    def send(self, user_id: str, event: object) -> object:
        """Send to somebody else, who does not exist."""
        return self._manager.send("user-of-nobody", {"for": user_id, "was": repr(event)})
