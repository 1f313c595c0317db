"""``perfproof compare --counts``: counts beside the times, and what a slowdown comes with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from perfproof.cli.counting import countable, take
from perfproof.cli.duel_outcome import Fought
from perfproof.cli.versions import Ground
from perfproof.judge.counting import compare_counts
from perfproof.judge.evidence import join, waiting_growth
from perfproof.measure.counts import CountPlan
from perfproof.record import Comparisons, Verdict
from perfproof.record.counting import Evidence, Tally

__all__ = ["evidence_of", "joined"]

_SEEDS = (1, 2)


def joined(
    fought: Fought,
    comparisons: Comparisons,
    ground: Ground,
    keep: Callable[[Tally], None],
) -> tuple[Evidence, ...]:
    """Count what is slower or undecided on both sides; time and counts of each side by side.

    Allocations take a hundredth of the time of instructions, and are counted for every benchmark.

    Args:
        fought: The duels.
        comparisons: What they gave.
        ground: The checkouts, which still stand.
        keep: Takes every raw count.
    """
    doubtful = {
        each.benchmark
        for each in comparisons.results
        if each.verdict in (Verdict.SLOWER, Verdict.UNDECIDED)
    }
    every = {each.benchmark for each in comparisons.results}
    tallies: list[Tally] = []
    plan = CountPlan(hash_seeds=_SEEDS)
    for kind in countable():
        ids = every if kind == "allocations" else doubtful
        suites = [
            (suite, kept)
            for suite, group in ground.suites
            if (kept := tuple(each for each in group if each in ids))
        ]
        if suites:
            tallies += take(suites, ground.sides, (kind,), plan).tallies
    for tally in tallies:
        keep(tally)
    return evidence_of(fought, comparisons, tallies)


def evidence_of(
    fought: Fought, comparisons: Comparisons, tallies: Sequence[Tally]
) -> tuple[Evidence, ...]:
    """Time and counts side by side, from raw values that were just taken or read from a file."""
    counts = compare_counts(tallies)
    return tuple(
        join(each, counts, waiting_seconds=_waiting(fought, each.benchmark))
        for each in comparisons.results
    )


def _waiting(fought: Fought, benchmark: str) -> float | None:
    seen = fought.duels.seen.get(benchmark)
    if seen is None:
        return None
    return waiting_growth(seen.waiting_seconds["base"], seen.waiting_seconds["head"])
