"""Leads a worker through the one benchmark that it was started for: warm-up, rounds, marks.

It stands in the place of the controller's end of the socket, so that the front ends for pytest
and pyperf run as they are: what they ask is answered here, and what they report is passed on.
"""

from __future__ import annotations

import gc
import itertools
import logging
import socket
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from perfproof.measure.channel import (
    At,
    Blocks,
    Channel,
    Entered,
    FromController,
    FromWorker,
    Leave,
    Measure,
)
from perfproof.measure.leaks.frames import Places, callers
from perfproof.measure.leaks.held import Held
from perfproof.measure.leaks.recording import Recording
from perfproof.measure.leaks.tracing import LineTrace
from perfproof.record import Kept, Series, Survey

__all__ = ["LedChannel", "Rounds"]

_ROUNDS = 10
_UNITS = _ROUNDS * (_ROUNDS + 1) // 2
_WARM_SHARE = 0.15
_MOST_OPERATIONS = 300_000
_FEWEST_WARM = 32
_LATEST = 4
"""Rounds that take so many times their budget are not followed by another."""

_TRACED_SECONDS = 0.5
_MOST_TRACED = 400
_NO_LIMIT_NS = 1 << 60


@dataclass(slots=True)
class Rounds:
    """How many calls, in which order; time passes only between a yielded order and its answer.

    Attributes:
        budget_seconds: About how long the rounds take, without the warm-up.
        most: Calls of all rounds together at most.
        before: Calls of the warm-up.
        done: Calls of each round so far.
    """

    budget_seconds: float
    most: float = _MOST_OPERATIONS
    before: int = 0
    done: list[int] = field(default_factory=list)
    _call_seconds: float = 0.0

    def warm_up(self, unit: int) -> Iterator[int]:
        """Calls, doubled from ``unit`` on, until enough of them were made to know their time.

        No more than a short round holds: a list that grows by eighths when it is full must be
        seen to grow in each round, so the rounds must be long beside what was there before.
        """
        calls, begun = unit, time.perf_counter()
        while True:
            block = time.perf_counter()
            self.before += calls
            yield calls
            now = time.perf_counter()
            self._call_seconds = (now - block) / calls
            left = self.budget_seconds * _WARM_SHARE - (now - begun)
            if left <= 0 and (self.before >= _FEWEST_WARM or now - begun > self.budget_seconds):
                return
            if self.before + calls >= self.most / _UNITS:
                return
            if left > 2 * (now - block):
                calls *= 2

    def grow(self, unit: int) -> Iterator[int]:
        """Calls of the rounds: once, twice ... ten times as many."""
        affordable = self.budget_seconds / max(self._call_seconds, 1e-9)
        base = min(affordable, self.most) / _UNITS
        begun = time.perf_counter()
        for number in range(1, _ROUNDS + 1):
            if time.perf_counter() - begun > _LATEST * self.budget_seconds:
                return
            calls = max(1, round(base * number / unit)) * unit
            yield calls
            self.done.append(calls)

    def few(self, unit: int) -> int:
        """Calls that may be traced line by line."""
        affordable = _TRACED_SECONDS / max(50 * self._call_seconds, 1e-9)
        return max(1, round(min(affordable, _MOST_TRACED) / unit)) * unit


class LedChannel(Channel):
    """Reports to the controller, and asks the benchmark for rounds by itself.

    Args:
        end: The socket to the controller.
        recording: Not yet started.
        held: Counts beside memory.
        budget_seconds: About how long the rounds take.
    """

    def __init__(
        self, end: socket.socket, recording: Recording, held: Held, *, budget_seconds: float
    ) -> None:
        super().__init__(end)
        self.survey: Survey | None = None
        self._recording = recording
        self._held = held
        self._rounds = Rounds(budget_seconds)
        self._orders: Iterator[FromController] | None = None
        self._started = False

    def record(self) -> None:
        """Start the recording, once: before the benchmark's own set-up."""
        if not self._started:
            self._started = True
            self._recording.start()

    def send(self, message: FromController | FromWorker) -> None:
        """Pass a report on; a benchmark that stands ready is led from here."""
        if isinstance(message, At):
            self._orders = self._lead(message)
            return
        if isinstance(message, Blocks):
            return
        if isinstance(message, Entered):
            self.record()
        super().send(message)

    def receive_order(self) -> FromController:
        """The next order: the controller's first word, then those of the survey."""
        if self._orders is None:
            return super().receive_order()
        return next(self._orders)

    def _lead(self, at: At) -> Iterator[FromController]:
        unit = at.fixed_calls or 1

        def asked(calls: int) -> Measure:
            return _blocks(calls, at.fixed_calls)

        at_first = self._held.now()
        for calls in self._rounds.warm_up(unit):
            yield asked(calls)
            affordable = self._held.affordable(at_first, self._rounds.before)
            self._rounds.most = min(self._rounds.most, affordable)
        held = [self._mark()]
        begun = time.perf_counter()
        for calls in self._rounds.grow(unit):
            yield asked(calls)
            held.append(self._mark())
        seconds = time.perf_counter() - begun
        self._recording.stop()
        root = Path.cwd()
        seen, memory = self._recording.read(root)
        others = _others([held[number] for number in seen]) if len(seen) > 1 else []
        rising = frozenset(each.kept for each in others if _rises(each))
        if rising:
            trace = LineTrace(
                lambda: self._held.quickly(rising),
                self._held.settle,
                Places(root),
                seconds=_TRACED_SECONDS,
            )
            with trace.watching():
                yield asked(self._rounds.few(unit))
            others = [_placed(each, trace, root) for each in others]
        self.survey = self._surveyed(at, seen, [*memory, *others], seconds)
        yield Leave()

    def _surveyed(
        self, at: At, seen: list[int], series: list[Series], seconds: float
    ) -> Survey | None:
        if len(seen) < 2:
            return None
        done = self._rounds.done
        # A mark that could not be read makes one round of the two beside it.
        operations = [sum(done[a:b]) for a, b in itertools.pairwise(seen)]
        return Survey(
            benchmark=at.benchmark.id,
            operations=tuple(operations),
            before=self._rounds.before + sum(done[: seen[0]]),
            series=tuple(series),
            seconds=seconds,
        )

    def _mark(self) -> dict[Kept, int]:
        _empty_recorders()
        # The second one takes what finalizers of the first have let go.
        gc.collect()
        gc.collect()
        held = self._held.now()
        self._recording.mark()
        return held


def _blocks(calls: int, fixed_calls: int | None) -> Measure:
    """So many calls: one block of them, or as many as a suite makes blocks of a fixed length."""
    length = fixed_calls or calls
    return Measure(length, calls // length, _NO_LIMIT_NS, beside=False, told=False)


def _others(held: list[dict[Kept, int]]) -> list[Series]:
    """What is held beside traced memory, as series."""
    series = []
    for kept in held[0]:
        counts = tuple(each.get(kept, 0) for each in held)
        sizes = counts if kept == "native" else None
        series.append(Series(kept=kept, stack=(), counts=counts, sizes=sizes))
    return series


def _rises(series: Series) -> bool:
    """Whether it is worth looking for the line: it grew in the later half of the rounds."""
    later = series.counts[len(series.counts) // 2 :]
    return all(after > before for before, after in itertools.pairwise(later))


def _placed(series: Series, trace: LineTrace, root: Path) -> Series:
    line = trace.most(series.kept)
    if line is None:
        return series
    return Series(
        kept=series.kept,
        stack=callers((line,), root),
        counts=series.counts,
        sizes=series.sizes,
    )


def _empty_recorders() -> None:
    """Empty what pytest keeps of a running test: every log record and every warning."""
    for handler in logging.getLogger().handlers:
        if type(handler).__module__ == "_pytest.logging" and hasattr(handler, "reset"):
            handler.reset()
    shown = getattr(getattr(warnings, "_showwarnmsg_impl", None), "__self__", None)
    if isinstance(shown, list):
        shown.clear()
