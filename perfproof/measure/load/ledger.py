"""What became of each request of one run: times as they happened, nothing computed meanwhile."""

from __future__ import annotations

import asyncio
from enum import IntEnum
from time import perf_counter_ns

import numpy as np
import numpy.typing as npt

__all__ = ["Fate", "Ledger"]

_SHOWN_CHARACTERS = 200


class Fate(IntEnum):
    """What became of a request."""

    OPEN = 0
    ANSWERED = 1
    REFUSED = 2
    LOST = 3


class Ledger:
    """Times of all requests, by their number; written by the endpoints, read after the run.

    Args:
        due_ns: Intended starts on ``perf_counter_ns``'s clock, growing, shape (requests,).

    Attributes:
        due_ns: The same.
        sent_ns: When each was sent; 0 as long as it was not.
        done_ns: When its reply came, or it was lost; 0 as long as neither.
        fate: A ``Fate`` each.
        open: Requests that were sent and have no fate yet.
        astray: Messages that came to another connection than their request's or their owner's.
        missing: Events that never came; written when the run is over.
        example: The first refusal, loss or stray.
    """

    def __init__(self, due_ns: npt.NDArray[np.int64]) -> None:
        count = len(due_ns)
        self.due_ns = due_ns
        self.sent_ns = [0] * count
        self.done_ns = [0] * count
        self.fate = [Fate.OPEN] * count
        self.open = 0
        self.astray = 0
        self.missing = 0
        self.example: str | None = None
        self._closed = False
        self._waiting: dict[int, asyncio.Future[None]] = {}

    def sent(self, number: int) -> None:
        """Request ``number`` is about to be written."""
        self.sent_ns[number] = perf_counter_ns()
        self.open += 1

    def done(self, number: int, fate: Fate, reason: str | None = None) -> bool:
        """Request ``number`` has its fate; a second one, and of one not sent, is passed over.

        Returns:
            Whether it was written down.
        """
        known = 0 <= number < len(self.fate) and self.sent_ns[number] and not self.fate[number]
        if self._closed or not known:
            return False
        self.done_ns[number] = perf_counter_ns()
        self.fate[number] = fate
        self.open -= 1
        if fate is not Fate.ANSWERED and reason:
            self._quote(reason)
        waiting = self._waiting.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        return True

    def strayed(self, message: str) -> None:
        """A message came to a connection that it does not belong to."""
        if not self._closed:
            self.astray += 1
            self._quote(f"came to a wrong connection: {message}")

    def close(self) -> None:
        """Write nothing more: what is open now was not answered in time."""
        self._closed = True

    async def settled(self, number: int, timeout_seconds: float) -> None:
        """Wait until request ``number`` has its fate, at most so long."""
        if self.fate[number]:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        await asyncio.wait([future], timeout=timeout_seconds)

    def _quote(self, reason: str) -> None:
        if self.example is None:
            self.example = " ".join(reason.split())[:_SHOWN_CHARACTERS]
