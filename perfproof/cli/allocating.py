"""Allocations beside the times of ``run`` and ``compare``: counted after the timing, in passing.

Whatever becomes of it, the timings stand: what could not be counted is said and shown as not known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from perfproof.cli.counting import countable
from perfproof.cli.duel_outcome import Fought
from perfproof.cli.printing import aside
from perfproof.errors import WorkerError
from perfproof.measure.counts import PASS_SEED, count_in_passing
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Sample, Side
from perfproof.record.counting import Tally

__all__ = ["AllocationPass", "counted_at_length", "seconds_a_call", "seconds_in"]

_MOST_SAID = 5


@dataclass(slots=True)
class AllocationPass:
    """One pass over the benchmarks of a session.

    Attributes:
        wanted: Whether it is to be made at all.
        interrupted: Whether somebody pressed Ctrl-C in it.
    """

    wanted: bool
    interrupted: bool = field(init=False, default=False)

    def over(
        self,
        suites: Sequence[tuple[Suite, Sequence[str]]],
        sides: Mapping[Side, Surroundings],
        seconds: Mapping[str, float],
    ) -> tuple[Tally, ...]:
        """Count; nothing where that is not wanted, not possible, or was interrupted."""
        if not self.wanted or not seconds or not countable(("allocations",)):
            return ()
        try:
            given = count_in_passing(suites, sides, seconds)
        except KeyboardInterrupt:
            self.interrupted = True
            aside("interrupted while allocations were counted: they are not known, the times are")
            return ()
        except WorkerError as exc:
            aside(f"allocations are not counted: {exc.what}")
            return ()
        for trouble in given.troubles[:_MOST_SAID]:
            side = f" on the {trouble.side}" if trouble.side else ""
            aside(f"allocations not counted: {trouble.benchmark}{side}: {trouble.reason}")
        if (more := len(given.troubles) - _MOST_SAID) > 0:
            aside(f"allocations not counted: {more} more")
        return tuple(given.tallies)

    def end(self) -> None:
        """Go on as after any Ctrl-C, now that all is shown.

        Raises:
            KeyboardInterrupt: There was one.
        """
        if self.interrupted:
            raise KeyboardInterrupt


def seconds_a_call(samples: Iterable[Sample]) -> dict[str, float]:
    """Median time of a call over all blocks of each benchmark."""
    found: dict[str, list[float]] = {}
    for sample in samples:
        each = (block / (sample.calls * 1e9) for block in sample.block_ns)
        found.setdefault(sample.benchmark, []).extend(each)
    return {name: median(values) for name, values in found.items() if values}


def seconds_in(fought: Fought) -> dict[str, float]:
    """Median time of a call on the base, over the processes of a duel."""
    return {
        name: math.exp(median(seen.log_seconds["base"]))
        for name, seen in fought.duels.seen.items()
        if name not in fought.lost
    }


def counted_at_length(tallies: Iterable[Tally]) -> bool:
    """Whether a duel's counts are those of ``--counts``: of more than what the pass counts."""
    return any(each.meter == "instructions" or each.hash_seed != PASS_SEED for each in tallies)
