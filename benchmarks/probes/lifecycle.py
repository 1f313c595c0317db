"""A tracker against a literal model of it: states, deadlines, heartbeats, counts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Final

from benchmarks.probes.retention import check_sum
from benchmarks.probes.trial import Trial, Wrong, expect_refusal
from benchmarks.settled import a_context
from benchmarks.states import LEGAL
from system_under_test.protocol import ReferenceSystem

STEPS: Final = 40
HEARTBEAT_SECONDS: Final = 10.0
EXECUTION_SECONDS: Final = 25.0

WEIGHTS: Final = {
    "create": 4,
    "advance": 8,
    "finish": 2,
    "cancel": 1,
    "heartbeat": 5,
    "expire": 3,
    "ask_unknown": 1,
}


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is a tracker of its own, its clock, and 40 random steps."""
    for _ in range(count):
        yield partial(_walk, system, chance)


def _walk(system: ReferenceSystem, chance: Random) -> None:
    walk = _Walk(system, chance)
    walk.create()
    for step in chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=STEPS):
        walk.wait()
        getattr(walk, step)()
    walk.compare()


@dataclass(slots=True)
class _Model:
    """What an execution must be."""

    created_at: float
    seen_at: float
    states: list[str] = field(default_factory=lambda: ["pending"])

    @property
    def state(self) -> str:
        return self.states[-1]

    def end_at(self, now: float) -> str | None:
        """Return how it has ended by a deadline, if it has; the earlier one counts."""
        if not LEGAL[self.state]:
            return None
        times_out = self.created_at + EXECUTION_SECONDS
        # Nobody expects a sign of life before the start.
        dies = times_out if self.state == "pending" else self.seen_at + HEARTBEAT_SECONDS
        if now < min(times_out, dies):
            return None
        return "timeout" if times_out <= dies else "dead"


class _Walk:
    """A tracker and the model, led through the same steps."""

    def __init__(self, system: ReferenceSystem, chance: Random) -> None:
        self._errors = system.errors()
        self._chance = chance
        self._now = 100.0
        self._tracker = system.create_tracker(lambda: self._now)
        self._context = a_context(system, "user-7f3a9c")
        self._models: dict[str, _Model] = {}

    def wait(self) -> None:
        self._now += self._chance.uniform(0.0, 4.0)

    def create(self) -> None:
        execution_id = self._tracker.create(self._context, "triage")
        if execution_id in self._models:
            raise Wrong("an id was given twice")
        self._models[execution_id] = _Model(self._now, self._now)

    def advance(self) -> None:
        execution_id, model = self._one()
        # Mostly onward; to any state now and then.
        onward = LEGAL[model.state][:3] or tuple(LEGAL)
        target = self._chance.choice(onward if self._chance.random() < 0.8 else tuple(LEGAL))
        if target not in LEGAL[model.state]:
            self._refused(lambda: self._tracker.advance(execution_id, target), f"to {target}")
        elif self._tracker.advance(execution_id, target) == target:
            self._moved(model, target)
        else:
            raise Wrong(f"a move to {target} led elsewhere")

    def finish(self) -> None:
        execution_id, model = self._one()
        error, end = self._chance.choice(((None, "completed"), ("no answer", "failed")))
        if end in LEGAL[model.state]:
            self._tracker.finish(execution_id, error=error)
            self._moved(model, end)
        else:
            self._refused(lambda: self._tracker.finish(execution_id, error=error), end)

    def cancel(self) -> None:
        execution_id, model = self._one()
        if "cancelled" in LEGAL[model.state]:
            self._tracker.cancel(execution_id)
            self._moved(model, "cancelled")
        else:
            self._refused(lambda: self._tracker.cancel(execution_id), "cancelled")

    def heartbeat(self) -> None:
        execution_id, model = self._one()
        if LEGAL[model.state]:
            self._tracker.heartbeat(execution_id)
            model.seen_at = self._now
        else:
            self._refused(lambda: self._tracker.heartbeat(execution_id), "a heartbeat")

    def expire(self) -> None:
        due = {
            execution_id: end
            for execution_id, model in self._models.items()
            if (end := model.end_at(self._now)) is not None
        }
        expired = {record.execution_id: str(record.state) for record in self._tracker.expire()}
        if expired != due:
            raise Wrong(f"passed deadlines are {_ends(due)}; the tracker saw {_ends(expired)}")
        for execution_id, end in due.items():
            self._moved(self._models[execution_id], end)

    def ask_unknown(self) -> None:
        unknown = self._errors["unknown_execution"]
        expect_refusal(unknown, lambda: self._tracker.start("nobody-knows-me"), "an unknown id")
        if self._tracker.metrics().created != len(self._models):
            raise Wrong("an unknown id made a record")

    def compare(self) -> None:
        """Hold every execution and the counts against the model."""
        for execution_id, model in self._models.items():
            record = self._tracker.get(execution_id)
            if [str(state) for state, _ in record.history] != model.states:
                raise Wrong(f"a history is {record.history}; it went through {model.states}")
        metrics = self._tracker.metrics()
        check_sum(metrics)
        live = sum(1 for model in self._models.values() if LEGAL[model.state])
        if (metrics.created, metrics.live) != (len(self._models), live):
            raise Wrong(f"{len(self._models)} were created, {live} live; it says {metrics}")

    def _one(self) -> tuple[str, _Model]:
        return self._chance.choice(list(self._models.items()))

    def _moved(self, model: _Model, target: str) -> None:
        model.states.append(target)
        model.seen_at = self._now

    def _refused(self, act: Callable[[], object], what: str) -> None:
        expect_refusal(self._errors["illegal_transition"], act, what)


def _ends(ends: dict[str, str]) -> list[str]:
    return sorted(ends.values())
