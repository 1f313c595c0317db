"""A tracker remembers a bounded number of ended executions, for a bounded time; all are counted."""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Final

from benchmarks.probes.trial import Trial, Wrong, expect_refusal
from benchmarks.settled import a_context
from system_under_test.parts import MetricsPart, TrackerPart
from system_under_test.protocol import ReferenceSystem

# So many newer ones have ended, or so much time has passed: the record is gone.
FORGOTTEN_AFTER: Final = 5_000
FORGOTTEN_AFTER_SECONDS: Final = 3_600.0

# A hundred ends a second.
_STEP_SECONDS: Final = 0.01


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one execution that ends; in the last ones nothing is left an hour later."""
    past = _Past(system, chance)
    remembered = min(count // 4, 1_000)
    for _ in range(count - remembered):
        yield past.one_ends
    for number in range(remembered):
        yield partial(past.is_forgotten, number)


class _Past:
    """One tracker, and the ids of all executions that it ever followed."""

    def __init__(self, system: ReferenceSystem, chance: Random) -> None:
        self._system = system
        self._chance = chance
        self._now = 0.0
        self._tracker: TrackerPart = system.create_tracker(lambda: self._now)
        self._context = a_context(system, "user-7f3a9c")
        self._ended: list[str] = []

    def one_ends(self) -> None:
        """Let one more execution end, in one of the ways there are."""
        self._now += _STEP_SECONDS
        execution_id = self._tracker.create(self._context, "triage")
        self._ended.append(execution_id)
        self._tracker.start(execution_id)
        match self._chance.randrange(4):
            case 0:
                self._tracker.finish(execution_id)
            case 1:
                self._tracker.finish(execution_id, error="no answer")
            case 2:
                self._tracker.cancel(execution_id)
            case _:
                self._tracker.advance(execution_id, "timeout")
        if len(self._ended) > FORGOTTEN_AFTER:
            self._expect_forgotten(self._ended[-FORGOTTEN_AFTER], f"{FORGOTTEN_AFTER} ends ago")
        self._add_up()

    def is_forgotten(self, number: int) -> None:
        """Look for one of the youngest, after an hour without anything."""
        if number == 0:
            self._now += FORGOTTEN_AFTER_SECONDS
            self._tracker.expire()
        self._expect_forgotten(self._ended[-1 - number], "an hour ago")
        self._add_up()

    def _expect_forgotten(self, execution_id: str, when: str) -> None:
        unknown = self._system.errors()["unknown_execution"]
        expect_refusal(
            unknown, lambda: self._tracker.get(execution_id), f"a record that ended {when}"
        )

    def _add_up(self) -> None:
        metrics = self._tracker.metrics()
        if (metrics.created, metrics.live) != (len(self._ended), 0):
            raise Wrong(f"{len(self._ended)} ended; the tracker says {metrics}")
        check_sum(metrics)


def check_sum(metrics: MetricsPart) -> None:
    """Hold the parts against the whole.

    Raises:
        Wrong: They do not add up.
    """
    ended = metrics.completed + metrics.failed + metrics.timeout + metrics.dead + metrics.cancelled
    if metrics.created != metrics.live + ended:
        raise Wrong(f"{metrics.created} were created, {metrics.live} live and {ended} ended")
