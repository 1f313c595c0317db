"""Counts beside times: instructions through valgrind or the kernel, allocations through memray.

The worker stands at a benchmark as for measuring; the controller asks for loops of known numbers
of calls. The difference of two loops sheds start-up, the harness and the meter itself.
"""

from perfproof.measure.counts.loops import CountPlan
from perfproof.measure.counts.meters import (
    why_no_allocations,
    why_no_counters,
    why_no_instructions,
)
from perfproof.measure.counts.passing import PASS_SEED, count_in_passing
from perfproof.measure.counts.tallying import Census, Given, take_census

__all__ = [
    "PASS_SEED",
    "Census",
    "CountPlan",
    "Given",
    "count_in_passing",
    "take_census",
    "why_no_allocations",
    "why_no_counters",
    "why_no_instructions",
]
