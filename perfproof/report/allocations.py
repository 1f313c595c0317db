"""Allocations counted in passing: cells beside the times of a run, lines below those of a duel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from perfproof.record.counting import CountComparison, CountVerdict, Meter, Span
from perfproof.record.quantity import show_ratio
from perfproof.report.columns import Cell, Column, fit_names
from perfproof.report.counting import show_count, show_span
from perfproof.report.visible import visible
from perfproof.report.wording import labels, tally

__all__ = ["AllocationFigures", "allocation_cells", "allocation_notes", "change_lines"]

AllocationFigures = Mapping[str, Mapping[Meter, Span | None]]

_NOT_KNOWN = "not known"
_WORST_FIRST = {
    CountVerdict.MORE: 0,
    CountVerdict.FEWER: 1,
    CountVerdict.UNDECIDED: 2,
    CountVerdict.EQUAL: 3,
}
_STYLES = {
    CountVerdict.MORE: "bold red",
    CountVerdict.FEWER: "green",
    CountVerdict.EQUAL: "",
    CountVerdict.UNDECIDED: "yellow",
}
_WORDS = {CountVerdict.UNDECIDED: _NOT_KNOWN}
_MOST_NAMED = 5


def allocation_cells(figures: AllocationFigures, benchmark: str) -> tuple[Cell, Cell]:
    """Allocations and bytes a call; nothing where they were not counted."""
    count, size = (_cell(figures.get(benchmark, {}), meter) for meter in ("allocations", "bytes"))
    return count, size


def _cell(spans: Mapping[Meter, Span | None], meter: Meter) -> Cell:
    if meter not in spans:
        return Cell("")
    span = spans[meter]
    return Cell(_NOT_KNOWN, "yellow") if span is None else Cell(show_span(span))


def allocation_notes(figures: AllocationFigures, ids: Sequence[str]) -> list[Text]:
    """What the cells do not say of themselves; nothing where nothing was counted."""
    if not figures:
        return []
    lines = []
    if any(span is None for spans in figures.values() for span in spans.values()):
        lines.append(
            _plain("not known: the count differs from loop to loop by more than 1 %.", "dim")
        )
    return [*lines, *_uncounted(figures, ids)]


def change_lines(
    results: Sequence[CountComparison], ids: Sequence[str], *, width: int = 80
) -> list[Text]:
    """Head against base: a row for each benchmark that changed, and a line for all.

    Args:
        results: Allocations and bytes of each benchmark.
        ids: The benchmarks that were compared by time.
        width: Terminal cells to fit into.
    """
    if not results:
        return []
    by_benchmark: dict[str, dict[Meter, CountComparison]] = {}
    for each in results:
        by_benchmark.setdefault(each.benchmark, {})[each.meter] = each
    verdicts = {name: _worst(meters.values()) for name, meters in by_benchmark.items()}
    changed = sorted(
        (name for name, verdict in verdicts.items() if verdict is not CountVerdict.EQUAL),
        key=lambda name: (_WORST_FIRST[verdicts[name]], name),
    )
    columns = (
        Column("allocations"),
        Column("benchmark"),
        Column("a call"),
        Column("bytes a call"),
    )
    rows = [
        (
            Cell(_word(verdicts[full]), _STYLES[verdicts[full]]),
            Cell(name),
            Cell(_change(by_benchmark[full].get("allocations"))),
            Cell(_change(by_benchmark[full].get("bytes"))),
        )
        for name, full in zip(labels(changed, 10_000), changed, strict=True)
    ]
    lines = fit_names(columns, rows, name=1, width=width) if rows else []
    counted = tally(_word(each) for each in sorted(verdicts.values(), key=_WORST_FIRST.__getitem__))
    if CountVerdict.MORE not in verdicts.values():
        counted = f"0 more, {counted}"
    lines.append(
        _plain(f"allocations: {counted} (counted, without a margin; changes no exit code)")
    )
    return [*lines, *_uncounted(by_benchmark, ids)]


def _worst(results: Iterable[CountComparison]) -> CountVerdict:
    return min((each.verdict for each in results), key=_WORST_FIRST.__getitem__)


def _word(verdict: CountVerdict) -> str:
    return _WORDS.get(verdict, verdict.value)


def _change(result: CountComparison | None) -> str:
    if result is None:
        return ""
    if result.verdict is CountVerdict.UNDECIDED:
        return _NOT_KNOWN
    if result.verdict is CountVerdict.EQUAL:
        return show_span(result.base)
    base, head = result.base.middle, result.head.middle
    off = f", {show_ratio(result.ratio.middle)}" if result.ratio is not None else ""
    return f"{_signed(head - base)} ({show_count(base)} to {show_count(head)}{off})"


def _signed(change: float) -> str:
    return f"{'+' if change > 0 else '-'}{show_count(abs(change))}"


def _uncounted(counted: Iterable[str], ids: Sequence[str]) -> list[Text]:
    have = set(counted)
    missing = labels([each for each in ids if each not in have], 10_000)
    if not missing:
        return []
    named = ", ".join(visible(each) for each in missing[:_MOST_NAMED])
    more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    return [_plain(f"allocations not counted: {named}{more}", "dim")]


def _plain(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ignore", end="")
