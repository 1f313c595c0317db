"""Whether head is faster than base by as much as somebody claims."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass

from perfproof.errors import UseError
from perfproof.record import Comparisons, Interval, Outcome

__all__ = ["Improvement", "improvement"]


@dataclass(frozen=True, slots=True)
class Improvement:
    """A claim of speed and what became of it.

    Attributes:
        at_least: Share of the base's time that head was claimed to save.
        outcome: ``PASSED`` when every benchmark proves it, ``FAILED`` when one refutes it,
            else ``UNDECIDED``.
        ratios: Head over base of each benchmark, at the comparison's own level.
        outcomes: What each benchmark says alone.
    """

    at_least: float
    outcome: Outcome
    ratios: dict[str, Interval]
    outcomes: dict[str, Outcome]


def improvement(
    comparisons: Comparisons, *, at_least: float, benchmarks: Collection[str] | None = None
) -> Improvement:
    """Hold a claimed saving against the intervals of a comparison.

    A claim of 20 % means that head takes at most 0.80 of the base's time, the stricter of the
    two readings in use (the other, 1.20 times the speed, is 0.83 of the time). Proved when the
    whole interval is at or under that, refuted when it is above.

    Args:
        comparisons: A judged suite; its intervals hold together, so that several claims cost
            nothing more.
        at_least: Share of time saved, 0 to 1.
        benchmarks: Ids that the claim is about; all that were compared when ``None``.

    Raises:
        UseError: A share outside 0 to 1, no benchmark, or one that was not compared.
    """
    if not 0 <= at_least < 1:
        raise UseError(
            f"a saving of {at_least:g} is not possible",
            where="at_least",
            remedy="choose a share of the time from 0 to below 1, like 0.2",
        )
    known = {result.benchmark: result.ratio for result in comparisons.results}
    wanted = tuple(known) if benchmarks is None else tuple(benchmarks)
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise UseError(
                "the benchmark was not compared",
                where=name,
                remedy=f"did you mean {near[0]}?" if near else "name one that both sides have",
            )
    if not wanted:
        raise UseError("no benchmark was compared", remedy="measure one on both sides")
    ratios = {name: known[name] for name in wanted}
    outcomes = {name: _outcome(ratio, 1 - at_least) for name, ratio in ratios.items()}
    return Improvement(at_least, _together(outcomes.values()), ratios, outcomes)


def _outcome(ratio: Interval, limit: float) -> Outcome:
    if ratio.low is None or ratio.high is None:
        return Outcome.UNDECIDED
    if ratio.high <= limit:
        return Outcome.PASSED
    return Outcome.FAILED if ratio.low > limit else Outcome.UNDECIDED


def _together(outcomes: Collection[Outcome]) -> Outcome:
    for outcome in (Outcome.FAILED, Outcome.UNDECIDED):
        if outcome in outcomes:
            return outcome
    return Outcome.PASSED
