"""Allocations that were counted in passing: figures of one version, changes between two.

Counts do not jitter, so there is no margin: what lies apart on the two sides has changed. What is
not the same from loop to loop of one process is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from perfproof.judge.counting import calls_counted, span_of
from perfproof.record.counting import CountComparison, CountVerdict, Meter, Span, Tally

__all__ = ["REPEATABLE", "allocation_changes", "allocation_figures", "repeats"]

REPEATABLE = 0.01
"""Share of its median by which the loops of a process may lie apart and still give a figure.

A list that grows in steps, or a cache that fills up, falls into one loop and not into the other."""

_NOT_REPEATABLE = "the count differs from loop to loop"
_METERS: tuple[Meter, ...] = ("allocations", "bytes")


def repeats(span: Span) -> bool:
    """Whether the loops agree so well that their median is a figure."""
    return span.high - span.low <= REPEATABLE * span.middle


def allocation_figures(tallies: Iterable[Tally]) -> dict[str, dict[Meter, Span | None]]:
    """Counts a call of each benchmark that was counted; ``None`` where its loops do not agree."""
    return {
        benchmark: {meter: _figure(group) for meter, group in of_meters.items()}
        for benchmark, of_meters in _grouped(tallies).items()
    }


def allocation_changes(tallies: Iterable[Tally]) -> tuple[CountComparison, ...]:
    """Head against base for each benchmark and meter that was counted on both sides.

    ``more`` and ``fewer`` where every loop of one side lies above every loop of the other, by
    however little; ``equal`` where the same loops of both counted the same; else ``undecided``.
    """
    found = (
        _change(benchmark, meter, group)
        for benchmark, of_meters in _grouped(tallies).items()
        for meter, group in of_meters.items()
    )
    return tuple(each for each in found if each is not None)


def _grouped(tallies: Iterable[Tally]) -> Mapping[str, Mapping[Meter, list[Tally]]]:
    groups: dict[str, dict[Meter, list[Tally]]] = {}
    for tally in tallies:
        if tally.meter in _METERS:
            groups.setdefault(tally.benchmark, {}).setdefault(tally.meter, []).append(tally)
    return groups


def _figure(group: list[Tally]) -> Span | None:
    span = span_of(group)
    return span if repeats(span) else None


def _change(benchmark: str, meter: Meter, group: list[Tally]) -> CountComparison | None:
    bases = [each for each in group if each.side == "base"]
    heads = [each for each in group if each.side == "head"]
    if not bases or not heads:
        return None
    base, head = span_of(bases), span_of(heads)
    verdict = _verdict(base, head, alike=_loops(bases) == _loops(heads))
    return CountComparison(
        benchmark=benchmark,
        meter=meter,
        base=base,
        head=head,
        ratio=_ratio(base, head),
        verdict=verdict,
        whole=any(each.whole for each in group),
        reason=_NOT_REPEATABLE if verdict is CountVerdict.UNDECIDED else None,
    )


def _loops(tallies: list[Tally]) -> list[tuple[float, ...]]:
    return [calls_counted(each) for each in tallies]


def _verdict(base: Span, head: Span, *, alike: bool) -> CountVerdict:
    if not (repeats(base) and repeats(head)):
        return CountVerdict.UNDECIDED
    if alike:
        return CountVerdict.EQUAL
    if head.low > base.high:
        return CountVerdict.MORE
    return CountVerdict.FEWER if head.high < base.low else CountVerdict.UNDECIDED


def _ratio(base: Span, head: Span) -> Span | None:
    if base.middle <= 0:
        return None
    ratio = head.middle / base.middle
    return Span(ratio, ratio, ratio, base.n)
