"""What it costs to make each component, and an id."""

import time

import pytest

from benchmarks.settled import a_context
from benchmarks.stopwatch import AsyncStopwatch, Stopwatch
from system_under_test.parts import ManagerPart
from system_under_test.protocol import ReferenceSystem

pytestmark = pytest.mark.benchmark(group="creation")

IDS = {"user_id": "user-7f3a9c", "thread_id": "thread-51b2", "run_id": "run-c0ffee42"}
METADATA = {"locale": "en-GB", "channel": "web", "flags": ["beta", "eu"], "limits": {"tools": 3}}


def test_create_manager(benchmark_async: AsyncStopwatch, system: ReferenceSystem) -> None:
    """By the async factory, awaited in a running loop."""
    manager = benchmark_async(system.create_manager)
    assert manager.statistics().connections == 0


def test_create_manager_object(benchmark: Stopwatch, manager: ManagerPart) -> None:
    """The object alone, without its factory."""
    assert benchmark(type(manager)) is not manager


def test_create_bridge(benchmark: Stopwatch, system: ReferenceSystem) -> None:
    assert benchmark(system.create_bridge).state == "uninitialized"


def test_create_tracker(benchmark: Stopwatch, system: ReferenceSystem) -> None:
    assert benchmark(system.create_tracker, time.monotonic).metrics().created == 0


def test_create_context(benchmark: Stopwatch, system: ReferenceSystem) -> None:
    """Three ids checked, one made."""
    context = benchmark(system.create_context, **IDS)
    assert (context.user_id, context.depth) == (IDS["user_id"], 0)


def test_create_context_with_metadata(benchmark: Stopwatch, system: ReferenceSystem) -> None:
    """The same with two nested mappings, which are copied and frozen."""

    def create() -> str:
        return system.create_context(**IDS, agent_context=METADATA, audit_metadata=METADATA).run_id  # type: ignore[call-arg]  # optional in the protocol's words

    assert benchmark(create) == IDS["run_id"]


def test_create_child_context(benchmark: Stopwatch, system: ReferenceSystem) -> None:
    parent = a_context(system, IDS["user_id"])
    child = benchmark(parent.create_child_context)
    assert (child.depth, child.parent_request_id) == (1, parent.request_id)


def test_create_unique_id(benchmark: Stopwatch, system: ReferenceSystem) -> None:
    assert benchmark(system.unique_id) != system.unique_id()


@pytest.mark.benchmark(group="floor")
def test_await_nothing(benchmark_async: AsyncStopwatch) -> None:
    """What the times of `benchmark_async` hold beside what is awaited."""

    async def nothing() -> None:
        pass

    benchmark_async(nothing)
