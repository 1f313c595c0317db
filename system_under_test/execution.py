"""The nine states of an execution and the one table of its legal moves."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from system_under_test.errors import IllegalTransitionError


class ExecutionState(StrEnum):
    """Where an execution stands; the last five are final.

    A StrEnum, because its members hash like the text they are, in C: a plain Enum's hash is Python
    code on 3.11.
    """

    PENDING = "pending"
    STARTING = "starting"
    RUNNING = "running"
    COMPLETING = "completing"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    DEAD = "dead"
    CANCELLED = "cancelled"


# dead is a missed heartbeat, and nobody expects one before the start.
TRANSITIONS: Final[Mapping[ExecutionState, frozenset[ExecutionState]]] = MappingProxyType(
    {
        ExecutionState.PENDING: frozenset(
            {
                ExecutionState.STARTING,
                ExecutionState.RUNNING,
                ExecutionState.FAILED,
                ExecutionState.TIMEOUT,
                ExecutionState.CANCELLED,
            }
        ),
        ExecutionState.STARTING: frozenset(
            {
                ExecutionState.RUNNING,
                ExecutionState.FAILED,
                ExecutionState.TIMEOUT,
                ExecutionState.DEAD,
                ExecutionState.CANCELLED,
            }
        ),
        ExecutionState.RUNNING: frozenset(
            {
                ExecutionState.COMPLETING,
                ExecutionState.COMPLETED,
                ExecutionState.FAILED,
                ExecutionState.TIMEOUT,
                ExecutionState.DEAD,
                ExecutionState.CANCELLED,
            }
        ),
        ExecutionState.COMPLETING: frozenset(
            {
                ExecutionState.COMPLETED,
                ExecutionState.FAILED,
                ExecutionState.TIMEOUT,
                ExecutionState.DEAD,
                ExecutionState.CANCELLED,
            }
        ),
        ExecutionState.COMPLETED: frozenset(),
        ExecutionState.FAILED: frozenset(),
        ExecutionState.TIMEOUT: frozenset(),
        ExecutionState.DEAD: frozenset(),
        ExecutionState.CANCELLED: frozenset(),
    }
)

TERMINAL_STATES: Final = frozenset(state for state, targets in TRANSITIONS.items() if not targets)

# The same table as plain dicts, from a name to the member: one lookup answers "may it?" and "what
# is it then?", and a state may be named by its text.
SUCCESSORS: Final[dict[str, dict[str, ExecutionState]]] = {
    state: {target: target for target in targets} for state, targets in TRANSITIONS.items()
}


def transition(current: str, target: str) -> ExecutionState:
    """Return the state after a move from `current` to `target`.

    Args:
        current: A state, or its text.
        target: The state to go to, or its text.

    Raises:
        IllegalTransitionError: The table does not hold this move, or not these states.
    """
    allowed = SUCCESSORS.get(current, {})
    state = allowed.get(target)
    if state is None:
        raise IllegalTransitionError(current, target, allowed)
    return state


def transition_table() -> str:
    """Return the table of moves as Markdown, for the documentation."""
    rows = ["| from | to |", "| --- | --- |"]
    for state, targets in TRANSITIONS.items():
        in_order = ", ".join(target for target in ExecutionState if target in targets)
        rows.append(f"| {state} | {in_order or '(final)'} |")
    return "\n".join(rows)
