"""Rows of a leak file: what was held at each mark, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from perfproof.record import Frame, Interval, Leak, LeakResult, Series, Side, Survey
from perfproof.record.looking import LeakSession, Look
from perfproof.store.columns import Part, reals, wholes, words
from perfproof.store.header_columns import header_columns

__all__ = ["leak_parts"]

_WORDS = ("kind", "benchmark", "side", "figure", "unit", "site", "verdict")
_WHOLES = ("process", "order", "calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    kind: str
    benchmark: str
    side: Side | None
    figure: str | None = None
    unit: str | None = None
    value: float | None = None
    interval: Interval | None = None
    site: str | None = None
    verdict: str | None = None
    process: int | None = None
    order: int | None = None
    calls: int | None = None


def leak_parts(session: LeakSession) -> tuple[Part, ...]:
    """One part with every row of the file."""
    rows = [row for look in session.looks for row in _looked(look)]
    part = Part(
        rows=len(rows),
        columns={
            **header_columns(session.header, len(rows)),
            **{name: words(getattr(row, name) for row in rows) for name in _WORDS},
            "name": words(row.benchmark.rpartition("::")[2] for row in rows),
            "value": reals(row.value for row in rows),
            "low": reals(row.interval.low if row.interval else None for row in rows),
            "high": reals(row.interval.high if row.interval else None for row in rows),
            "count": wholes(row.interval.n if row.interval else 1 for row in rows),
            **{name: wholes(getattr(row, name) for row in rows) for name in _WHOLES},
        },
    )
    return (part,)


def _looked(look: Look) -> Iterator[_Row]:
    for process, survey in enumerate(look.surveys):
        for series in survey.series:
            yield from _held(look, process, survey, series)
    if look.result is not None:
        yield from _said(look, look.result)


def _held(look: Look, process: int, survey: Survey, series: Series) -> Iterator[_Row]:
    calls = tuple(accumulate(survey.operations, initial=survey.before))
    for unit, values in (("object", series.counts), ("byte", series.sizes)):
        for order, value in enumerate(values or ()):
            yield _Row(
                kind="held",
                benchmark=look.benchmark,
                side=look.side,
                figure=series.kept,
                unit=unit,
                value=value,
                site=_site(series.stack),
                process=process,
                order=order,
                calls=calls[order],
            )


def _said(look: Look, result: LeakResult) -> Iterator[_Row]:
    """Each thing that is kept; where nothing is, one row with the verdict alone."""
    if not result.leaks:
        yield _Row(
            kind="leak",
            benchmark=look.benchmark,
            side=look.side,
            verdict=result.verdict,
            calls=result.operations,
        )
    for leak in result.leaks:
        for unit, rate in (("object", leak.objects), ("byte", leak.size)):
            if rate is not None:
                yield _found(look, result, leak, unit, rate)


def _found(look: Look, result: LeakResult, leak: Leak, unit: str, rate: Interval) -> _Row:
    return _Row(
        kind="leak",
        benchmark=look.benchmark,
        side=look.side,
        figure=leak.kept,
        unit=unit,
        value=rate.estimate,
        interval=rate,
        site=_site(leak.stack),
        verdict=leak.verdict,
        calls=result.operations,
    )


def _site(stack: Sequence[Frame]) -> str | None:
    return f"{stack[0].file}:{stack[0].line}" if stack else None
