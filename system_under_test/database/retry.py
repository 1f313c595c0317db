"""Work that is done again: bounded in number and time, backing off, and only when it is safe."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

import msgspec

from system_under_test.database.errors import TransactionError

_T = TypeVar("_T")


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and how fast, work is done again.

    Attributes:
        attempts: Most attempts, the first included.
        first_seconds: Longest wait before the second attempt; it doubles from wait to wait.
        longest_seconds: Where the doubling ends.
        total_seconds: After this time no further attempt begins.
    """

    attempts: int = 5
    first_seconds: float = 0.01
    longest_seconds: float = 1.0
    total_seconds: float = 10.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or not 0 <= self.first_seconds <= self.longest_seconds:
            raise ValueError(
                f"{self!r}: attempts is 1 at least, and the first wait no longer than the longest"
            )

    def wait_seconds(self, attempt: int, chance: Random) -> float:
        """Return how long to wait after the attempt of this number (1 is the first).

        "Full jitter": uniform between 0 and the doubling bound, so that those who clashed do not
        meet again (M. Brooker, Exponential Backoff And Jitter, 2015).
        """
        # The exponent is bounded, or a patient policy would overflow.
        bound = self.first_seconds * 2.0 ** min(attempt - 1, 60)
        return chance.uniform(0.0, min(self.longest_seconds, bound))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Clock, sleep and chance of whoever waits, so that tests need not wait."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    chance: Random = field(default_factory=Random)


async def repeated(work: Callable[[], Awaitable[_T]], policy: RetryPolicy, waiting: Waiting) -> _T:
    """Return what `work` gives, doing it again after errors that a retry can help.

    The caller vouches that the work is safe to repeat, also when an earlier attempt was kept after
    all (`outcome_unknown`).

    Raises:
        TransactionError: Of the last attempt, with a note that says how many there were.
    """
    until = waiting.clock() + policy.total_seconds
    attempt = 1
    while True:
        try:
            return await work()
        except TransactionError as error:
            wait_seconds = policy.wait_seconds(attempt, waiting.chance)
            late = waiting.clock() + wait_seconds > until
            if not error.retryable or late or attempt >= policy.attempts:
                if attempt > 1:
                    error.add_note(f"given up after {attempt} attempts")
                raise
        await waiting.sleep(wait_seconds)
        attempt += 1
