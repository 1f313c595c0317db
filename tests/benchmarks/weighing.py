"""A pytest plugin in the place of pytest-benchmark: calls what would be timed, and weighs memory.

The fake stands at the suites' own seam, the `benchmark` fixture: a function is called N times, then
10 N times more, and what is held afterwards must be the same. So every benchmark is asked whether
it is in a steady state, however often perfproof or pytest-benchmark repeat it.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import pytest

# Ids are drawn in batches and dictionaries keep room; one object a call is far more than that.
SLACK_BYTES = 16 * 1024
MOST_CALLS = 300
FIRST_SECONDS = 0.002


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "benchmark: as pytest-benchmark's, of which nothing is used")


@pytest.fixture
def benchmark(traced: None) -> Callable[..., Any]:  # noqa: ARG001 - traced before anything is made
    return steady


@pytest.fixture(autouse=True)
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def steady(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the function, weigh, call it ten times as often, weigh again."""
    calls, until = 0, perf_counter() + FIRST_SECONDS
    result = None
    while calls < 3 or (calls < MOST_CALLS and perf_counter() < until):
        result = function(*args, **kwargs)
        calls += 1
    # With the result of the last call both times.
    before = bytes_held()
    for _ in range(10 * calls):
        result = function(*args, **kwargs)
    grown = bytes_held() - before
    if grown > SLACK_BYTES:
        pytest.fail(f"{10 * calls} more calls hold {grown} bytes more")
    return result


def bytes_held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
