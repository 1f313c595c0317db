"""Counts and joined evidence as lines: figures a call, head against base, and the cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

from perfproof.record.counting import CountComparison, CountVerdict, Evidence, Meter, Span
from perfproof.record.quantity import show_ratio
from perfproof.report.columns import Cell, Column, fit_names
from perfproof.report.visible import visible
from perfproof.report.wording import labels, tally

__all__ = ["count_lines", "counted_lines", "evidence_lines", "show_count", "show_span"]

_METERS: Mapping[Meter, str] = {
    "instructions": "instructions",
    "allocations": "allocations",
    "bytes": "bytes",
}
_STYLES = {
    CountVerdict.MORE: "bold red",
    CountVerdict.FEWER: "green",
    CountVerdict.EQUAL: "",
    CountVerdict.UNDECIDED: "yellow",
}
_WORST_FIRST = {
    CountVerdict.MORE: 0,
    CountVerdict.UNDECIDED: 1,
    CountVerdict.FEWER: 2,
    CountVerdict.EQUAL: 3,
}
_WHOLE = "*: the suite fixes the calls; the loop and what it sets up are counted too."


def show_count(value: float) -> str:
    """A count a call: whole where it is, else with what a reader can use of it."""
    if value >= 10_000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{round(value, 2):g}"


def show_span(span: Span) -> str:
    """A count a call, and how far loops and hash seeds lie from it where they do not agree."""
    middle = show_count(span.middle)
    if show_count(span.low) == show_count(span.high) or span.middle <= 0:
        return middle
    off = max(span.high - span.middle, span.middle - span.low) / span.middle
    return f"{middle} ±{off * 100:.2g} %"


def counted_lines(
    counts: Mapping[str, Mapping[Meter, Span]], whole: frozenset[str], *, width: int = 80
) -> list[Text]:
    """A line a benchmark: what a call takes, over all hash seeds.

    Args:
        counts: By benchmark and meter; a meter may be absent.
        whole: Benchmarks whose figures hold the loop around the calls.
        width: Terminal cells to fit into.
    """
    columns = (Column("benchmark"), *(Column(each, right=True) for each in _METERS.values()))
    names = labels(list(counts), 10_000)
    rows = [
        (
            Cell(name + ("*" if benchmark in whole else "")),
            *(Cell(show_span(spans[meter]) if meter in spans else "") for meter in _METERS),
        )
        for name, (benchmark, spans) in zip(names, counts.items(), strict=True)
    ]
    lines = fit_names(columns, rows, name=0, width=width) if rows else [_plain("No benchmark.")]
    lines += [_plain(_WHOLE, "dim")] if whole else []
    processes = sorted({span.n for spans in counts.values() for span in spans.values()})
    if processes:
        shown = " to ".join(dict.fromkeys((str(processes[0]), str(processes[-1]))))
        lines.append(_plain(f"A call, over n={shown} processes of as many hash seeds.", "dim"))
    return lines


def count_lines(results: Sequence[CountComparison], *, width: int = 80) -> list[Text]:
    """Head against base: a row for each count that is not equal, and a line for all."""
    changed = sorted(
        (each for each in results if each.verdict is not CountVerdict.EQUAL),
        key=lambda each: (_WORST_FIRST[each.verdict], each.benchmark, each.meter),
    )
    columns = (
        Column("benchmark"),
        Column("count"),
        Column("base", right=True),
        Column("head", right=True),
        Column("ratio"),
        Column("n"),
        Column("verdict"),
    )
    rows = [
        (
            Cell(each.benchmark.rpartition("::")[2] + ("*" if each.whole else "")),
            Cell(_METERS[each.meter]),
            Cell(show_span(each.base)),
            Cell(show_span(each.head)),
            Cell(_ratio(each.ratio)),
            Cell(f"{each.base.n}/{each.head.n}"),
            Cell(each.verdict.value, _STYLES[each.verdict]),
        )
        for each in changed
    ]
    lines = fit_names(columns, rows, name=0, width=width) if rows else []
    counted = tally(
        each.verdict.value for each in sorted(results, key=lambda each: _WORST_FIRST[each.verdict])
    )
    if all(each.verdict is not CountVerdict.MORE for each in results):
        counted = f"0 more, {counted}"
    lines.append(
        _plain(
            f"counts: {counted} (any growth of allocations is shown, and of instructions beyond"
            " 0.2 %, or 0.5 % by the kernel's counters, which layout moves)"
        )
    )
    lines += [
        _plain(f"{visible(each.benchmark)}: {each.meter} {visible(each.reason)}")
        for each in changed
        if each.reason
    ]
    return [*lines, _plain(_WHOLE, "dim")] if any(each.whole for each in changed) else lines


def evidence_lines(results: Sequence[Evidence], *, width: int = 80) -> list[Text]:
    """Time and counts of each benchmark in one row, and what they say together."""
    if not results:
        return []
    columns = (
        Column("evidence"),
        Column("instructions"),
        Column("allocations"),
        Column("bytes"),
        Column("cause"),
    )
    names = labels([each.benchmark for each in results], 10_000)
    rows = [
        (
            Cell(name),
            Cell(_change(each.instructions)),
            Cell(_change(each.allocations)),
            Cell(_change(each.size)),
            Cell(each.cause.value),
        )
        for name, each in zip(names, results, strict=True)
    ]
    lines = fit_names(columns, rows, name=0, width=width)
    return [*lines, *(_plain(f"{visible(x.benchmark)}: {visible(x.reason)}.") for x in results)]


def _change(result: CountComparison | None) -> str:
    if result is None:
        return "not counted"
    if result.verdict is CountVerdict.EQUAL:
        return f"equal ({show_span(result.base)})"
    return f"{_ratio(result.ratio)} ({show_span(result.base)} -> {show_span(result.head)})"


def _ratio(ratio: Span | None) -> str:
    if ratio is None:
        return ""
    low, high = _exactly(ratio.low), _exactly(ratio.high)
    return low if low == high else f"{low} to {high}"


def _exactly(ratio: float) -> str:
    # Counts are known to a hundredth of a per cent; one digit would hide what they show.
    return f"{(ratio - 1) * 100:+.2f} %" if abs(ratio - 1) < 1 else show_ratio(ratio)


def _plain(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ignore", end="")
