"""Which line acquires what memray cannot name: counted before and after each line of code."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from perfproof.measure.leaks.frames import Places, RawFrame
from perfproof.record import Kept

__all__ = ["LineTrace"]


class LineTrace:
    """Counts what is held at each step of the project's code, and charges the line before.

    Threads that the code starts meanwhile are watched too. What a thread itself takes is charged
    where it is started and goes back where it is waited for, so a thread's lines are looked at
    only as far as all of them together have grown.

    Args:
        now: What is held at this moment.
        settle: Waits for threads that are over and still hold something.
        places: Which code is the project's.
        seconds: How long it watches; counting ten thousand descriptors at every line takes long.
    """

    def __init__(
        self,
        now: Callable[[], Mapping[Kept, int]],
        settle: Callable[[], None],
        places: Places,
        *,
        seconds: float,
    ) -> None:
        self._now = now
        self._settle = settle
        self._places = places
        self._seconds = seconds
        self._until = 0.0
        self._line: tuple[bool, RawFrame] | None = None
        self._ours: tuple[bool, RawFrame] | None = None
        self._held: Mapping[Kept, int] = {}
        self._grown: Counter[tuple[Kept, bool, RawFrame]] = Counter()
        self._of_this_call: Counter[tuple[Kept, bool, RawFrame]] = Counter()
        self._turn = threading.Lock()
        self._watcher = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch this thread, also where pytest-benchmark would switch tracing off."""
        from pytest_benchmark.fixture import PauseInstrumentation

        before, of_threads = sys.gettrace(), threading.gettrace()
        pause = {name: getattr(PauseInstrumentation, name) for name in ("__enter__", "__exit__")}
        for name in pause:
            setattr(PauseInstrumentation, name, lambda *_: None)
        self._watcher = threading.get_ident()
        self._until = time.monotonic() + self._seconds
        self._held = self._now()
        threading.settrace(self._called)
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)
            threading.settrace(of_threads)
            for name, method in pause.items():
                setattr(PauseInstrumentation, name, method)

    def most(self, kept: Kept) -> RawFrame | None:
        """The line at which most of it was acquired and not given back at the same line."""
        if not self._grown:
            # No call was seen to its end, or none by how the project's code lies around it.
            self._take_this_call()
        lines = [
            (grown, ours, line) for (each, ours, line), grown in self._grown.items() if each == kept
        ]
        # Of the lines of this thread and those of all others, where more was kept in all.
        total = Counter[bool]()
        for grown, ours, _ in lines:
            total[ours] += grown
        chosen = total[True] >= total[False]
        grown, line = max(
            ((grown, line) for grown, ours, line in lines if ours is chosen), default=(0, None)
        )
        return line if grown > 0 else None

    def _called(self, frame: FrameType, event: str, arg: object) -> Any:  # noqa: ANN401, ARG002
        if not self._places.is_project(frame.f_code.co_filename):
            return None
        return self._step(frame, "line", None)

    def _step(self, frame: FrameType, event: str, arg: object) -> Any:  # noqa: ANN401, ARG002
        if time.monotonic() > self._until:
            sys.settrace(None)
            return None
        with self._turn:
            self._charge(frame, event)
        return self._step

    def _charge(self, frame: FrameType, event: str) -> None:
        ours = threading.get_ident() == self._watcher
        place = self._outside(frame) if event == "return" else frame
        over = ours and event == "return" and (place is None or self._outside(place) is None)
        if over:
            self._settle()
        held = self._now()
        if self._line is not None:
            for kept, count in held.items():
                if count != self._held.get(kept, count):
                    self._of_this_call[kept, *self._line] += count - self._held[kept]
        if over:
            # A call that is cut off by the end of the watching still holds what it would give back.
            self._take_this_call()
        if ours:
            self._ours = self._line = None if place is None else (True, _line_of(place))
        else:
            # What a thread takes with it at its end goes back to who started it.
            self._line = self._ours if place is None else (False, _line_of(place))
        # Counted again: what the counting itself took is nobody's.
        self._held = self._now()

    def _take_this_call(self) -> None:
        self._grown.update(self._of_this_call)
        self._of_this_call.clear()

    def _outside(self, frame: FrameType) -> FrameType | None:
        """Where the project's code goes on when a frame of its is left."""
        outside = frame.f_back
        while outside is not None and not self._places.is_project(outside.f_code.co_filename):
            outside = outside.f_back
        return outside


def _line_of(frame: FrameType) -> RawFrame:
    return (frame.f_code.co_name, frame.f_code.co_filename, frame.f_lineno)
