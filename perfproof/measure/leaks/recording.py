"""memray around one benchmark: every allocation into a file, and marks between rounds.

The file is one recording of the whole run, so that a block which one round leaves and a later one
frees is seen to be freed. A mark is a pause that is a few times as long as memray's interval: the
record that memray writes in it about the process is the point in the file where the mark lies.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfproof.errors import UseError
from perfproof.measure.leaks.frames import Places, RawFrame, callers, deepest
from perfproof.record import Series

__all__ = ["Recording", "memray_or_refuse"]

_INTERVAL_MS = 8
_PAUSE_SECONDS = 0.025
_LONGEST_PAUSE_SECONDS = 1.0
_WAITS = 3


def memray_or_refuse() -> Any:  # noqa: ANN401  # a module that may be absent
    """The library.

    Raises:
        UseError: It is not installed.
    """
    try:
        import memray
    except ImportError as exc:
        raise UseError(
            "leaks are found with memray, which is not installed",
            remedy="install it with `pip install 'perfproof[memory]'`",
        ) from exc
    return memray


@dataclass(slots=True)
class _Site:
    """What one line of the project holds at each mark, and the stack that has grown most."""

    counts: list[int]
    sizes: list[int]
    stack: tuple[RawFrame, ...]
    deeper: tuple[RawFrame, ...]
    largest: int = 0


@dataclass(slots=True)
class Recording:
    """One recording; marks are numbered as they are made.

    Attributes:
        file: Where memray writes; it must not exist.
        native: Whether frames of C code are recorded too.
    """

    file: Path
    native: bool = False
    _tracker: Any = None
    _writers: frozenset[str] = frozenset()
    _pauses: list[tuple[float, float]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to record every allocation of this process."""
        memray = memray_or_refuse()
        self._tracker = memray.Tracker(
            self.file,
            native_traces=self.native,
            trace_python_allocators=True,
            memory_interval_ms=_INTERVAL_MS,
            file_format=memray.FileFormat.ALL_ALLOCATIONS,
        )
        before = _threads()
        self._tracker.__enter__()
        self._writers = _threads() - before

    def mark(self) -> None:
        """Stand still until memray has written a record about the process."""
        begun, waits = time.time(), self._waits()
        until = time.monotonic() + _LONGEST_PAUSE_SECONDS
        time.sleep(_PAUSE_SECONDS)
        # It writes between two waits; on a busy machine its turn may come late.
        while self._writers and self._waits() - waits < _WAITS and time.monotonic() < until:
            time.sleep(_PAUSE_SECONDS)
        self._pauses.append((begun, time.time()))

    def _waits(self) -> int:
        """How often memray's own thread has gone to wait for its next turn."""
        return sum(_voluntary_switches(each) for each in self._writers)

    def stop(self) -> None:
        """End the recording; safe to call twice."""
        tracker, self._tracker = self._tracker, None
        if tracker is not None:
            tracker.__exit__(None, None, None)

    def read(self, root: Path) -> tuple[list[int], list[Series]]:
        """Which marks can be read, and what each site held at them.

        On a machine that gave memray no time in a pause, that mark is missing.

        Args:
            root: Folder of the project.
        """
        memray = memray_or_refuse()
        with memray.FileReader(self.file, max_memory_records=1 << 24) as reader:
            moments = [each.time / 1000 for each in reader.get_memory_snapshots()]
            places = [_within(moments, *pause) for pause in self._pauses]
            seen = [number for number, place in enumerate(places) if place is not None]
            points = [place for place in places if place is not None]
            if len(points) < 2:
                return seen, []
            sites = self._sites(reader, points, Places(root))
        return seen, [
            Series(
                kept="memory",
                stack=callers(site.stack, root),
                deeper=deepest(site.deeper, root),
                counts=tuple(site.counts),
                sizes=tuple(site.sizes),
            )
            for site in sites
            if len(set(site.sizes)) > 1
        ]

    def _sites(self, reader: Any, points: Sequence[int], places: Places) -> list[_Site]:  # noqa: ANN401
        sites: dict[object, _Site] = {}
        for record in reader.get_temporal_allocation_records(merge_threads=True):
            counts, sizes = _held(record.intervals, points)
            if len(set(sizes)) == 1:
                continue
            stack = record.stack_trace()
            if places.is_foreign(stack):
                continue
            depth = places.depth(stack)
            deeper = tuple(stack[:depth])
            if self.native:
                deeper = (*record.native_stack_trace(2), *deeper)
            new = _Site(counts, sizes, tuple(stack[depth:]), deeper, sizes[-1] - sizes[0])
            key = stack[depth][1:] if stack else None
            sites[key] = _joined(sites[key], new) if key in sites else new
        return list(sites.values())


def _threads() -> frozenset[str]:
    try:
        return frozenset(os.listdir("/proc/self/task"))  # noqa: PTH208  # names are what is asked
    except OSError:
        return frozenset()


def _voluntary_switches(thread: str) -> int:
    try:
        lines = Path(f"/proc/self/task/{thread}/status").read_text().splitlines()
    except OSError:
        return _WAITS
    told = [each for each in lines if each.startswith("voluntary_ctxt_switches:")]
    return int(told[0].split()[1]) if told else _WAITS


def _joined(one: _Site, other: _Site) -> _Site:
    larger = max(one, other, key=lambda each: each.largest)
    return _Site(
        counts=[a + b for a, b in zip(one.counts, other.counts, strict=True)],
        sizes=[a + b for a, b in zip(one.sizes, other.sizes, strict=True)],
        stack=larger.stack,
        deeper=larger.deeper,
        largest=larger.largest,
    )


def _within(moments: Sequence[float], begun: float, ended: float) -> int | None:
    """The last of the moments (whole milliseconds) that surely lies in a pause."""
    place = bisect_left(moments, ended - 0.001) - 1
    return place if place >= 0 and moments[place] > begun + 0.001 else None


def _held(intervals: Any, points: Sequence[int]) -> tuple[list[int], list[int]]:  # noqa: ANN401
    """Blocks and bytes that live at each of the points.

    A block that was made before snapshot ``i`` lives at every point from ``i`` on, until the one
    before which it was freed.
    """
    counts, sizes = [0] * (len(points) + 1), [0] * (len(points) + 1)
    for each in intervals:
        first = bisect_left(points, each.allocated_before_snapshot)
        freed = each.deallocated_before_snapshot
        after = len(points) if freed is None else bisect_left(points, freed)
        if first < after:
            counts[first] += each.n_allocations
            counts[after] -= each.n_allocations
            sizes[first] += each.n_bytes
            sizes[after] -= each.n_bytes
    for place in range(1, len(points)):
        counts[place] += counts[place - 1]
        sizes[place] += sizes[place - 1]
    return counts[:-1], sizes[:-1]
