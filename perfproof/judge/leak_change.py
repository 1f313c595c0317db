"""Which of two versions keeps more of an operation.

Where one side leaks and the other does not, that is the answer. Where both leak, the rates of each
kind (bytes, sockets ...) are held against each other: sites are not, because a line that moves is
another site. A rate's interval runs from the lowest round to the highest; the ratio's runs from
the head's low over the base's high to the head's high over the base's low, so it holds wherever
both rates' intervals do: its level is at least one minus both of their errors (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from perfproof.record import (
    Interval,
    Kept,
    Leak,
    LeakChange,
    LeakComparison,
    LeakResult,
    LeakVerdict,
)

__all__ = ["MARGIN", "compare_leaks"]

MARGIN = 0.05
"""Share by which two rates may differ and still be the same; rates of the same code differ by what
a growing list over-allocates in the rounds that one of them had more of."""

_WORST_FIRST = (
    LeakChange.LEAKIER,
    LeakChange.UNDECIDED,
    LeakChange.TIGHTER,
    LeakChange.SAME,
)


def compare_leaks(base: LeakResult, head: LeakResult) -> LeakComparison:
    """Head against base, of one benchmark.

    Raises:
        ValueError: They are of two benchmarks.
    """
    if base.benchmark != head.benchmark:
        raise ValueError("the two sides are of one benchmark")
    verdict, ratio, reason = _judged(base, head)
    return LeakComparison(
        benchmark=head.benchmark, verdict=verdict, base=base, head=head, ratio=ratio, reason=reason
    )


def _judged(base: LeakResult, head: LeakResult) -> tuple[LeakChange, Interval | None, str | None]:
    for side, result in (("base", base), ("head", head)):
        if result.verdict is LeakVerdict.UNDECIDED:
            return LeakChange.UNDECIDED, None, f"the {side} is undecided"
    on_base, on_head = _by_kind(base.leaks), _by_kind(head.leaks)
    found: list[tuple[LeakChange, Interval | None, str | None]] = []
    # Sorted, so that the same two sides always give the same reason.
    for kept in sorted(on_base.keys() | on_head.keys()):
        if kept not in on_base:
            found.append((LeakChange.LEAKIER, None, f"only the head keeps {kept}"))
        elif kept not in on_head:
            found.append((LeakChange.TIGHTER, None, f"only the base keeps {kept}"))
        else:
            ratio = _ratio(on_base[kept], on_head[kept])
            found.append((_word(ratio), ratio, f"of {kept}, both keep some"))
    if not found:
        return LeakChange.SAME, None, None
    return min(found, key=lambda each: _WORST_FIRST.index(each[0]))


def _by_kind(leaks: Iterable[Leak]) -> dict[Kept, list[Interval]]:
    kinds: dict[Kept, list[Interval]] = {}
    for each in leaks:
        if each.verdict is LeakVerdict.LEAK:
            kinds.setdefault(each.kept, []).append(each.objects if each.size is None else each.size)
    return kinds


def _ratio(base: Sequence[Interval], head: Sequence[Interval]) -> Interval:
    below, above = _sum(base), _sum(head)
    estimate = above.estimate / below.estimate
    rounds = min(below.n, above.n)
    ends = (below.low, below.high, above.low, above.high)
    levels = [each.level for each in (*base, *head)]
    if any(each is None or each <= 0 for each in ends) or None in levels:
        return Interval(estimate, None, None, None, rounds)
    low, high, head_low, head_high = (each or 0.0 for each in ends)
    level = max(0.0, 1.0 - sum(1.0 - (each or 0.0) for each in levels))
    return Interval(estimate, head_low / high, head_high / low, level, rounds)


def _sum(rates: Sequence[Interval]) -> Interval:
    """All sites of a kind together; the ends add up whatever they have to do with each other."""
    lows = [each.low for each in rates if each.low is not None]
    highs = [each.high for each in rates if each.high is not None]
    whole = len(lows) == len(highs) == len(rates)
    return Interval(
        sum(each.estimate for each in rates),
        sum(lows) if whole else None,
        sum(highs) if whole else None,
        rates[0].level if whole else None,
        min(each.n for each in rates),
    )


def _word(ratio: Interval) -> LeakChange:
    if ratio.low is None or ratio.high is None:
        return LeakChange.UNDECIDED
    if ratio.low > 1 + MARGIN:
        return LeakChange.LEAKIER
    if ratio.high < 1 / (1 + MARGIN):
        return LeakChange.TIGHTER
    inside = ratio.low >= 1 / (1 + MARGIN) and ratio.high <= 1 + MARGIN
    return LeakChange.SAME if inside else LeakChange.UNDECIDED
