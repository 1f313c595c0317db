"""Figures against their limits, of every kind in one table, in words and as lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from perfproof.record import FORMS, FigureKind, Interval, Limit, TargetResult, TargetVerdict
from perfproof.record.quantity import show_share
from perfproof.report.columns import Cell, Column, fit_names
from perfproof.report.visible import visible
from perfproof.report.wording import (
    labels,
    level_text,
    show_interval,
    show_value,
    tally,
    worst_targets,
)

__all__ = [
    "limit_of",
    "show_target_figure",
    "show_target_kind",
    "show_target_limit",
    "target_levels",
    "target_lines",
    "target_sentences",
    "unit_of",
]

_STYLES = {
    TargetVerdict.MET: "green",
    TargetVerdict.MISSED: "bold red",
    TargetVerdict.UNDECIDED: "yellow",
}
_COUNTS = frozenset({"instruction", "allocation"})


def unit_of(result: TargetResult) -> str:
    """Unit of the figure, as in :data:`perfproof.record.FORMS`."""
    return FORMS[result.kind].unit


def limit_of(result: TargetResult) -> Limit:
    """What the figure is held against."""
    return Limit(FORMS[result.kind].relation, result.limit)


def show_target_kind(result: TargetResult) -> str:
    """Which figure: ``time``, ``peak memory``, or of a load ``99 % latency``."""
    quantile = "" if result.quantile is None else f"{show_share(result.quantile)} "
    return f"{quantile}{result.kind.value}"


def show_target_figure(result: TargetResult) -> str:
    """The figure with unit and interval; ``no figure`` where there is none."""
    figure, unit = result.figure, unit_of(result)
    if figure is None:
        return "no figure"
    if unit not in _COUNTS:
        return show_interval(figure, unit)
    # A count is shown in full: what is exact must not look rounded.
    ends = "not known" if figure.low is None else f"{_count(figure.low)}, {_count(figure.high)}"
    return f"{_count(figure.estimate)} [{ends}]"


def _count(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.7g}"


def show_target_limit(result: TargetResult) -> str:
    """``< 500 us``, ``<= 7,000``."""
    limit = limit_of(result)
    if unit_of(result) in _COUNTS or result.limit == 0:
        byte = " B" if unit_of(result) == "byte" else ""
        return f"{limit.relation} {_count(result.limit)}{byte}"
    return f"{limit.relation} {show_value(result.limit, unit_of(result))}"


def target_levels(results: Iterable[TargetResult]) -> list[str]:
    """What the intervals are, a sentence for estimates and one for counts."""
    shown = [each for each in results if each.figure is not None]
    counted = {
        each.kind.value for each in shown if each.figure is not None and each.figure.level == 1.0
    }
    level = level_text(
        each.figure for each in shown if each.figure is not None and each.figure.level != 1.0
    )
    sentences = [level] if level else []
    if counted:
        names = ", ".join(sorted(counted))
        sentences.append(f"Brackets of {names} hold the least and the most that was counted.")
    return sentences


def target_sentences(results: Iterable[TargetResult]) -> list[str]:
    """Why what is not met is not, the worst first; alike reasons in one sentence."""
    reasons: dict[str, list[TargetResult]] = {}
    for each in worst_targets(results):
        if each.reason and each.verdict is not TargetVerdict.MET:
            reasons.setdefault(each.reason, []).append(each)
    sentences = []
    for reason, group in reasons.items():
        first = group[0]
        who = f"{visible(first.benchmark)}, {show_target_kind(first)}"
        if len(group) > 1:
            who += f" (and {len(group) - 1} more)"
        sentences.append(f"{who}: {visible(reason)}")
    return sentences


def target_lines(results: Sequence[TargetResult], *, width: int = 80) -> list[Text]:
    """Benchmarks and loads against their limits, the worst first."""
    ordered = worst_targets(results)
    if not ordered:
        return [_plain("No targets.")]
    only_time = all(each.kind is FigureKind.TIME for each in ordered)
    columns = (
        Column("benchmark"),
        Column("" if only_time else "figure"),
        Column("a call" if only_time else ""),
        Column("n", right=True),
        Column("limit"),
        Column("verdict"),
        Column(""),
    )
    names = labels([each.benchmark for each in ordered], 10_000)
    rows = [
        (
            Cell(name),
            Cell("" if only_time else show_target_kind(each)),
            Cell(show_target_figure(each)),
            Cell(_replicates(each.figure)),
            Cell(show_target_limit(each)),
            Cell(each.verdict.value, _STYLES[each.verdict]),
            Cell("" if each.hard else "reported only"),
        )
        for name, each in zip(names, ordered, strict=True)
    ]
    lines = fit_names(columns, rows, name=0, width=width)
    lines += [_plain(each, "yellow") for each in target_sentences(ordered)]
    lines.append(_plain(f"{tally(each.verdict.value for each in ordered)}."))
    return [*lines, *(_plain(each, "dim") for each in target_levels(ordered))]


def _replicates(figure: Interval | None) -> str:
    return "" if figure is None else str(figure.n)


def _plain(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ignore", end="")
