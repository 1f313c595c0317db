"""The async factory gives a `UnifiedWebSocketManager`, a new one to everybody who awaits it."""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Final

from benchmarks.doors import Mailbox
from benchmarks.driving import driven
from benchmarks.probes.trial import Trial, Wrong
from system_under_test.parts import ManagerPart
from system_under_test.protocol import ReferenceSystem

NAME: Final = "UnifiedWebSocketManager"


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:  # noqa: ARG001 - every probe's signature
    """One trial is two managers, of which one is used."""
    for _ in range(count):
        yield partial(_two_managers, system)


def _two_managers(system: ReferenceSystem) -> None:
    used, other = driven(system.create_manager), driven(system.create_manager)
    for manager in (used, other):
        _is_new(manager)
    used.connect("user-7f3a9c", Mailbox())
    used.send("user-of-nobody", {"type": "notice"})
    if used is other or other.statistics().connections or other.statistics().waiting:
        raise Wrong("what was done with one manager is seen in another one")


def _is_new(manager: ManagerPart) -> None:
    # Its name, because another system has its own class of that name.
    names = [kind.__name__ for kind in type(manager).__mro__]
    if NAME not in names:
        raise Wrong(f"the factory gave a {names[0]}")
    seen = manager.statistics()
    if (seen.connections, seen.taken, seen.waiting) != (0, 0, 0):
        raise Wrong(f"a new manager has been used: {seen}")
