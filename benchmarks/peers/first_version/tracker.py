"""Executions in a dictionary; deadlines by looking at every one of them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.peers.first_version.refusals import IllegalTransitionError, UnknownExecutionError
from benchmarks.peers.first_version.states import TERMINAL, ExecutionState, transition

HEARTBEAT_SECONDS = 10.0
EXECUTION_SECONDS = 25.0
KEPT = 1000
KEPT_SECONDS = 300.0


@dataclass
class ExecutionRecord:
    """One execution."""

    execution_id: str
    user_id: str
    agent: str
    state: ExecutionState
    seen_at: float
    history: list[tuple[ExecutionState, float]]
    error: str | None = None


@dataclass
class Metrics:
    """How many there are."""

    created: int = 0
    live: int = 0
    completed: int = 0
    failed: int = 0
    timeout: int = 0
    dead: int = 0
    cancelled: int = 0


@dataclass
class AgentExecutionTracker:
    """Follows executions."""

    clock: Callable[[], float]
    tracker_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    executions: dict[str, ExecutionRecord] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    created: int = 0

    def create(self, context: Any, agent: str) -> str:  # noqa: ANN401 - a context of any kind
        """Return the id of a new execution."""
        execution_id = str(uuid.uuid4())
        now = self.clock()
        self.executions[execution_id] = ExecutionRecord(
            execution_id=execution_id,
            user_id=context.user_id,
            agent=agent,
            state=ExecutionState.PENDING,
            seen_at=now,
            history=[(ExecutionState.PENDING, now)],
        )
        self.created += 1
        return execution_id

    def start(self, execution_id: str) -> ExecutionState:
        """Move it to running."""
        return self.advance(execution_id, ExecutionState.RUNNING)

    def advance(self, execution_id: str, target: str) -> ExecutionState:
        """Move it to any state that may follow."""
        record = self.get(execution_id)
        state = transition(record.state, target)
        record.state = state
        record.seen_at = self.clock()
        record.history.append((state, record.seen_at))
        if state in TERMINAL:
            self.ended[execution_id] = record.seen_at
            self.counts[state.value] = self.counts.get(state.value, 0) + 1
            self._clean_up()
        return state

    def heartbeat(self, execution_id: str) -> None:
        """Take a sign of life."""
        record = self.get(execution_id)
        if record.state in TERMINAL:
            raise IllegalTransitionError(f"{execution_id} has ended")
        record.seen_at = self.clock()

    def finish(self, execution_id: str, *, error: str | None = None) -> ExecutionState:
        """End it."""
        state = self.advance(
            execution_id, ExecutionState.FAILED if error else ExecutionState.COMPLETED
        )
        record = self.executions.get(execution_id)
        if record is not None:
            record.error = error
        return state

    def cancel(self, execution_id: str) -> ExecutionState:
        """End it on request."""
        return self.advance(execution_id, ExecutionState.CANCELLED)

    def get(self, execution_id: str) -> ExecutionRecord:
        """Return it."""
        if execution_id not in self.executions:
            raise UnknownExecutionError(execution_id)
        return self.executions[execution_id]

    def expire(self) -> list[ExecutionRecord]:
        """End whatever is overdue."""
        expired = []
        for record in list(self.executions.values()):
            end = self._overdue(record)
            if end is not None:
                self.advance(record.execution_id, end)
                expired.append(record)
        self._clean_up()
        return expired

    def metrics(self) -> Metrics:
        """Count."""
        live = len(self.executions) - len(self.ended)
        return Metrics(created=self.created, live=live, **self.counts)

    def _overdue(self, record: ExecutionRecord) -> ExecutionState | None:
        if record.state in TERMINAL:
            return None
        now = self.clock()
        times_out = record.history[0][1] + EXECUTION_SECONDS
        dies = record.seen_at + HEARTBEAT_SECONDS
        if record.state != ExecutionState.PENDING and now >= dies and dies < times_out:
            return ExecutionState.DEAD
        return ExecutionState.TIMEOUT if now >= times_out else None

    def _clean_up(self) -> None:
        now = self.clock()
        while self.ended:
            oldest = next(iter(self.ended))
            if len(self.ended) <= KEPT and self.ended[oldest] + KEPT_SECONDS > now:
                break
            del self.ended[oldest], self.executions[oldest]
