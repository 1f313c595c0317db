"""Memory stays where it is while components work; what grows with the work is a leak."""

import gc
import time
import tracemalloc
from collections.abc import Iterator
from random import Random
from typing import Final

from benchmarks.doors import Sink
from benchmarks.driving import driven
from benchmarks.probes.trial import Trial, Wrong
from benchmarks.settled import (
    SHORT_PATH,
    a_context,
    emit_run,
    run_along,
    settled_bridge,
    settled_tracker,
)
from system_under_test.protocol import ReferenceSystem

RUNS: Final = 100
# A round may hold more than an earlier one by this much: ids are drawn in batches, dictionaries
# keep room. A leak of 16 bytes a run passes it after ten of the rounds.
SLACK_BYTES: Final = 16 * 1024
_SETTLING_ROUNDS: Final = 5


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:  # noqa: ARG001 - every probe's signature
    """One trial is 100 runs on the same tracker, manager and bridge."""
    watched: list[_Watched] = []

    def work() -> None:
        if not watched:
            watched.append(_Watched(system))
        watched[0].work()

    try:
        for _ in range(count):
            yield work
    finally:
        tracemalloc.stop()


class _Watched:
    """Components that have worked for long already, and how much memory there was then."""

    def __init__(self, system: ReferenceSystem) -> None:
        # Before anything is made: what was made unseen is freed unseen, and what takes its place
        # would look like growth.
        tracemalloc.start()
        self._system = system
        self._manager = driven(system.create_manager)
        self._bridge = settled_bridge(system, self._manager)
        self._tracker = settled_tracker(system, time.monotonic)
        self._connection = Sink()
        for _ in range(_SETTLING_ROUNDS):
            self._round()
        self._base = _bytes_in_use()

    def work(self) -> None:
        """Work for one round and look how much more memory is in use than at first."""
        self._round()
        grown = _bytes_in_use() - self._base
        if grown > SLACK_BYTES:
            raise Wrong(f"memory has grown by {grown / 1024:.0f} KiB")

    def _round(self) -> None:
        for _ in range(RUNS):
            context = a_context(self._system, "user-7f3a9c")
            self._manager.connect(context.user_id, self._connection, context.thread_id)
            run_along(self._tracker, context, SHORT_PATH)
            emit_run(self._system, self._bridge, context, {"query": "weather", "api_key": "k-5"})
            self._manager.disconnect(self._connection)


def _bytes_in_use() -> int:
    # What only a collection frees is no leak.
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
