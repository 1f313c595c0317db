"""Every execution, its history and its deadlines."""

import time
from collections import deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final

from system_under_test.context import UserExecutionContext
from system_under_test.errors import IllegalTransitionError, UnknownExecutionError
from system_under_test.execution import SUCCESSORS, ExecutionState
from system_under_test.execution_record import (
    ExecutionRecord,
    HistoryEntry,
    TrackerLimits,
    TrackerMetrics,
)
from system_under_test.identity import unique_id

_DEFAULT_LIMITS: Final = TrackerLimits()
_AT_CREATION: Final = SUCCESSORS[ExecutionState.PENDING]
# Stale entries that the heap may hold beyond one for each live execution, so that few executions
# never cost a rebuild.
_HEAP_SLACK: Final = 64


class _Execution:
    """One execution; its state is the last line of its history."""

    __slots__ = ("agent", "context", "error", "execution_id", "history", "seen_at", "successors")

    def __init__(
        self, execution_id: str, agent: str, context: UserExecutionContext, now: float
    ) -> None:
        self.execution_id = execution_id
        self.agent = agent
        self.context = context
        self.history: list[HistoryEntry] = [(ExecutionState.PENDING, now)]
        self.successors = _AT_CREATION
        self.seen_at = now
        self.error: str | None = None


class AgentExecutionTracker:
    """Follows executions from creation to one of five ends.

    It calls no clock of its own and starts nothing: whoever owns it calls `expire` now and then,
    and a deadline takes effect there. The clock must not go backwards.

    Args:
        clock: Returns the present, in seconds from any fixed point.
        limits: Deadlines, and how much is remembered.
        new_id: Makes the ids of executions, never the same twice.
    """

    __slots__ = (
        "_clock",
        "_created",
        "_due",
        "_ended",
        "_ended_counts",
        "_executions",
        "_limits",
        "_new_id",
    )

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        limits: TrackerLimits = _DEFAULT_LIMITS,
        new_id: Callable[[], str] = unique_id,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._new_id = new_id
        self._created = 0
        self._executions: dict[str, _Execution] = {}
        self._ended: deque[_Execution] = deque()
        self._ended_counts: dict[ExecutionState, int] = {}
        # One entry for each live execution: a time before which its deadline cannot pass. Nothing
        # is pushed at a heartbeat or a start; `expire` looks at the execution when its entry comes
        # up and pushes the next look.
        self._due: list[tuple[float, str]] = []

    def create(self, context: UserExecutionContext, agent: str) -> str:
        """Return the id of a new pending execution of `agent` for the user of `context`."""
        now = self._clock()
        self._prune(now)
        execution_id = self._new_id()
        self._executions[execution_id] = _Execution(execution_id, agent, context, now)
        self._created += 1
        limits = self._limits
        look_at = now + min(limits.heartbeat_seconds, limits.execution_seconds)
        heappush(self._due, (look_at, execution_id))
        return execution_id

    def advance(self, execution_id: str, target: str) -> ExecutionState:
        """Move an execution to `target` and return its new state; a move is a sign of life.

        Raises:
            UnknownExecutionError: No record has this id.
            IllegalTransitionError: The table does not hold the move; nothing was changed.
        """
        execution = self._executions.get(execution_id)
        if execution is None:
            raise UnknownExecutionError(execution_id)
        state = execution.successors.get(target)
        if state is None:
            raise IllegalTransitionError(execution.history[-1][0], target, execution.successors)
        execution.seen_at = now = self._clock()
        execution.history.append((state, now))
        execution.successors = successors = SUCCESSORS[state]
        if not successors:
            self._retire(execution, state, now)
        return state

    def start(self, execution_id: str) -> ExecutionState:
        """Move a pending or starting execution to running; from here on heartbeats are expected."""
        return self.advance(execution_id, ExecutionState.RUNNING)

    def finish(self, execution_id: str, *, error: str | None = None) -> ExecutionState:
        """End a running execution: completed, or failed when `error` says why."""
        if error is None:
            return self.advance(execution_id, ExecutionState.COMPLETED)
        execution = self._find(execution_id)
        state = self.advance(execution_id, ExecutionState.FAILED)
        execution.error = error
        return state

    def cancel(self, execution_id: str) -> ExecutionState:
        """End an execution on request."""
        return self.advance(execution_id, ExecutionState.CANCELLED)

    def heartbeat(self, execution_id: str) -> None:
        """Take a sign of life.

        Raises:
            UnknownExecutionError: No record has this id.
            IllegalTransitionError: The execution has ended; a heartbeat does not revive it.
        """
        execution = self._find(execution_id)
        if not execution.successors:
            raise IllegalTransitionError(execution.history[-1][0], "heartbeat", ())
        execution.seen_at = self._clock()

    def get(self, execution_id: str) -> ExecutionRecord:
        """Return the execution as it stands now.

        Raises:
            UnknownExecutionError: No record has this id.
        """
        return _record(self._find(execution_id))

    def expire(self) -> tuple[ExecutionRecord, ...]:
        """End every execution whose deadline has passed and return them: timeout or dead.

        Only executions whose look is due are touched, however many are live.
        """
        now = self._clock()
        due = self._due
        expired = []
        while due and due[0][0] <= now:
            execution = self._executions.get(heappop(due)[1])
            if execution is None or not execution.successors:
                continue
            look_at, end = self._deadline(execution, now)
            if look_at > now:
                heappush(due, (look_at, execution.execution_id))
                continue
            self.advance(execution.execution_id, end)
            expired.append(_record(execution))
        self._prune(now)
        return tuple(expired)

    def metrics(self) -> TrackerMetrics:
        """Return the counts since the tracker was made."""
        return TrackerMetrics(
            created=self._created,
            live=len(self._executions) - len(self._ended),
            retained=len(self._ended),
            awaited_deadlines=len(self._due),
            completed=self._ended_counts.get(ExecutionState.COMPLETED, 0),
            failed=self._ended_counts.get(ExecutionState.FAILED, 0),
            timeout=self._ended_counts.get(ExecutionState.TIMEOUT, 0),
            dead=self._ended_counts.get(ExecutionState.DEAD, 0),
            cancelled=self._ended_counts.get(ExecutionState.CANCELLED, 0),
        )

    def _find(self, execution_id: str) -> _Execution:
        execution = self._executions.get(execution_id)
        if execution is None:
            raise UnknownExecutionError(execution_id)
        return execution

    def _deadline(self, execution: _Execution, now: float) -> tuple[float, ExecutionState]:
        """Return when to look at an execution again, and how it ends if that time has come."""
        ends_at = execution.history[0][1] + self._limits.execution_seconds
        pending = execution.successors is _AT_CREATION
        # A pending one may start at any moment from now on, and its silence is counted from then.
        silent_from = now if pending else execution.seen_at
        dead_at = silent_from + self._limits.heartbeat_seconds
        if ends_at <= dead_at:
            return ends_at, ExecutionState.TIMEOUT
        return dead_at, ExecutionState.DEAD

    def _retire(self, execution: _Execution, state: ExecutionState, now: float) -> None:
        """Count an execution that has ended and keep its record for a while."""
        self._ended_counts[state] = self._ended_counts.get(state, 0) + 1
        self._ended.append(execution)
        self._prune(now)
        live = len(self._executions) - len(self._ended)
        if len(self._due) > 2 * live + _HEAP_SLACK:
            self._drop_stale_looks()

    def _prune(self, now: float) -> None:
        """Give up the oldest records of ended executions beyond the limits."""
        ended = self._ended
        limits = self._limits
        while ended and (
            len(ended) > limits.retained_count
            or ended[0].history[-1][1] + limits.retained_seconds <= now
        ):
            del self._executions[ended.popleft().execution_id]

    def _drop_stale_looks(self) -> None:
        """Rebuild the heap from the live executions.

        At least half as many have ended since the last time, so an end pays a constant share of it.
        """
        executions = self._executions
        # In place: `expire` may be at work on this list.
        self._due[:] = [
            entry
            for entry in self._due
            if (execution := executions.get(entry[1])) is not None and execution.successors
        ]
        heapify(self._due)


def _record(execution: _Execution) -> ExecutionRecord:
    context = execution.context
    return ExecutionRecord(
        execution_id=execution.execution_id,
        agent=execution.agent,
        user_id=context.user_id,
        thread_id=context.thread_id,
        run_id=context.run_id,
        state=execution.history[-1][0],
        history=tuple(execution.history),
        seen_at=execution.seen_at,
        error=execution.error,
    )
