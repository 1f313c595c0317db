"""Leaks of two versions in words: a line a benchmark, and below it what either side keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from perfproof.record import (
    Interval,
    LeakChange,
    LeakComparison,
    LeakResult,
    Trouble,
)
from perfproof.report.leaks import leak_sentence
from perfproof.report.visible import visible
from perfproof.report.wording import tally

__all__ = ["change_lines"]

_STYLES = {
    LeakChange.LEAKIER: "bold red",
    LeakChange.UNDECIDED: "yellow",
    LeakChange.TIGHTER: "green",
    LeakChange.SAME: "",
}
_MOST_LEAKS = 3


def change_lines(comparisons: Sequence[LeakComparison], troubles: Sequence[Trouble]) -> list[Text]:
    """Head against base: all that is not the same without a leak, and the sum."""
    lines: list[Text] = []
    order = list(_STYLES)
    sorted_ones = sorted(comparisons, key=lambda each: order.index(each.verdict))
    for each in sorted_ones:
        if each.verdict is not LeakChange.SAME or each.head.leaks:
            lines += _one(each)
    for trouble in troubles:
        name = visible(trouble.benchmark or "the suite")
        said = f"{name}: {trouble.kind} on the {trouble.side}: {visible(trouble.reason)}"
        lines.append(Text(said, style="cyan" if trouble.kind == "skipped" else "bold red"))
    words = [str(each.verdict) for each in sorted_ones]
    counted = tally([*words, *(each.kind for each in troubles)])
    if LeakChange.LEAKIER not in words:
        counted = f"0 leakier, {counted}"
    lines.append(Text(f"{counted}."))
    return lines


def _one(comparison: LeakComparison) -> Iterable[Text]:
    figure = "" if comparison.ratio is None else f", {_ratio(comparison.ratio)} times the base"
    reason = f" ({visible(comparison.reason)})" if comparison.reason else ""
    name = visible(comparison.benchmark)
    style = _STYLES[comparison.verdict]
    yield Text(f"{name}: {comparison.verdict}{figure}{reason}", style=style)
    yield from _side("base", comparison.base)
    yield from _side("head", comparison.head)


def _side(word: str, result: LeakResult) -> Iterable[Text]:
    if result.reason is not None:
        yield Text(f"  {word}: {result.verdict}: {visible(result.reason)}")
    elif not result.leaks:
        yield Text(f"  {word}: no leak in {result.operations:,} operations")
    for leak in result.leaks[:_MOST_LEAKS]:
        yield Text(f"  {word}: {leak_sentence(leak)}")


def _ratio(ratio: Interval) -> str:
    if ratio.low is None or ratio.high is None:
        return f"{ratio.estimate:.3g} [not known]"
    return f"{ratio.estimate:.3g} [{ratio.low:.3g}, {ratio.high:.3g}]"
