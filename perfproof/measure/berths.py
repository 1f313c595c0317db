"""Where process pairs are measured, and where they start: cores, and workers that can be ended.

Both workers of a pair alternate on one core, so that neighbouring blocks meet the same clock and
the same caches. A pair that is still importing would disturb the one being measured: where cores
are left over, it starts on those, and is moved when its turn comes.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Collection, Iterator, Sequence

from perfproof.measure.worker_process import GRACE_SECONDS, WorkerProcess

__all__ = ["Berths", "Crew", "bind", "usable_cores"]


_SHORT_GRACE_SECONDS = 1.0


def usable_cores() -> tuple[int, ...]:
    """Cores that this thread may run on; none where the system does not tell."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


class Berths:
    """Cores for measuring, one pair at a time on each, and cores for everything else.

    Args:
        measuring: Cores that pairs are measured on; empty leaves them to the system.
        others: Cores that pairs start and end on; empty for those they are measured on.
        unbound: Pairs at a time where ``measuring`` is empty.
    """

    def __init__(
        self, measuring: Sequence[int], others: Collection[int] = (), *, unbound: int = 1
    ) -> None:
        self.cores = tuple(measuring)
        self.others = frozenset(others)
        self.lanes = len(measuring) or unbound
        self._free: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        lanes: Sequence[int | None] = measuring or [None] * unbound
        for core in lanes:
            self._free.put(core)

    @property
    def ahead(self) -> int:
        """Pairs that may start while all lanes are measuring."""
        return self.lanes if self.others else 0

    def starting(self, pids: Collection[int]) -> None:
        """Put processes that start where they disturb nobody."""
        if self.others:
            bind(pids, self.others)

    @contextlib.contextmanager
    def measuring(self, pids: Collection[int]) -> Iterator[None]:
        """Wait for a free lane and hold it; the processes leave its core afterwards.

        The thread that leads them stays away: on their core it would run in the middle of the
        blocks (a fifth of them, where it was tried).
        """
        core = self._free.get()
        try:
            if core is not None:
                bind(pids, {core})
            yield
        finally:
            if self.others:
                bind(pids, self.others)
            self._free.put(core)


def bind(pids: Collection[int], cores: Collection[int]) -> None:
    """Let processes run on these cores alone, where the system can; 0 is this thread."""
    if not hasattr(os, "sched_setaffinity") or not cores:
        return
    for pid in pids:
        # A worker that has just died is missed by whoever waits for its answer.
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, cores)


class Crew:
    """The workers that run now, so that they can all be ended at once from another thread.

    Attributes:
        grace_seconds: What a worker gets for ending by itself.
        dismissed: Whether they were ended.
    """

    def __init__(self) -> None:
        self._aboard: set[WorkerProcess] = set()
        self._lock = threading.Lock()
        self.grace_seconds = GRACE_SECONDS
        self.dismissed = False

    @contextlib.contextmanager
    def aboard(self, worker: WorkerProcess) -> Iterator[WorkerProcess]:
        """Run a worker as one of the crew."""
        with worker:
            with self._lock:
                self._aboard.add(worker)
                too_late = self.dismissed
            try:
                if too_late:
                    worker.kill()
                yield worker
                # Still aboard: whoever dismisses the crew waits for no grace either.
                worker.end(grace_seconds=self.grace_seconds)
            finally:
                with self._lock:
                    self._aboard.discard(worker)
            if worker.lingered:
                # A suite that does not end once seldom ends the next time, and a lane waits.
                self.grace_seconds = _SHORT_GRACE_SECONDS

    def dismiss(self) -> None:
        """End all workers, and any that still comes; whoever waits for one hears of its death."""
        with self._lock:
            self.dismissed = True
            for worker in self._aboard:
                worker.kill()
