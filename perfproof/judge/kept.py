"""Bytes that a benchmark keeps of an operation, as one figure that a limit can be held against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from perfproof.judge.leaks import SETTLING, rate_interval
from perfproof.record import Interval, Leak, LeakResult, LeakVerdict, Survey
from perfproof.record.leak import Series, growths

__all__ = ["KeptMemory", "kept_memory"]

_MEMORY = frozenset({"memory", "native"})


@dataclass(frozen=True, slots=True)
class KeptMemory:
    """What is kept of an operation.

    Attributes:
        figure: Bytes an operation; ``None`` where nothing could be said. The lower end holds the
            sites that leak alone, the upper end also those in doubt.
        others: Of what is no memory (descriptors, sockets, tasks, threads, files, garbage).
        reason: One clause for the reader.
    """

    figure: Interval | None
    others: LeakVerdict = LeakVerdict.FREE
    reason: str | None = None


def kept_memory(result: LeakResult, survey: Survey) -> KeptMemory:
    """The growth of all sites that the judge of leaks has named, together.

    The sites' marks are added up before the rate is taken, so that the interval is that of the sum
    (:func:`perfproof.judge.leaks.rate_interval`) and no level is lost to the number of sites. A
    benchmark without a leak keeps 0 bytes; the smallest leak that could have been seen is the
    result's ``visible_every``.

    Args:
        result: What was said of the benchmark.
        survey: The survey that decided, the last one of the benchmark.

    Raises:
        ValueError: The result does not come from that survey.
    """
    rounds = len(survey.operations[SETTLING:])
    if rounds < 2 or (result.verdict is LeakVerdict.UNDECIDED and not result.leaks):
        return KeptMemory(None, reason=result.reason or "too few rounds for a verdict")
    sure = _rate(survey, _sites(result.leaks, doubtful=False))
    most = _rate(survey, _sites(result.leaks, doubtful=True))
    assert most.high is not None
    figure = Interval(
        sure.estimate,
        sure.low,
        # What rises in every round adds to the sum, so this is the larger; but for rounding.
        max(most.high, sure.high or 0.0),
        sure.level,
        rounds,
    )
    return KeptMemory(figure, others=_others(result.leaks))


def _sites(leaks: Iterable[Leak], *, doubtful: bool) -> set[tuple[object, ...]]:
    return {
        (each.kept, each.stack, each.deeper)
        for each in leaks
        if each.kept in _MEMORY and (doubtful or each.verdict is LeakVerdict.LEAK)
    }


def _rate(survey: Survey, sites: set[tuple[object, ...]]) -> Interval:
    mine = [each for each in survey.series if (each.kept, each.stack, each.deeper) in sites]
    if len(mine) < len(sites):
        raise ValueError(f"the survey of {survey.benchmark} lacks a site that leaks")
    marks = tuple(map(sum, zip(*(_bytes(each) for each in mine), strict=True)))
    operations = survey.operations[SETTLING:]
    amounts = growths(marks)[SETTLING:] if mine else (0,) * len(operations)
    return rate_interval(amounts, operations)


def _bytes(series: Series) -> tuple[int, ...]:
    # Of the C library's heap the counts are bytes.
    return series.counts if series.sizes is None else series.sizes


def _others(leaks: Iterable[Leak]) -> LeakVerdict:
    verdicts = {each.verdict for each in leaks if each.kept not in _MEMORY}
    for verdict in (LeakVerdict.LEAK, LeakVerdict.UNDECIDED):
        if verdict in verdicts:
            return verdict
    return LeakVerdict.FREE
