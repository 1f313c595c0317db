"""No sequence of operations leaves a terminal state, misses a deadline, or makes the metrics
lie."""

from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from system_under_test import (
    TERMINAL_STATES,
    TRANSITIONS,
    AgentExecutionTracker,
    ExecutionRecord,
    ExecutionState,
    IllegalTransitionError,
    TrackerLimits,
    TrackerMetrics,
    UnknownExecutionError,
    UserExecutionContext,
)
from tests.system_under_test.fakes import FakeClock, make_context

LIMITS = TrackerLimits(retained_count=3, retained_seconds=30)
CONTEXT = make_context()


@dataclass
class Modelled:
    """An execution as a slow, literal tracker would keep it."""

    created_at: float
    seen_at: float
    state: ExecutionState = ExecutionState.PENDING

    def end_at(self, now: float) -> ExecutionState | None:
        dead_at = self.seen_at + LIMITS.heartbeat_seconds
        ends_at = self.created_at + LIMITS.execution_seconds
        if self.state is ExecutionState.PENDING:
            return ExecutionState.TIMEOUT if now >= ends_at else None
        if now < min(dead_at, ends_at):
            return None
        return ExecutionState.TIMEOUT if ends_at <= dead_at else ExecutionState.DEAD


class TrackerMachine(RuleBasedStateMachine):
    tracker_type: ClassVar[type[AgentExecutionTracker]] = AgentExecutionTracker

    @initialize()
    def begin(self) -> None:
        self.clock = FakeClock()
        numbers = count()
        self.tracker = self.tracker_type(
            clock=self.clock, limits=LIMITS, new_id=lambda: f"execution-{next(numbers):04d}"
        )
        self.model: dict[str, Modelled] = {}
        self.ended: list[tuple[str, float]] = []  # records still kept, oldest first

    def prune(self) -> None:
        while self.ended and (
            len(self.ended) > LIMITS.retained_count
            or self.ended[0][1] + LIMITS.retained_seconds <= self.clock.now
        ):
            self.ended.pop(0)

    def kept(self, execution: str) -> bool:
        live = self.model[execution].state not in TERMINAL_STATES
        return live or execution in {ended for ended, _ in self.ended}

    def enter(self, execution: str, state: ExecutionState) -> None:
        self.model[execution].state = state
        self.model[execution].seen_at = self.clock.now
        if state in TERMINAL_STATES:
            self.ended.append((execution, self.clock.now))
            self.prune()

    @rule()
    def create(self) -> None:
        execution = self.tracker.create(CONTEXT, "triage")
        assert execution not in self.model
        self.model[execution] = Modelled(self.clock.now, self.clock.now)
        self.prune()

    @precondition(lambda self: self.model)
    @rule(data=st.data(), state=st.sampled_from(ExecutionState))
    def advance(self, data: st.DataObject, state: ExecutionState) -> None:
        execution = data.draw(st.sampled_from(sorted(self.model)))
        if not self.kept(execution):
            with pytest.raises(UnknownExecutionError):
                self.tracker.advance(execution, state)
        elif state in TRANSITIONS[self.model[execution].state]:
            assert self.tracker.advance(execution, state) is state
            self.enter(execution, state)
        else:
            with pytest.raises(IllegalTransitionError):
                self.tracker.advance(execution, state)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        pending = [e for e, m in self.model.items() if m.state is ExecutionState.PENDING]
        if pending:
            execution = data.draw(st.sampled_from(sorted(pending)))
            self.tracker.start(execution)
            self.enter(execution, ExecutionState.RUNNING)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def heartbeat(self, data: st.DataObject) -> None:
        execution = data.draw(st.sampled_from(sorted(self.model)))
        if not self.kept(execution):
            with pytest.raises(UnknownExecutionError):
                self.tracker.heartbeat(execution)
        elif self.model[execution].state in TERMINAL_STATES:
            with pytest.raises(IllegalTransitionError):
                self.tracker.heartbeat(execution)
        else:
            self.tracker.heartbeat(execution)
            self.model[execution].seen_at = self.clock.now

    @rule()
    def touch_an_unknown_id(self) -> None:
        with pytest.raises(UnknownExecutionError):
            self.tracker.advance("nobody", ExecutionState.RUNNING)

    @rule(seconds=st.sampled_from([0.5, 3.0, 9.5, 10.0, 15.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def expire(self) -> None:
        due = {
            execution: end
            for execution, modelled in self.model.items()
            if modelled.state not in TERMINAL_STATES
            and (end := modelled.end_at(self.clock.now)) is not None
        }
        expired = [record.execution_id for record in self.tracker.expire()]
        assert sorted(expired) == sorted(due)
        for execution in expired:
            self.enter(execution, due[execution])
        self.prune()

    @invariant()
    def records_are_as_modelled(self) -> None:
        for execution, modelled in self.model.items():
            if self.kept(execution):
                record = self.tracker.get(execution)
                assert record.state is modelled.state
                assert record.history[-1][0] is modelled.state
                assert record.seen_at == modelled.seen_at
            else:
                with pytest.raises(UnknownExecutionError):
                    self.tracker.get(execution)

    @invariant()
    def metrics_add_up(self) -> None:
        metrics = self.tracker.metrics()
        states = Counter(modelled.state for modelled in self.model.values())
        assert metrics.created == len(self.model) == metrics.live + metrics.ended
        for state in TERMINAL_STATES:
            assert getattr(metrics, state) == states[state]
        assert metrics.retained == len(self.ended) <= LIMITS.retained_count
        assert metrics.awaited_deadlines <= 2 * metrics.live + 64


SETTINGS = settings(max_examples=80, stateful_step_count=40, deadline=None, database=None)
# Nothing is shrunk where a failure is what is asked for.
SABOTAGE = settings(
    SETTINGS,
    max_examples=300,
    phases=[Phase.generate],
    derandomize=True,
    report_multiple_bugs=False,
)


def test_no_sequence_of_operations_breaks_the_tracker() -> None:
    run_state_machine_as_test(TrackerMachine, settings=SETTINGS)


class LeavesTerminal(AgentExecutionTracker):
    def advance(self, execution_id: str, target: str) -> ExecutionState:
        try:
            return super().advance(execution_id, target)
        except IllegalTransitionError:
            state = ExecutionState(target)
            self._executions[execution_id].history.append((state, self._clock()))
            return state


class CreatesTheUnknown(AgentExecutionTracker):
    def advance(self, execution_id: str, target: str) -> ExecutionState:
        if execution_id not in self._executions:
            execution_id = self.create(CONTEXT, "nobody")
        return super().advance(execution_id, target)


class ForgetsThePruned(AgentExecutionTracker):
    def metrics(self) -> TrackerMetrics:
        metrics = super().metrics()
        states = Counter(execution.history[-1][0] for execution in self._ended)
        return TrackerMetrics(
            created=metrics.created,
            live=metrics.live,
            retained=metrics.retained,
            awaited_deadlines=metrics.awaited_deadlines,
            **{str(state): states[state] for state in TERMINAL_STATES},
        )


class NeverExpires(AgentExecutionTracker):
    def expire(self) -> tuple[ExecutionRecord, ...]:
        return ()


class DeafToHeartbeats(AgentExecutionTracker):
    def heartbeat(self, execution_id: str) -> None:
        before = self._find(execution_id).seen_at
        super().heartbeat(execution_id)
        self._find(execution_id).seen_at = before


class LooksTooLate(AgentExecutionTracker):
    def create(self, context: UserExecutionContext, agent: str) -> str:
        execution = super().create(context, agent)
        self._due[:] = [(look_at + 10, each) for look_at, each in self._due]
        return execution


class KeepsEverything(AgentExecutionTracker):
    def _prune(self, now: float) -> None:
        pass


@pytest.mark.parametrize(
    "sabotaged",
    [
        LeavesTerminal,
        CreatesTheUnknown,
        ForgetsThePruned,
        NeverExpires,
        DeafToHeartbeats,
        LooksTooLate,
        KeepsEverything,
    ],
)
def test_a_sabotaged_tracker_is_caught(sabotaged: type[AgentExecutionTracker]) -> None:
    machine = type("Sabotaged", (TrackerMachine,), {"tracker_type": sabotaged})
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run_state_machine_as_test(machine, settings=SABOTAGE)
