"""A run shows its user five events in order, numbered without a gap; nothing else passes."""

import json
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any, Final

from benchmarks.doors import Mailbox
from benchmarks.driving import driven
from benchmarks.probes.trial import Trial, Wrong, expect_refusal
from benchmarks.settled import a_context
from system_under_test.parts import BridgePart, ContextPart
from system_under_test.protocol import ReferenceSystem

EVENTS: Final = (
    "agent_started",
    "agent_thinking",
    "tool_executing",
    "tool_completed",
    "agent_completed",
)


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one to three runs of different users at once, on one bridge."""
    for _ in range(count):
        yield partial(_runs, system, chance)


def _runs(system: ReferenceSystem, chance: Random) -> None:
    if tuple(map(str, system.critical_events())) != EVENTS:
        raise Wrong(f"the critical events are {system.critical_events()}")
    manager = driven(system.create_manager)
    bridge = system.create_bridge()
    bridge.start(manager)
    runs = []
    for number in range(chance.randint(1, 3)):
        mailbox = Mailbox()
        context = a_context(system, f"user-{number}-7f3a9c")
        manager.connect(context.user_id, mailbox)
        runs.append(_Run(system, bridge, context, mailbox))
    open_runs = list(runs)
    while open_runs:
        run = chance.choice(open_runs)
        run.go_on(chance)
        if run.ended:
            open_runs.remove(run)
    for run in runs:
        run.compare()


class _Run:
    """One run: the events that were accepted, and what its user saw."""

    def __init__(
        self, system: ReferenceSystem, bridge: BridgePart, context: ContextPart, mailbox: Mailbox
    ) -> None:
        self._order_error = system.errors()["event_order"]
        self._bridge = bridge
        self._context = context
        self._mailbox = mailbox
        self._accepted: list[str] = []

    @property
    def ended(self) -> bool:
        """Whether nothing may follow."""
        return bool(self._accepted) and self._accepted[-1] in ("agent_completed", "agent_error")

    def go_on(self, chance: Random) -> None:
        """Emit what comes next; now and then try something else first, or fail."""
        following = EVENTS[len(self._accepted)]
        if chance.random() < 0.3:
            self._try_wrong(chance.choice([each for each in EVENTS if each != following]))
        if chance.random() < 0.03:
            following = "agent_error"
        emission = self._bridge.emit(self._context, following, {"step": len(self._accepted)})
        self._accepted.append(following)
        if emission.sequence != len(self._accepted):
            raise Wrong(f"event {len(self._accepted)} of a run has number {emission.sequence}")
        if self.ended:
            self._try_wrong("agent_started")
            self._try_wrong("agent_thinking")

    def compare(self) -> None:
        """Read what the user was shown."""
        shown: list[dict[str, Any]] = [json.loads(data) for data in self._mailbox.messages]
        types = [each["type"] for each in shown]
        if types != self._accepted:
            raise Wrong(f"the user was shown {types}; emitted were {self._accepted}")
        numbers = [each["sequence"] for each in shown]
        if numbers != list(range(1, len(shown) + 1)):
            raise Wrong(f"the user was shown the numbers {numbers}")
        if {each["run_id"] for each in shown} != {self._context.run_id}:
            raise Wrong("the user was shown another run")

    def _try_wrong(self, event_type: str) -> None:
        before = list(self._mailbox.messages)
        # After thinking and tools, another round of them is legal too.
        again = {"tool_completed": ("agent_thinking", "tool_executing")}
        if self._accepted and event_type in again.get(self._accepted[-1], ()):
            return
        expect_refusal(
            self._order_error,
            lambda: self._bridge.emit(self._context, event_type),
            f"{event_type} after {self._accepted[-1:]}",
        )
        if self._mailbox.messages != before:
            raise Wrong(f"{event_type} was refused and sent all the same")
