from collections.abc import Callable
from typing import Any

import pytest

from system_under_test import (
    AgentExecutionTracker,
    ExecutionState,
    IllegalTransitionError,
    TrackerLimits,
    UnknownExecutionError,
)
from tests.system_under_test.fakes import FakeClock, make_context


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tracker(clock: FakeClock) -> AgentExecutionTracker:
    return AgentExecutionTracker(clock=clock)


def test_the_short_path_of_the_document_leaves_its_history(
    tracker: AgentExecutionTracker, clock: FakeClock
) -> None:
    execution = tracker.create(make_context(), "triage")
    clock.now += 1
    tracker.start(execution)
    clock.now += 2
    tracker.finish(execution)
    record = tracker.get(execution)
    assert record.history == (("pending", 1000.0), ("running", 1001.0), ("completed", 1003.0))
    assert (record.user_id, record.run_id, record.agent) == ("user-1", "run-1", "triage")
    assert record.error is None


def test_an_execution_that_failed_says_why(tracker: AgentExecutionTracker) -> None:
    execution = tracker.create(make_context(), "triage")
    tracker.start(execution)
    assert tracker.finish(execution, error="no model") is ExecutionState.FAILED
    assert tracker.get(execution).error == "no model"


def test_a_state_may_be_named_by_its_text(tracker: AgentExecutionTracker) -> None:
    execution = tracker.create(make_context(), "triage")
    assert tracker.advance(execution, "running") is ExecutionState.RUNNING


def test_an_illegal_move_changes_nothing(tracker: AgentExecutionTracker, clock: FakeClock) -> None:
    execution = tracker.create(make_context(), "triage")
    before, counts = tracker.get(execution), tracker.metrics()
    clock.now += 1
    for target in ("pending", "completing", "completed", "dead", "nowhere"):
        with pytest.raises(IllegalTransitionError):
            tracker.advance(execution, target)
    assert tracker.get(execution) == before
    assert tracker.metrics() == counts


UNKNOWN_CALLS: dict[str, Callable[[AgentExecutionTracker], object]] = {
    "start": lambda tracker: tracker.start("nobody"),
    "advance": lambda tracker: tracker.advance("nobody", "running"),
    "heartbeat": lambda tracker: tracker.heartbeat("nobody"),
    "finish": lambda tracker: tracker.finish("nobody"),
    "finish with an error": lambda tracker: tracker.finish("nobody", error="why"),
    "cancel": lambda tracker: tracker.cancel("nobody"),
    "get": lambda tracker: tracker.get("nobody"),
}


@pytest.mark.parametrize("name", sorted(UNKNOWN_CALLS))
def test_an_unknown_id_is_an_error_and_creates_nothing(
    tracker: AgentExecutionTracker, name: str
) -> None:
    with pytest.raises(UnknownExecutionError):
        UNKNOWN_CALLS[name](tracker)
    assert tracker.metrics().created == 0


def test_silence_of_ten_seconds_is_death(tracker: AgentExecutionTracker, clock: FakeClock) -> None:
    execution = tracker.create(make_context(), "triage")
    tracker.start(execution)
    clock.now += 9.5
    assert tracker.expire() == ()
    clock.now += 0.5
    assert [record.state for record in tracker.expire()] == ["dead"]
    assert tracker.get(execution).state is ExecutionState.DEAD


def test_heartbeats_carry_as_far_as_the_execution_s_deadline(
    tracker: AgentExecutionTracker, clock: FakeClock
) -> None:
    execution = tracker.create(make_context(), "triage")
    tracker.start(execution)
    for _ in range(24):
        clock.now += 1
        tracker.heartbeat(execution)
        assert tracker.expire() == ()
    clock.now += 1
    assert [record.state for record in tracker.expire()] == ["timeout"]


def test_nobody_expects_heartbeats_before_the_start(
    tracker: AgentExecutionTracker, clock: FakeClock
) -> None:
    execution = tracker.create(make_context(), "triage")
    clock.now += 12  # past the first look of the tracker
    assert tracker.expire() == ()
    tracker.start(execution)
    clock.now += 9.5
    assert tracker.expire() == ()
    clock.now += 0.5
    assert [record.state for record in tracker.expire()] == ["dead"]


def test_an_execution_that_never_starts_times_out(
    tracker: AgentExecutionTracker, clock: FakeClock
) -> None:
    tracker.create(make_context(), "triage")
    clock.now += 25
    assert [record.state for record in tracker.expire()] == ["timeout"]


def test_a_heartbeat_does_not_revive(tracker: AgentExecutionTracker) -> None:
    execution = tracker.create(make_context(), "triage")
    tracker.cancel(execution)
    with pytest.raises(IllegalTransitionError):
        tracker.heartbeat(execution)


def test_ended_records_are_kept_for_a_bounded_number_and_time(clock: FakeClock) -> None:
    limits = TrackerLimits(retained_count=2, retained_seconds=60)
    tracker = AgentExecutionTracker(clock=clock, limits=limits)
    ids = [tracker.create(make_context(), "triage") for _ in range(3)]
    for execution in ids:
        tracker.cancel(execution)
    with pytest.raises(UnknownExecutionError):
        tracker.get(ids[0])
    assert tracker.get(ids[1]).state == tracker.get(ids[2]).state == "cancelled"
    clock.now += 60
    tracker.expire()
    assert tracker.metrics().retained == 0
    assert (tracker.metrics().cancelled, tracker.metrics().created) == (3, 3)


def test_a_tracker_may_keep_no_ended_record_at_all(clock: FakeClock) -> None:
    tracker = AgentExecutionTracker(clock=clock, limits=TrackerLimits(retained_count=0))
    execution = tracker.create(make_context(), "triage")
    assert tracker.finish(execution, error="why") is ExecutionState.FAILED
    assert (tracker.metrics().failed, tracker.metrics().retained) == (1, 0)


def awaited_after_many_ends(tracker: AgentExecutionTracker) -> int:
    """Return the greatest excess of the deadline heap over its promised bound."""
    context = make_context()
    worst = 0
    lasting = [tracker.create(context, "triage") for _ in range(10)]
    for _ in range(1000):
        tracker.cancel(tracker.create(context, "triage"))
        metrics = tracker.metrics()
        worst = max(worst, metrics.awaited_deadlines - 2 * metrics.live - 64)
    assert tracker.metrics().live == len(lasting)
    return worst


def test_the_deadline_heap_stays_bounded_by_what_is_live(tracker: AgentExecutionTracker) -> None:
    assert awaited_after_many_ends(tracker) <= 0


def test_a_heap_that_is_never_cleared_would_be_caught() -> None:
    class Hoarder(AgentExecutionTracker):
        def _drop_stale_looks(self) -> None:
            pass

    assert awaited_after_many_ends(Hoarder(clock=FakeClock())) > 0


def looks_at_other_executions(tracker: AgentExecutionTracker, clock: FakeClock) -> int:
    """Return how many of 500 executions, none of them due, an `expire` looked at."""
    context = make_context()
    for number in range(500):
        clock.now = 1000 + number / 100
        tracker.start(tracker.create(context, "triage"))
    looked_at = 0

    class Counting(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            nonlocal looked_at
            looked_at += 1
            return super().get(key, default)

    tracker._executions = Counting(tracker._executions)
    clock.now = 1000 + 10  # exactly the first one is due
    assert len(tracker.expire()) == 1
    return looked_at


def test_expire_does_not_scan_every_execution(
    tracker: AgentExecutionTracker, clock: FakeClock
) -> None:
    assert looks_at_other_executions(tracker, clock) <= 2


def test_clearing_the_heap_amid_an_expiry_loses_no_deadline(clock: FakeClock) -> None:
    tracker = AgentExecutionTracker(clock=clock, limits=TrackerLimits(retained_count=0))
    context = make_context()
    for _ in range(300):
        tracker.start(tracker.create(context, "triage"))
    clock.now += 10
    for _ in range(100):
        tracker.start(tracker.create(context, "triage"))
    assert len(tracker.expire()) == 300
    clock.now += 10
    assert len(tracker.expire()) == 100
    assert (tracker.metrics().dead, tracker.metrics().live) == (400, 0)


@pytest.mark.parametrize(
    "limits",
    [
        {"heartbeat_seconds": 0},
        {"execution_seconds": -1},
        {"retained_seconds": -1},
        {"retained_count": -1},
        {"heartbeat_seconds": float("nan")},
    ],
)
def test_limits_that_make_no_sense_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(limits))):
        TrackerLimits(**limits)
