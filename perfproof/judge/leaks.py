r"""A leak is a rate: what a site holds grows in every round, and with the operations of the round.

**The rule.** A survey has the marks :math:`L_0 \dots L_k` of a site (what it held after each
round) and the operations :math:`n_1 \dots n_k` of the rounds, which grow. The first
``SETTLING`` rounds do not count. Of the rest, a site leaks when

1. what it holds grew in *every* round, so that the lowest rate of any round is above zero; and
2. the rate of the later half of the rounds is at least ``STEADY`` times that of the earlier half.

**Wrong alarms.** While nothing leaks, what a site holds at the marks is a stationary remainder:
the fill of a buffer, a batch of ids, the phase of a ring. Then every order of the marks is as
likely as any other, and m marks rise throughout with chance :math:`1/m!`: 9 marks, 1 in 362,880.
Given the values, a site with two equal marks cannot rise throughout; of the S sites whose marks
all differ, any rises with a chance of at most :math:`S/m!` (Bonferroni), and nothing is taken for
a leak unless that is at most ``alpha``. The bound needs no distribution and no independence
between sites.

Three things do rise throughout and are no leak, and part 2 is for them. What a *round* costs and
not an operation (an event loop for each round, say) rises by the same in a long round as in a
short one: with rounds of 3, 4 ... 10 units, later over earlier is 0.53. A *cache* that fills up,
or a set of keys that have all been seen once, rises less and less. A *ring* that was filled in
set-up and turns over rises where it is written now and falls where it was written then; growth is
therefore held against what falls as steadily at the same time. A cache that is larger than all the
operations together looks like a leak to everybody, so with fewer than ``FEWEST_OPERATIONS``
nothing is called one.

**The interval** of a rate is from the lowest to the highest round: it holds the median rate with
confidence :math:`1 - 2^{1-k}`, whatever its distribution (the sign test inverted; Conover,
*Practical Nonparametric Statistics*, 3rd ed., section 3.2). Its lower end is above zero exactly
when part 1 holds, so the verdict never contradicts the figures that are shown. Its n counts rounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import msgspec

from perfproof.record import Interval
from perfproof.record.leak import Leak, LeakResult, LeakVerdict, Series, Survey, growths

__all__ = [
    "ALPHA",
    "FEWEST_OPERATIONS",
    "FEWEST_SCARCE",
    "SETTLING",
    "STEADY",
    "chance_of_rising",
    "judge_survey",
    "judge_surveys",
    "rate_interval",
]

ALPHA = 0.001
"""Chance, over all sites of a benchmark, that one rises throughout though nothing leaks."""

SETTLING = 2
"""First rounds that do not count: what is imported, compiled or filled once happens there."""

STEADY = 0.75
"""Later rate over earlier rate from which growth counts as steady."""

SLOWING = 0.6
"""The same below which growth does not follow the operations: of a round (0.53), or filling up."""

FEWEST_OPERATIONS = 600
"""The standard library's own caches hold up to 512 entries (``re``), most others 128."""

FEWEST_SCARCE = 150
"""The same for descriptors, sockets, threads and files, whose pools hold up to 100."""

_TURNED_OVER = 0.5
"""Share of a site's growth that falls elsewhere as steadily, from which it is a turnover."""


@dataclass(frozen=True, slots=True)
class _Rise:
    """One site's growth over the rounds that count, in bytes or things."""

    series: Series
    amounts: tuple[int, ...]
    operations: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.amounts)

    @property
    def distinct(self) -> bool:
        """Whether no two of the marks that count are equal."""
        marks = list(accumulate(self.amounts, initial=0))
        return len(set(marks)) == len(marks)

    @property
    def steadiness(self) -> float:
        """Later rate over earlier rate."""
        half = len(self.amounts) // 2
        early = sum(self.amounts[:half]) / sum(self.operations[:half])
        late = sum(self.amounts[half:]) / sum(self.operations[half:])
        return late / early if early > 0 else math.inf


def chance_of_rising(marks: int) -> float:
    """Chance that exchangeable marks rise throughout: 1/m!.

    Raises:
        ValueError: There are none.
    """
    if marks < 1:
        raise ValueError("there is no mark")
    return 1.0 / math.factorial(marks)


def rate_interval(amounts: Sequence[int], operations: Sequence[int]) -> Interval:
    """Growth an operation: all growth over all operations, from the lowest round to the highest.

    Args:
        amounts: Growth in each round, in any unit.
        operations: Operations of each round, all above 0.

    Returns:
        The rate; its n counts rounds. Without ends where there are fewer than two rounds.

    Raises:
        ValueError: The two are not of the same rounds, or there is none.
    """
    if not amounts or len(amounts) != len(operations):
        raise ValueError("growth and operations are of the same rounds, at least one")
    estimate = sum(amounts) / sum(operations)
    rounds = len(amounts)
    if rounds < 2:
        return Interval(estimate, None, None, None, rounds)
    rates = [amount / count for amount, count in zip(amounts, operations, strict=True)]
    return Interval(estimate, min(rates), max(rates), 1.0 - 2.0 ** (1 - rounds), rounds)


def judge_survey(survey: Survey, *, alpha: float = ALPHA) -> LeakResult:
    """What one process says of its benchmark.

    Args:
        survey: What was held at its marks.
        alpha: Chance, over all sites, of any that rises throughout by chance alone.
    """
    operations = survey.operations[SETTLING:]
    if len(operations) < 2:
        return _nothing(survey, "too few rounds for a verdict")
    rises = [_rise(each, operations) for each in survey.series]
    could_rise = sum(each.distinct for each in rises)
    if could_rise * chance_of_rising(len(operations) + 1) > alpha:
        return _nothing(survey, f"too few rounds to tell {could_rise} sites apart")
    falling = -sum(each.total for each in rises if max(each.amounts) < 0 and _is_memory(each))
    done = sum(survey.operations) + survey.before
    leaks = [
        leak
        for each in rises
        if min(each.amounts) > 0
        and (leak := _leak(each, falling if _is_memory(each) else 0, done)) is not None
    ]
    leaks = _explained(leaks)
    leaks.sort(key=_largest_first)
    return LeakResult(
        benchmark=survey.benchmark,
        verdict=_worst(leaks),
        leaks=tuple(leaks),
        operations=sum(survey.operations),
        visible_every=min(operations),
    )


def judge_surveys(first: LeakResult, second: LeakResult) -> LeakResult:
    """What two processes say together; the second was asked because the first saw something.

    A site leaks when both say so. What the longer look clears is cleared; what only one of them
    calls a leak stays undecided.
    """
    seen = {_key(each): each.verdict for each in first.leaks}
    leaks = []
    for each in second.leaks:
        verdict, reason = each.verdict, each.reason
        if verdict is LeakVerdict.LEAK and seen.get(_key(each)) is None:
            verdict, reason = LeakVerdict.UNDECIDED, "one process of two grew there"
        leaks.append(msgspec.structs.replace(each, verdict=verdict, reason=reason))
    leaks.sort(key=_largest_first)
    return LeakResult(
        benchmark=second.benchmark,
        verdict=_worst(leaks) if second.reason is None else LeakVerdict.UNDECIDED,
        leaks=tuple(leaks),
        operations=second.operations,
        visible_every=second.visible_every,
        surveys=first.surveys + second.surveys,
        reason=second.reason,
    )


def _rise(series: Series, operations: tuple[int, ...]) -> _Rise:
    marks = series.counts if series.sizes is None else series.sizes
    return _Rise(series, growths(marks)[SETTLING:], operations)


def _leak(rise: _Rise, falling: int, done: int) -> Leak | None:
    """The record of a site that rose throughout; ``None`` where that is clearly no leak."""
    if rise.steadiness < SLOWING or falling >= _TURNED_OVER * rise.total:
        return None
    verdict, reason = LeakVerdict.LEAK, None
    if rise.steadiness < STEADY:
        verdict, reason = LeakVerdict.UNDECIDED, "grows more and more slowly, as a cache may"
    elif done < (fewest := _fewest(rise.series)):
        verdict = LeakVerdict.UNDECIDED
        reason = f"with {done} operations, under {fewest}, a cache or a pool looks alike"
    series = rise.series
    counts = growths(series.counts)[SETTLING:]
    return Leak(
        kept=series.kept,
        verdict=verdict,
        stack=series.stack,
        deeper=series.deeper,
        objects=rate_interval(counts, rise.operations),
        size=None if series.sizes is None else rate_interval(rise.amounts, rise.operations),
        reason=reason,
    )


def _fewest(series: Series) -> int:
    scarce = series.kept in {"descriptor", "socket", "thread", "file"}
    return FEWEST_SCARCE if scarce else FEWEST_OPERATIONS


def _is_memory(rise: _Rise) -> bool:
    return rise.series.sizes is not None


def _explained(leaks: Sequence[Leak]) -> list[Leak]:
    """Without what only follows from another: said twice, one leak looks like several.

    What the C library's heap holds is told by what was traced or by a thread's stack; and what is
    in doubt only for want of operations comes with a socket or a thread that is in none.
    """
    traced = sum(each.size.estimate for each in leaks if each.kept == "memory" and each.size)
    sure = {each.kept for each in leaks if each.verdict is LeakVerdict.LEAK}
    return [
        each
        for each in leaks
        if not (
            each.kept == "native"
            and ("thread" in sure or traced >= _TURNED_OVER * each.objects.estimate)
        )
        and not (each.verdict is LeakVerdict.UNDECIDED and sure - {"memory", "native"})
    ]


def _key(leak: Leak) -> tuple[object, ...]:
    place = leak.stack[0] if leak.stack else None
    return (leak.kept, place and (place.file, place.line))


def _worst(leaks: Sequence[Leak]) -> LeakVerdict:
    verdicts = {each.verdict for each in leaks}
    for verdict in (LeakVerdict.LEAK, LeakVerdict.UNDECIDED):
        if verdict in verdicts:
            return verdict
    return LeakVerdict.FREE


def _largest_first(leak: Leak) -> tuple[bool, bool, float, float]:
    size = leak.size.estimate if leak.size is not None else 0.0
    return (
        leak.verdict is not LeakVerdict.LEAK,
        # A socket or a thread says more than the memory that it takes with it.
        leak.kept in {"memory", "native"},
        -size,
        -leak.objects.estimate,
    )


def _nothing(survey: Survey, reason: str) -> LeakResult:
    return LeakResult(
        benchmark=survey.benchmark,
        verdict=LeakVerdict.UNDECIDED,
        operations=sum(survey.operations),
        reason=reason,
    )
