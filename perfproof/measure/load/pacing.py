"""Requests sent when they are due, whatever comes back.

An open loop is driven from two sides: an alarm rings when the next request is due, and whoever
reads replies asks between two of them whether one became due meanwhile, so that a heap of replies
makes none late. What is due at once is handed over together.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from time import perf_counter_ns

from perfproof.measure.load.alarm import Alarm
from perfproof.measure.load.ledger import Ledger

__all__ = ["Pacer", "pace_closed", "until"]

# Requests that are due at once are sent in such bursts before replies are read again.
_BURST = 256
_NEVER = 2**63 - 1
_MS = 1_000_000


class Pacer:
    """Hands the requests of an open loop over when they are due.

    Attributes:
        next_ns: When the next is due.
    """

    def __init__(self) -> None:
        self.next_ns = _NEVER
        self._due: list[int] = []
        self._at = 0
        self._ask: Callable[[Sequence[int]], None] = lambda _: None
        self._alarm: Alarm | None = None
        self._all: asyncio.Future[None] | None = None

    async def pace(
        self, due_ns: Sequence[int], ask: Callable[[Sequence[int]], None], *, awake: bool
    ) -> None:
        """Hand over all requests.

        Args:
            due_ns: When they are due, growing, at least one.
            ask: Sends some now and returns at once.
            awake: Whether to look rather than to sleep where the loop cannot be woken in time.
        """
        loop = asyncio.get_running_loop()
        self._due, self._ask, self._all = list(due_ns), ask, loop.create_future()
        self.next_ns = self._due[0]
        try:
            self._alarm = Alarm(loop, self.catch_up)
        except OSError:
            await self._look(awake=awake)
            return
        try:
            self._alarm.set(self.next_ns)
            await self._all
        finally:
            self.next_ns = _NEVER
            self._alarm.close()
            self._alarm = None

    def catch_up(self) -> None:
        """Hand over what is due by now; cheap to ask for when nothing is."""
        now = perf_counter_ns()
        if now < self.next_ns:
            return
        begin = self._at
        end = min(bisect_right(self._due, now, begin), begin + _BURST)
        self._at = end
        # Before asking: what is sent may be answered within.
        self.next_ns = self._due[end] if end < len(self._due) else _NEVER
        self._ask(range(begin, end))
        if self.next_ns != _NEVER:
            if self._alarm is not None:
                self._alarm.set(self.next_ns)
        elif self._all is not None and not self._all.done():
            self._all.set_result(None)

    async def _look(self, *, awake: bool) -> None:
        while self.next_ns != _NEVER:
            await until(self.next_ns, awake=awake)
            self.catch_up()
            await asyncio.sleep(0)


async def pace_closed(
    ledger: Ledger, ask: Callable[[Sequence[int]], None], *, connections: int, patience: float
) -> None:
    """Each connection asks again only when it was answered: what open loops are there to avoid.

    Args:
        ledger: With the times before which none is sent.
        ask: Sends some now and returns at once.
        connections: How many ask.
        patience: Seconds that each waits for its answer.
    """

    async def one(connection: int) -> None:
        for number in range(connection, len(ledger.due_ns), connections):
            await until(int(ledger.due_ns[number]), awake=False)
            ask((number,))
            await ledger.settled(number, patience)

    await asyncio.gather(*(one(each) for each in range(connections)))


async def until(due_ns: int, *, awake: bool) -> None:
    """Wait in a loop whose own clock knows whole milliseconds: the last one is spent looking."""
    while (left := due_ns - perf_counter_ns()) > 0:
        await asyncio.sleep(0 if awake or left < 2 * _MS else left / 1e9 - 0.0015)
