"""The creations of `test_creation.py` as a pyperf script: `python benchmarks/perf_creation.py`.

`--system package.module` names another system, as PERFPROOF_SYSTEM does.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import pyperf

from benchmarks.choice import default_system
from system_under_test.parts import ContextPart
from system_under_test.protocol import ReferenceSystem, load_system

IDS = {"user_id": "user-7f3a9c", "thread_id": "thread-51b2", "run_id": "run-c0ffee42"}


def pass_system_on(command: list[str], args: argparse.Namespace) -> None:
    """Tell pyperf's worker processes, whose environment is a clean one, what they measure."""
    command.extend(("--system", args.system))


def time_unique_ids(loops: int, make: Callable[[], str]) -> float:
    """Time the loop itself, so that nothing stands between one id and the next."""
    repeated = range(loops)
    start = time.perf_counter()
    for _ in repeated:
        make()
    return time.perf_counter() - start


def time_trackers(
    loops: int, create: Callable[[Callable[[], float]], object], clock: Callable[[], float]
) -> float:
    """The same for trackers."""
    repeated = range(loops)
    start = time.perf_counter()
    for _ in repeated:
        create(clock)
    return time.perf_counter() - start


def create_context(system: ReferenceSystem) -> ContextPart:
    """Return a context; its arguments have names, which `bench_func` cannot pass."""
    return system.create_context(**IDS)


def main(runner: Any) -> None:  # noqa: ANN401 - pyperf has no types
    runner.argparser.add_argument("--system", metavar="MODULE", default=default_system())
    system = load_system(runner.parse_args().system)
    parent = create_context(system)
    runner.bench_async_func("create_manager", system.create_manager)
    runner.bench_func("create_bridge", system.create_bridge)
    runner.bench_time_func("create_tracker", time_trackers, system.create_tracker, time.monotonic)
    runner.bench_func("create_context", create_context, system)
    runner.bench_func("create_child_context", parent.create_child_context)
    runner.bench_time_func("create_unique_id", time_unique_ids, system.unique_id)


if __name__ == "__main__":
    main(pyperf.Runner(add_cmdline_args=pass_system_on))
