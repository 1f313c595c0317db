"""Counts a call, and head against base under the same hash seeds.

Counts do not jitter with the machine: any growth beyond what layout moves is one. What loops do
not agree on is shown as a range and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from perfproof.record.counting import CountComparison, CountVerdict, Meter, Span, Tally

_Pairs = Sequence[tuple[float, float]]
_FROM_LOOP_TO_LOOP = "the ratio differs from loop to loop"

__all__ = ["BY_KERNEL_TOLERANCES", "TOLERANCES", "calls_counted", "compare_counts", "span_of"]

TOLERANCES: Mapping[Meter, float] = {"instructions": 2e-3, "allocations": 1e-4, "bytes": 1e-4}
"""Share by which two counts may differ and still be the same.

Allocations are exact but for the meter's own few. Instructions of identical code in two checkouts
agreed to 0.0003 % in arithmetic, dictionaries, strings and objects, and to 0.08 % where entries
are found by the address of objects (json's guard against circles), whose places an edit elsewhere
moves; single loops to 0.28 % (`python -m analysis.counting_agreement`, pytest workers)."""


BY_KERNEL_TOLERANCES: Mapping[Meter, float] = {**TOLERANCES, "instructions": 5e-3}
"""The same where the processor counted them, whose counters jitter: not measured here, as this
machine has none, so as wide as instructions of any kind once were."""


def calls_counted(tally: Tally) -> tuple[float, ...]:
    """Counts a call, one value for each pair of neighbouring loops (or for each whole loop).

    Of two loops of ``n`` and ``m`` calls that took ``a`` and ``b``, a call takes
    ``(b - a) / (m - n)``, see :meth:`perfproof.record.counting.Tally.shed`.
    """
    return tuple(max(0.0, counted / calls) if calls else 0.0 for calls, counted in tally.shed())


def span_of(tallies: Sequence[Tally]) -> Span:
    """Counts a call over all loops and processes.

    Raises:
        ValueError: No tally.
    """
    return _span([value for tally in tallies for value in calls_counted(tally)], len(tallies))


def compare_counts(
    tallies: Iterable[Tally], tolerances: Mapping[Meter, float] = TOLERANCES
) -> tuple[CountComparison, ...]:
    """Head against base for each benchmark and meter that was counted on both sides.

    Like is held against like: the same loop, in the same place of a process of the same hash
    seed.
    """
    groups: dict[tuple[str, Meter], list[Tally]] = {}
    for tally in tallies:
        groups.setdefault((tally.benchmark, tally.meter), []).append(tally)
    compared = (_compared(group, tolerances) for group in groups.values())
    return tuple(each for each in compared if each is not None)


def _span(values: Sequence[float], processes: int) -> Span:
    return Span(min(values), median(values), max(values), processes)


def _compared(group: Sequence[Tally], tolerances: Mapping[Meter, float]) -> CountComparison | None:
    bases = {each.hash_seed: each for each in group if each.side == "base"}
    heads = {each.hash_seed: each for each in group if each.side == "head"}
    seeds = sorted(bases.keys() & heads.keys())
    if not seeds:
        return None
    meter = group[0].meter
    pairs = [
        tuple(zip(calls_counted(bases[seed]), calls_counted(heads[seed]), strict=False))
        for seed in seeds
    ]
    verdict, reason = _verdict(pairs, tolerances[meter])
    return CountComparison(
        benchmark=group[0].benchmark,
        meter=meter,
        base=span_of([bases[seed] for seed in seeds]),
        head=span_of([heads[seed] for seed in seeds]),
        ratio=_ratio([pair for of_seed in pairs for pair in of_seed], len(seeds)),
        verdict=verdict,
        whole=any(each.whole for each in group),
        reason=reason,
    )


def _ratio(pairs: _Pairs, processes: int) -> Span | None:
    """Head over base; ``None`` where the base has nothing and the head has something."""
    if any(base <= 0 < head for base, head in pairs):
        return None
    return _span([head / base if base > 0 else 1.0 for base, head in pairs], processes)


def _verdict(seeds: Sequence[_Pairs], tolerance: float) -> tuple[CountVerdict, str | None]:
    words = {_of_seed(pairs, tolerance) for pairs in seeds}
    if len(words) == 1:
        (word,) = words
        return word, _FROM_LOOP_TO_LOOP if word is CountVerdict.UNDECIDED else None
    if CountVerdict.UNDECIDED in words:
        return CountVerdict.UNDECIDED, f"{_FROM_LOOP_TO_LOOP} under some hash seeds"
    if words == {CountVerdict.MORE, CountVerdict.EQUAL}:
        return CountVerdict.MORE, "under some hash seeds only"
    if words == {CountVerdict.FEWER, CountVerdict.EQUAL}:
        return CountVerdict.FEWER, "under some hash seeds only"
    return CountVerdict.UNDECIDED, "more under one hash seed, fewer under another"


def _of_seed(pairs: _Pairs, tolerance: float) -> CountVerdict:
    """The median of the loops' ratios; none where loops lie beyond the tolerance on both sides."""
    words = {_word(base, head, tolerance) for base, head in pairs}
    if {CountVerdict.MORE, CountVerdict.FEWER} <= words:
        return CountVerdict.UNDECIDED
    return _word(median(base for base, _ in pairs), median(head for _, head in pairs), tolerance)


def _word(base: float, head: float, tolerance: float) -> CountVerdict:
    if head > base * (1 + tolerance):
        return CountVerdict.MORE
    return CountVerdict.FEWER if head < base * (1 - tolerance) else CountVerdict.EQUAL
