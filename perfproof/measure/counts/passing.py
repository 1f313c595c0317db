"""Allocations of benchmarks that were just timed: a short pass of its own, after the timing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from perfproof.measure.counts.brevity import Brevity
from perfproof.measure.counts.loops import CountPlan
from perfproof.measure.counts.tallying import Census, Given, take_census
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Side

__all__ = ["PASS_SEED", "count_in_passing"]

PASS_SEED = 1
"""Hash seed of the pass's one process a side; counting at length takes more seeds than this one."""

_TIMEOUT_SECONDS = 30.0
_LEAST_BUDGET_SECONDS = 30.0
_BUDGET_SECONDS_A_BENCHMARK = 0.5


def count_in_passing(
    suites: Sequence[tuple[Suite, Sequence[str]]],
    sides: Mapping[Side, Surroundings],
    seconds: Mapping[str, float],
) -> Given:
    """Allocations and bytes a call, from one process a suite and side.

    What a command allocates cannot be seen from here: suites of commands are left out.

    Args:
        suites: Suites with the benchmarks that are meant.
        sides: Where the workers of each side run; a single version is the base.
        seconds: Time of a call of each benchmark that has one; the others are left out.

    Raises:
        WorkerError: A worker could not be started.
    """
    meant = [
        (suite, kept)
        for suite, ids in suites
        if suite.runner != "command" and (kept := tuple(each for each in ids if each in seconds))
    ]
    count = sum(len(ids) for _, ids in meant)
    budget = max(_LEAST_BUDGET_SECONDS, _BUDGET_SECONDS_A_BENCHMARK * count)
    plan = CountPlan(
        hash_seeds=(PASS_SEED,),
        timeout_seconds=_TIMEOUT_SECONDS,
        brevity=Brevity(seconds, monotonic() + budget),
    )
    return take_census(Census(suites=meant, sides=sides, kinds=("allocations",), plan=plan))
