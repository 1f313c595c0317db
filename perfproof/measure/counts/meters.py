"""Every meter: what it counts, how a worker makes it, and why it may not be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from perfproof.measure.counts import allocations, callgrind, kernel
from perfproof.record.counting import Meter

__all__ = [
    "METERS",
    "Counter",
    "MeterKind",
    "why_no_allocations",
    "why_no_counters",
    "why_no_instructions",
]


class Counter(Protocol):
    """Counts what a loop takes."""

    def of(self, loop: Callable[[], object]) -> tuple[int, ...]:
        """Run the loop once; one figure for each of the kind's meters."""


@dataclass(frozen=True, slots=True)
class MeterKind:
    """One way of counting.

    Attributes:
        meters: What it counts, in the order of its figures.
        make: Makes the counter in the worker.
        budget: About how much a loop of the smaller kind may count.
        most_calls: Calls of such a loop at most.
        moved_by_layout: Whether it matters what free memory a loop finds.
    """

    meters: tuple[Meter, ...]
    make: Callable[[], Counter]
    budget: int
    most_calls: int
    moved_by_layout: bool


METERS: Mapping[str, MeterKind] = {
    # 5 million instructions take a tenth of a second under callgrind.
    "instructions": MeterKind(
        ("instructions",), callgrind.CallgrindMeter, 5_000_000, 4096, moved_by_layout=True
    ),
    # memray takes about a microsecond an allocation.
    "kernel": MeterKind(
        ("instructions",), kernel.KernelMeter, 5_000_000, 4096, moved_by_layout=True
    ),
    "allocations": MeterKind(
        ("allocations", "bytes"), allocations.AllocationMeter, 20_000, 1024, moved_by_layout=False
    ),
}

why_no_instructions = callgrind.why_not_here
why_no_counters = kernel.why_not_here
why_no_allocations = allocations.why_not_here
