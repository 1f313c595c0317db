"""Several process pairs under way at once: one measured on each core, others starting beside."""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from perfproof.measure.berths import Berths, Crew, bind, usable_cores
from perfproof.measure.lockstep import Pairing

__all__ = ["Lanes"]

_THIS_THREAD = 0
"""What the kernel takes it for where a process id is asked."""

_HEARING_SECONDS = 0.5
"""A wait begun in the moment of Ctrl-C does not hear it before it is over."""


class Lanes:
    """Runs pairs in threads of their own; a context manager that ends all their workers.

    A pair spends its time waiting for its workers, so threads are enough. Each thread starts its
    own workers and outlives them: the kernel ends a worker with the thread that started it.

    Args:
        berths: Cores.
    """

    def __init__(self, berths: Berths) -> None:
        self.berths = berths
        self.crew = Crew()
        self._done: queue.SimpleQueue[Pairing | BaseException] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._under_way = 0
        self._before: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        # This thread too, and the ones that it starts, stay off the cores that are measured on.
        self._before = usable_cores()
        self.berths.starting([_THIS_THREAD])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        bind([_THIS_THREAD], self._before)
        self.crew.dismiss()
        for thread in self._threads:
            # One whose start was interrupted may still come; it finds the crew dismissed.
            with contextlib.suppress(RuntimeError):
                thread.join()

    @property
    def busy(self) -> bool:
        """Whether a pair is under way."""
        return self._under_way > 0

    @property
    def has_room(self) -> bool:
        """Whether another pair can be started."""
        return self._under_way < self.berths.lanes + self.berths.ahead

    def start(self, pair: Callable[[], Pairing]) -> None:
        """Begin with a pair."""

        def run() -> None:
            try:
                self._done.put(pair())
            except BaseException as exc:  # raised again where it is waited for
                self._done.put(exc)

        self._threads = [each for each in self._threads if each.is_alive()]
        thread = threading.Thread(target=run, name="process pair", daemon=True)
        self._under_way += 1
        self._threads.append(thread)
        thread.start()

    def finished(self, timeout_seconds: float | None) -> Pairing | None:
        """The next pair that is over; ``None`` when the time is up before.

        Raises:
            Whatever the pair raised.
        """
        done = self._next_done(timeout_seconds)
        if done is None:
            return None
        self._under_way -= 1
        if isinstance(done, BaseException):
            raise done
        return done

    def _next_done(self, timeout_seconds: float | None) -> Pairing | BaseException | None:
        until = math.inf if timeout_seconds is None else time.monotonic() + timeout_seconds
        while True:
            wait = max(0.0, min(_HEARING_SECONDS, until - time.monotonic()))
            try:
                return self._done.get(timeout=wait)
            except queue.Empty:
                if time.monotonic() >= until:
                    return None
