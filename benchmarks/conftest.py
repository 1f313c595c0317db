"""The option `--system`, and the fixtures of these suites."""

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

import pytest

from benchmarks.choice import VARIABLE, default_system
from benchmarks.driving import driven, driver, in_running_loop
from benchmarks.stopwatch import AsyncStopwatch
from system_under_test.parts import ManagerPart
from system_under_test.protocol import ReferenceSystem, load_system

_P = ParamSpec("_P")
_R = TypeVar("_R")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--system",
        metavar="MODULE",
        default=default_system(),
        help=f"module of the system to measure (default: {VARIABLE}, else the reference)",
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"system: {config.getoption('--system')}"


@pytest.fixture(scope="session")
def system(pytestconfig: pytest.Config) -> ReferenceSystem:
    """The system that is measured."""
    return load_system(str(pytestconfig.getoption("--system")))


@pytest.fixture
def manager(system: ReferenceSystem) -> ManagerPart:
    """A new manager."""
    return in_running_loop(lambda: driven(system.create_manager))


@pytest.fixture
def benchmark_async(benchmark: Callable[..., Any]) -> AsyncStopwatch:
    """Time a coroutine function inside a running event loop.

    The whole measuring is one step of one loop: `asyncio.get_running_loop()` works in what is
    measured, and no loop is started, stopped or returned to between calls. A call makes the
    coroutine and drives it to its end by a single `send`, which is what `await` does with one that
    never suspends; one that suspends is refused, because only half of it would be timed.

    Beside the coroutine itself the time holds that driving, a Python call and a StopIteration;
    `test_await_nothing` shows how much that is. `perf_creation.py` times the same awaits by
    pyperf's `bench_async_func`, without it.
    """

    def measure(function: Callable[_P, Awaitable[_R]], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        drive = driver(function, *args, **kwargs)
        result: _R = in_running_loop(lambda: benchmark(drive))
        return result

    return measure
