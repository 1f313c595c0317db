from collections.abc import Callable
from itertools import pairwise, product

import pytest

from system_under_test import TERMINAL_STATES, TRANSITIONS, ExecutionState, IllegalTransitionError
from system_under_test.execution import transition, transition_table

PAIRS = list(product(ExecutionState, ExecutionState))


def wrong_moves(move: Callable[[str, str], str]) -> list[tuple[str, str]]:
    """Return each pair of states that `move` treats otherwise than the table does."""
    wrong = []
    for current, target in PAIRS:
        try:
            moved = move(current, target) == target
        except IllegalTransitionError:
            moved = False
        if moved != (target in TRANSITIONS[current]):
            wrong.append((str(current), str(target)))
    return wrong


def test_every_pair_of_states_moves_as_the_table_says() -> None:
    assert wrong_moves(transition) == []


def test_a_machine_that_leaves_a_terminal_state_would_be_caught() -> None:
    def sabotaged(current: str, target: str) -> str:
        if (current, target) == ("completed", "running"):
            return target
        return transition(current, target)

    assert wrong_moves(sabotaged) == [("completed", "running")]


def test_the_table_has_every_state_and_the_document_s_ends() -> None:
    assert list(TRANSITIONS) == list(ExecutionState)
    assert {"completed", "failed", "timeout", "dead", "cancelled"} == TERMINAL_STATES
    assert all(TRANSITIONS[state] for state in ExecutionState if state not in TERMINAL_STATES)


def test_no_state_can_be_entered_twice() -> None:
    # That is what bounds a history: the order of the members is an order of the moves.
    order = list(ExecutionState)
    for current, targets in TRANSITIONS.items():
        assert all(order.index(target) > order.index(current) for target in targets)


@pytest.mark.parametrize(
    "path", ["pending running completed", "pending starting running completing completed"]
)
def test_the_paths_of_the_document_are_legal(path: str) -> None:
    for current, target in pairwise(path.split()):
        assert transition(current, target) is ExecutionState(target)


@pytest.mark.parametrize("pair", [("pending", "nowhere"), ("nowhere", "pending"), ("", "")])
def test_what_is_no_state_is_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(IllegalTransitionError):
        transition(*pair)


def test_the_table_cannot_be_written_to() -> None:
    table: dict[ExecutionState, frozenset[ExecutionState]] = TRANSITIONS  # type: ignore[assignment]
    with pytest.raises(TypeError):
        table[ExecutionState.DEAD] = frozenset({ExecutionState.RUNNING})


def test_states_hash_as_their_text_does_in_c() -> None:
    # The hash of a plain Enum is a Python function, which costs each lookup in the table.
    assert ExecutionState.__hash__ is str.__hash__


def test_the_documented_table_is_the_table() -> None:
    rows = [line.strip("| ").split(" | ") for line in transition_table().splitlines()[2:]]
    told = {row[0]: set() if row[1] == "(final)" else set(row[1].split(", ")) for row in rows}
    assert told == {str(state): set(targets) for state, targets in TRANSITIONS.items()}
