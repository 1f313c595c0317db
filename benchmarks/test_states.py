"""The state machine of executions: every legal move."""

import pytest

from benchmarks.states import MOVES
from benchmarks.stopwatch import Stopwatch
from system_under_test.protocol import ReferenceSystem

pytestmark = pytest.mark.benchmark(group="states")


@pytest.mark.parametrize(("current", "target"), MOVES)
def test_legal_move(
    benchmark: Stopwatch, system: ReferenceSystem, current: str, target: str
) -> None:
    """From the state's own object, as a tracker holds it, to a target named by its text."""
    held = next(state for state in system.legal_transitions() if state == current)
    assert benchmark(system.transition, held, target) == target
