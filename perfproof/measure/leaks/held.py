"""What a process holds beside traced memory: counts at one moment."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import math
import os
import resource
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from perfproof.record import Kept

__all__ = ["Held", "pending_tasks"]

_MOST_THREADS = 400
_MOST_FILES = 4_000
_MOST_TASKS = 100_000
_MOST_BYTES = 512 * 1024 * 1024
"""What one survey may take of the machine."""

_SETTLING_STEPS, _SETTLING_SECONDS = 500, 0.001

_COUNTED: tuple[Kept, ...] = ("native", "task", "garbage", "thread", "file")
_TASK_SETS = ("_all_tasks", "_scheduled_tasks", "_eager_tasks")
"""Where asyncio keeps its tasks: the first up to 3.11, the others from 3.12 on."""


class _HeapFigures(ctypes.Structure):
    """``struct mallinfo2`` of the GNU C library, from 2.33 on."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


class Held:
    """Counts descriptors, sockets, threads, tasks, temporary files, garbage and native bytes.

    Args:
        temporary: The folder for temporary files, of this process alone.
    """

    def __init__(self, temporary: Path) -> None:
        self._temporary = temporary
        self._heap = _heap_teller()
        self._foreign_threads: int | None = None

    def now(self) -> dict[Kept, int]:
        """How much of each is held; what this system cannot tell is left out."""
        self.settle()
        # First what the heap holds: the list of ten thousand descriptors stands in it as well.
        held = self.quickly(_COUNTED)
        descriptors = list(_descriptors())
        if descriptors:
            held["socket"] = sum(each.startswith("socket:") for each in descriptors)
            held["descriptor"] = len(descriptors) - held["socket"]
        return held

    def settle(self) -> None:
        """Wait a moment for threads that are over, and have not yet given back what they hold.

        Python calls a thread joined when its code is over; the system's thread goes after that,
        on a busy machine much later. One that does not go is of C code, and no longer waited for.
        """
        foreign = self._foreign_threads or 0
        for _ in range(_SETTLING_STEPS):
            threads = _listed("/proc/self/task")
            if threads is None:
                return
            # Those of C code, memray's own among them.
            foreign = threads - threading.active_count()
            if self._foreign_threads is None or foreign <= self._foreign_threads:
                self._foreign_threads = foreign
                return
            time.sleep(_SETTLING_SECONDS)
        self._foreign_threads = foreign

    def quickly(self, kinds: Collection[Kept]) -> dict[Kept, int]:
        """The same for some kinds; sockets and other descriptors are then not told apart."""
        held = {kept: self._count(kept) for kept in kinds}
        return {kept: count for kept, count in held.items() if count is not None}

    def _count(self, kept: Kept) -> int | None:
        if kept == "task":
            return pending_tasks()
        if kept == "garbage":
            return len(gc.garbage)
        if kept == "file":
            return _entries(self._temporary)
        if kept == "thread":
            return _listed("/proc/self/task")
        if kept == "native":
            return None if self._heap is None else self._heap()
        return _listed("/proc/self/fd")

    def affordable(self, at_first: Mapping[Kept, int], calls: int) -> float:
        """How many calls in all this process can stand, by what ``calls`` of them have taken."""
        now = self.now()
        open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        room: dict[Kept, float] = {
            "descriptor": (open_files - now.get("socket", 0)) / 3,
            "socket": (open_files - now.get("descriptor", 0)) / 3,
            "thread": _MOST_THREADS,
            "file": _MOST_FILES,
            "task": _MOST_TASKS,
            "native": _MOST_BYTES,
        }
        taken = {kept: (now[kept] - at_first.get(kept, 0)) / calls for kept in room if kept in now}
        return min(
            (room[kept] / rate for kept, rate in taken.items() if rate > 0), default=math.inf
        )


def _heap_teller() -> Callable[[], int] | None:
    """Tells the bytes that the C library has handed out; ``None`` where it cannot."""
    try:
        figures = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return None
    figures.restype = _HeapFigures

    def handed_out() -> int:
        now = figures()
        return int(now.uordblks + now.hblkhd)

    return handed_out


def _listed(folder: str) -> int | None:
    try:
        return len(os.listdir(folder))  # noqa: PTH208  # a Path for each would be noise
    except OSError:
        return None


def _entries(folder: Path) -> int:
    return sum(len(folders) + len(files) for _, folders, files in os.walk(folder))


def _descriptors() -> Iterator[str]:
    try:
        numbers = os.listdir("/proc/self/fd")  # noqa: PTH208  # a Path for each would be noise
    except OSError:
        return
    for number in numbers:
        try:
            yield os.readlink(f"/proc/self/fd/{number}")  # noqa: PTH115
        except OSError:
            # The one that listed the folder, or closed by another thread meanwhile.
            continue


def pending_tasks() -> int:
    """Tasks of every loop that are not done."""
    seen: set[int] = set()
    for name in _TASK_SETS:
        for task in list(getattr(asyncio.tasks, name, ())):
            if not task.done():
                seen.add(id(task))
    return len(seen)
