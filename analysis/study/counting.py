"""So many of so many, with Wilson's interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Count", "wilson"]

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Count:
    """``hits`` of ``trials``, and where the true share lies with 95 % confidence."""

    hits: int
    trials: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.trials:
            raise ValueError(f"{self.hits} of {self.trials} is no share")

    @property
    def share(self) -> float | None:
        """Hits over trials; ``None`` without any."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end of Wilson's interval; all shares without any trial."""
        return wilson(self.hits, self.trials) if self.trials else (0.0, 1.0)

    def __add__(self, other: Count) -> Count:
        return Count(self.hits + other.hits, self.trials + other.trials)


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Ends of the 95 % score interval (Wilson 1927, J. Am. Statist. Assoc. 22:209-212).

    The trials are taken as independent; where they are resampled from the same recordings it says
    how exactly the recordings were counted, and not how far another hour could lie.

    Args:
        hits: Of ``trials``, at least one.
        trials: All of them.
    """
    share, square = hits / trials, _NORMAL_95**2
    centre = share + square / (2 * trials)
    reach = _NORMAL_95 * math.sqrt((share * (1 - share) + square / (4 * trials)) / trials)
    ends = ((centre - reach) / (1 + square / trials), (centre + reach) / (1 + square / trials))
    return (max(0.0, ends[0]) if hits else 0.0, min(1.0, ends[1]) if hits < trials else 1.0)
