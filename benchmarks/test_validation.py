"""The whole validation of the document, whose figure for it was 807.53 ms."""

import pytest

from benchmarks.journey import whole_validation
from benchmarks.stopwatch import AsyncStopwatch
from system_under_test.protocol import ReferenceSystem


@pytest.mark.benchmark(group="validation")
def test_whole_validation(benchmark_async: AsyncStopwatch, system: ReferenceSystem) -> None:
    """Every component made and used from end to end, a user isolated from another one."""
    seen = benchmark_async(whole_validation, system)
    assert seen.states == ("pending", "running", "completed")
    assert seen.bridge_states == ("uninitialized", "active", "uninitialized")
    assert (len(seen.messages), seen.strays) == (6, ())
    assert (seen.created, seen.completed) == (1, 1)
    assert seen.refused
    assert seen.resolved == len(system.canonical_paths())
