"""A tracker at work. Each one here is full to its bounds, so that it is as large after any call."""

import time

import pytest

from benchmarks.settled import a_context, run_to_its_end, settled_tracker
from benchmarks.stopwatch import Stopwatch
from system_under_test.parts import ContextPart, TrackerPart
from system_under_test.protocol import ReferenceSystem

pytestmark = pytest.mark.benchmark(group="tracker")

LONG_PATH = ("starting", "running", "completing", "completed")


@pytest.fixture
def context(system: ReferenceSystem) -> ContextPart:
    return a_context(system, "user-7f3a9c")


@pytest.fixture
def tracker(system: ReferenceSystem) -> TrackerPart:
    return settled_tracker(system, time.monotonic)


def test_short_path(benchmark: Stopwatch, tracker: TrackerPart, context: ContextPart) -> None:
    """One execution from pending over running to completed."""
    assert benchmark(run_to_its_end, tracker, context) == "completed"


def test_long_path(benchmark: Stopwatch, tracker: TrackerPart, context: ContextPart) -> None:
    """One execution through every state on its way; two moves more than the short path."""

    def run() -> None:
        execution_id = tracker.create(context, "triage")
        for state in LONG_PATH:
            tracker.advance(execution_id, state)

    benchmark(run)
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
