"""The nine states and their moves."""

from enum import Enum

from benchmarks.peers.first_version.refusals import IllegalTransitionError


class ExecutionState(str, Enum):  # noqa: UP042 - as it is usually written
    """Where an execution stands."""

    PENDING = "pending"
    STARTING = "starting"
    RUNNING = "running"
    COMPLETING = "completing"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    DEAD = "dead"
    CANCELLED = "cancelled"

    def __str__(self) -> str:
        return str(self.value)

    def __hash__(self) -> int:
        return hash(self.value)


TERMINAL = [
    ExecutionState.COMPLETED,
    ExecutionState.FAILED,
    ExecutionState.TIMEOUT,
    ExecutionState.DEAD,
    ExecutionState.CANCELLED,
]


def legal_transitions() -> dict[ExecutionState, frozenset[ExecutionState]]:
    """Return the table of moves."""
    return {state: frozenset(targets) for state, targets in _TABLE.items()}


def transition(current: str, target: str) -> ExecutionState:
    """Return the state after a move."""
    try:
        from_state, to_state = ExecutionState(current), ExecutionState(target)
    except ValueError as error:
        raise IllegalTransitionError(str(error)) from error
    if to_state not in _TABLE[from_state]:
        raise IllegalTransitionError(f"{from_state} cannot become {to_state}")
    return to_state


_TABLE: dict[ExecutionState, list[ExecutionState]] = {
    ExecutionState.PENDING: [
        ExecutionState.STARTING,
        ExecutionState.RUNNING,
        ExecutionState.FAILED,
        ExecutionState.TIMEOUT,
        ExecutionState.CANCELLED,
    ],
    ExecutionState.STARTING: [
        ExecutionState.RUNNING,
        ExecutionState.FAILED,
        ExecutionState.TIMEOUT,
        ExecutionState.DEAD,
        ExecutionState.CANCELLED,
    ],
    ExecutionState.RUNNING: [ExecutionState.COMPLETING, *TERMINAL],
    ExecutionState.COMPLETING: TERMINAL,
    **{state: [] for state in TERMINAL},
}
