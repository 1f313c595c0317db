"""Allocations of a loop, counted by memray: every request to malloc and to Python's allocators."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from perfproof.errors import WorkerError

__all__ = ["AllocationMeter", "why_not_here"]

_INTERVAL_MILLISECONDS = 1


def why_not_here() -> str | None:
    """Why allocations cannot be counted here, a clause; ``None`` where they can."""
    if importlib.util.find_spec("memray") is None:
        place = "" if sys.platform == "linux" else f" (there is none for {sys.platform})"
        return f"memray is not installed{place}: pip install 'perfproof[memory]'"
    return None


class AllocationMeter:
    """Counts requests to allocators and the bytes they ask for, in all threads.

    An object that Python takes from a free list of its own (small tuples, floats, ...) asks no
    allocator and is not counted; a list that grows is counted each time it asks for more.

    Raises:
        WorkerError: memray is not installed.
    """

    def __init__(self) -> None:
        if (reason := why_not_here()) is not None:
            raise WorkerError(reason)

    def of(self, loop: Callable[[], object]) -> tuple[int, int]:
        """Allocations and bytes of one run of ``loop``, memray's own few included."""
        from memray import FileDestination, Tracker
        from memray._memray import compute_statistics

        with tempfile.TemporaryDirectory(prefix="perfproof-") as folder:
            file = Path(folder) / "allocations.bin"
            # Never compressed: that costs more than what it saves of a file that lives so short.
            where = FileDestination(file, overwrite=True, compress_on_exit=False)
            # Its end waits for the thread that looks at the process's size at this interval.
            with Tracker(
                destination=where,
                trace_python_allocators=True,
                memory_interval_ms=_INTERVAL_MILLISECONDS,
            ):
                loop()
            seen = compute_statistics(str(file), num_largest=1)
        return seen.total_num_allocations, seen.total_memory_allocated
