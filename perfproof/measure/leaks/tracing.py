"""Which line acquires what memray cannot name: counted before and after each line of code."""

from __future__ import annotations

import sys
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

    Args:
        now: What is held at this moment.
        places: Which code is the project's.
        seconds: How long it watches; counting ten thousand descriptors at every line takes long.
    """

    def __init__(
        self, now: Callable[[], Mapping[Kept, int]], places: Places, *, seconds: float
    ) -> None:
        self._now = now
        self._places = places
        self._seconds = seconds
        self._until = 0.0
        self._line: RawFrame | None = None
        self._held: Mapping[Kept, int] = {}
        self._grown: Counter[tuple[Kept, RawFrame]] = Counter()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch this thread, also where pytest-benchmark would switch tracing off."""
        from pytest_benchmark.fixture import PauseInstrumentation

        before = sys.gettrace()
        pause = {name: getattr(PauseInstrumentation, name) for name in ("__enter__", "__exit__")}
        for name in pause:
            setattr(PauseInstrumentation, name, lambda *_: None)
        self._until = time.monotonic() + self._seconds
        self._held = self._now()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)
            for name, method in pause.items():
                setattr(PauseInstrumentation, name, method)

    def most(self, kept: Kept) -> RawFrame | None:
        """The line at which most of it was acquired and not given back at the same line."""
        lines = [(grown, line) for (each, line), grown in self._grown.items() if each == kept]
        grown, line = max(lines, default=(0, None))
        return line if grown > 0 else None

    def _called(self, frame: FrameType, event: str, arg: object) -> Any:  # noqa: ANN401, ARG002
        if not self._places.is_project(frame.f_code.co_filename):
            return None
        return self._step(frame, "line", None)

    def _step(self, frame: FrameType, event: str, arg: object) -> Any:  # noqa: ANN401, ARG002
        if time.monotonic() > self._until:
            sys.settrace(None)
            return None
        held = self._now()
        if self._line is not None:
            for kept, count in held.items():
                if count != self._held.get(kept, count):
                    self._grown[kept, self._line] += count - self._held[kept]
        if event == "return":
            outside = frame.f_back
            while outside is not None and not self._places.is_project(outside.f_code.co_filename):
                outside = outside.f_back
            self._line = _line_of(outside) if outside is not None else None
        else:
            self._line = _line_of(frame)
        # Counted again: what the counting itself took is nobody's.
        self._held = self._now()
        return self._step


def _line_of(frame: FrameType) -> RawFrame:
    return (frame.f_code.co_name, frame.f_code.co_filename, frame.f_lineno)
