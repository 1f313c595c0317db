"""Every pair of states: a legal move moves, an illegal one raises and changes nothing."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from random import Random

from benchmarks.probes.trial import Trial, Wrong, expect_refusal
from benchmarks.settled import a_context
from benchmarks.states import LEGAL, WAYS
from system_under_test.protocol import ReferenceSystem


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one pair; all 81 are shuffled and tried, again and again."""
    pairs: list[tuple[str, str]] = []
    for _ in range(count):
        if not pairs:
            pairs = list(product(LEGAL, LEGAL))
            chance.shuffle(pairs)
        yield partial(_move, system, *pairs.pop())


def _move(system: ReferenceSystem, current: str, target: str) -> None:
    if target in LEGAL[current]:
        if system.transition(current, target) != target:
            raise Wrong(f"{current} to {target} led elsewhere")
    else:
        expect_refusal(
            system.errors()["illegal_transition"],
            lambda: system.transition(current, target),
            f"{current} to {target}",
        )
    _compare_table(system, current)
    _move_execution(system, current, target)


def _compare_table(system: ReferenceSystem, current: str) -> None:
    table = {str(state): targets for state, targets in system.legal_transitions().items()}
    if set(table) != set(LEGAL):
        raise Wrong(f"the states are {sorted(table)}")
    if {str(target) for target in table[current]} != set(LEGAL[current]):
        raise Wrong(f"the table says that {current} can go to {sorted(table[current])}")


def _move_execution(system: ReferenceSystem, current: str, target: str) -> None:
    """Try the same move on an execution of a tracker."""
    tracker = system.create_tracker(lambda: 0.0)
    execution_id = tracker.create(a_context(system, "user-7f3a9c"), "triage")
    for state in WAYS[current]:
        tracker.advance(execution_id, state)
    before = tuple(tracker.get(execution_id).history)
    if target in LEGAL[current]:
        tracker.advance(execution_id, target)
        if tracker.get(execution_id).state != target:
            raise Wrong(f"an execution went from {current} to {target} and is not there")
        return
    expect_refusal(
        system.errors()["illegal_transition"],
        lambda: tracker.advance(execution_id, target),
        f"an execution from {current} to {target}",
    )
    record = tracker.get(execution_id)
    if (record.state, tuple(record.history)) != (current, before):
        raise Wrong(f"{current} to {target} was refused, and changed the execution")
