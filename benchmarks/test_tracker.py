"""A tracker at work. Each one here is full to its bounds, so that it is as large after any call."""

import time

import pytest

from benchmarks.settled import LONG_PATH, SHORT_PATH, a_context, run_along, settled_tracker
from benchmarks.stopwatch import Stopwatch
from system_under_test.parts import ContextPart
from system_under_test.protocol import ReferenceSystem

pytestmark = pytest.mark.benchmark(group="tracker")


@pytest.fixture
def context(system: ReferenceSystem) -> ContextPart:
    return a_context(system, "user-7f3a9c")


def test_short_path(benchmark: Stopwatch, system: ReferenceSystem, context: ContextPart) -> None:
    """One execution from pending over running to completed, by the methods of that name."""
    tracker = settled_tracker(system, time.monotonic, SHORT_PATH)

    def run() -> str:
        execution_id = tracker.create(context, "triage")
        tracker.start(execution_id)
        return tracker.finish(execution_id)

    assert benchmark(run) == "completed"


def test_long_path(benchmark: Stopwatch, system: ReferenceSystem, context: ContextPart) -> None:
    """One execution through every state on its way; two moves more than the short path."""
    tracker = settled_tracker(system, time.monotonic, LONG_PATH)
    benchmark(run_along, tracker, context, LONG_PATH)
    assert tracker.metrics().live == 0


def test_heartbeat(benchmark: Stopwatch, system: ReferenceSystem, context: ContextPart) -> None:
    tracker = settled_tracker(system, lambda: 0.0)
    execution_id = tracker.create(context, "triage")
    tracker.start(execution_id)
    benchmark(tracker.heartbeat, execution_id)
    assert tracker.metrics().live == 1


@pytest.mark.parametrize("live", [10, 10_000])
def test_expire_nothing(
    benchmark: Stopwatch, system: ReferenceSystem, context: ContextPart, live: int
) -> None:
    """Looking for passed deadlines when there is none; it must not grow with what is live."""
    tracker = system.create_tracker(lambda: 0.0)
    for _ in range(live):
        tracker.start(tracker.create(context, "triage"))
    assert not benchmark(tracker.expire)
    assert tracker.metrics().live == live
