"""Refusing costs time too, and whoever sends nonsense chooses how often."""

import pytest

from benchmarks.stopwatch import Stopwatch
from system_under_test.protocol import ReferenceSystem

pytestmark = pytest.mark.benchmark(group="refusal")


@pytest.mark.parametrize("user_id", ["placeholder", "TEMP_4711", ""], ids=repr)
def test_refuse_placeholder(benchmark: Stopwatch, system: ReferenceSystem, user_id: str) -> None:
    refusal = system.errors()["invalid_context"]

    def create() -> bool:
        try:
            system.create_context(user_id=user_id, thread_id="thread-51b2", run_id="run-c0ffee42")
        except refusal:
            return True
        return False

    assert benchmark(create)


def test_refuse_illegal_move(benchmark: Stopwatch, system: ReferenceSystem) -> None:
    refusal = system.errors()["illegal_transition"]

    def move() -> bool:
        try:
            system.transition("completed", "running")
        except refusal:
            return True
        return False

    assert benchmark(move)
