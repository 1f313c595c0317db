"""A short pass: how many calls are counted of a benchmark whose time is known, and when to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Brevity"]

_LOOP_SECONDS = 0.001
"""Of the smaller loop; a meter may make it ten times as long."""
_MOST_CALLS = 128
"""Twice as many are the small integers that Python keeps: a suite's own loop makes no others."""

_LONGEST_LOOP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Brevity:
    """Bounds of a pass over benchmarks that were timed before.

    Attributes:
        seconds: Time of a call of each benchmark; one that is not named is not counted.
        until: Monotonic seconds after which no further benchmark is begun.
    """

    seconds: Mapping[str, float]
    until: float

    def calls(self, benchmark: str, fixed_calls: int | None) -> int | None:
        """Calls of the smaller loop, a power of two; ``None`` where a single one takes too long.

        Args:
            benchmark: Its id.
            fixed_calls: Calls of a loop that the suite demands.
        """
        seconds = self.seconds.get(benchmark)
        if seconds is None or (fixed_calls or 1) * seconds > _LONGEST_LOOP_SECONDS:
            return None
        most = min(_MOST_CALLS, max(1, int(_LOOP_SECONDS / max(seconds, 1e-9))))
        return int(1 << (most.bit_length() - 1))

    def loops(self, few: int) -> tuple[int, ...]:
        """Two differences of ``few`` calls each, so that it shows whether they agree."""
        return (few, 2 * few) * 2
