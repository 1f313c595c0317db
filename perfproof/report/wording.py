"""Records into the words and figures that every output uses alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from perfproof.record import (
    Check,
    Comparison,
    Comparisons,
    Interval,
    Limit,
    Outcome,
    TargetResult,
    TargetVerdict,
    Verdict,
)
from perfproof.record.quantity import parse_seconds, show_ratio, show_seconds, show_share
from perfproof.record.sizes import show_amount
from perfproof.report.visible import shorten_middle, visible

__all__ = [
    "COMPARISON_WORST_FIRST",
    "OUTCOME_SYMBOLS",
    "TARGET_WORST_FIRST",
    "comparison_sentences",
    "cpu_sentences",
    "labels",
    "level_text",
    "show_detectable",
    "show_figure",
    "show_interval",
    "show_limit",
    "show_value",
    "tally",
    "worst_checks",
    "worst_comparisons",
    "worst_targets",
]

OUTCOME_SYMBOLS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.UNDECIDED: "?",
    Outcome.SKIPPED: "–",  # noqa: RUF001 - a dash is what is meant
    Outcome.ERROR: "!",
}
"""One character an outcome; never the only thing that tells it."""

COMPARISON_WORST_FIRST = {
    Verdict.SLOWER: 0,
    Verdict.UNDECIDED: 1,
    Verdict.FASTER: 2,
    Verdict.SAME: 3,
}
TARGET_WORST_FIRST = {
    TargetVerdict.MISSED: 0,
    TargetVerdict.UNDECIDED: 1,
    TargetVerdict.MET: 2,
}
_CHECK_WORST_FIRST = {
    Outcome.FAILED: 0,
    Outcome.ERROR: 1,
    Outcome.UNDECIDED: 2,
    Outcome.SKIPPED: 3,
    Outcome.PASSED: 4,
}
_NOT_KNOWN = "not known"


def show_value(value: float | None, unit: str | None) -> str:
    """A value with its unit: seconds, ratios and shares as people read them.

    Args:
        value: In SI; ``None`` when it is not known.
        unit: ``second``, ``ratio``, ``share``, ``byte``, or a word that is shown as it is.
    """
    if value is None:
        return _NOT_KNOWN
    if unit == "second":
        return show_seconds(value)
    if unit == "ratio":
        return show_ratio(value)
    if unit == "share":
        return show_share(value)
    if unit == "byte":
        return show_amount(value, unit)
    return f"{value:.3g} {visible(unit)}" if unit else f"{value:.3g}"


def show_interval(figure: Interval, unit: str | None) -> str:
    """A figure and its interval in one unit: ``21.3 us [20.9, 21.8]``; without its n."""
    if figure.low is None or figure.high is None:
        return f"{show_value(figure.estimate, unit)} [{_NOT_KNOWN}]"
    if unit == "second":
        return _seconds_interval(figure.estimate, figure.low, figure.high)
    if unit == "ratio":
        return _ratio_interval(figure.estimate, figure.low, figure.high)
    if unit == "share":
        ends = f"{figure.low * 100:.3g}, {figure.high * 100:.3g}"
        return f"{show_share(figure.estimate)} [{ends}]"
    if unit == "byte":
        ends = f"{show_amount(figure.low, unit)}, {show_amount(figure.high, unit)}"
        return f"{show_amount(figure.estimate, unit)} [{ends}]"
    return f"{show_value(figure.estimate, unit)} [{figure.low:.3g}, {figure.high:.3g}]"


def _seconds_interval(estimate: float, low: float, high: float) -> str:
    shown = show_seconds(estimate)
    number, unit = shown.split(" ")
    size = parse_seconds(f"1 {unit}")
    decimals = len(number.partition(".")[2])
    return f"{shown} [{low / size:.{decimals}f}, {high / size:.{decimals}f}]"


def _ratio_interval(estimate: float, low: float, high: float) -> str:
    percents = [(value - 1.0) * 100.0 for value in (estimate, low, high)]
    if all(abs(percent) < 99.95 for percent in percents):
        middle, lower, upper = percents
        return f"{middle:+.1f} % [{lower:+.1f}, {upper:+.1f}]"
    return f"x {estimate:.3g} [{low:.3g}, {high:.3g}]"


def show_figure(figure: Interval | None, unit: str | None) -> str:
    """A figure with unit, interval and n, or that there is none."""
    if figure is None:
        return "no figure"
    return f"{show_interval(figure, unit)} n={figure.n}"


def show_limit(limit: Limit | None, unit: str | None) -> str:
    """What a figure is held against: ``< 500 us``; nothing where there is no limit."""
    if limit is None:
        return ""
    # A limit is somebody's round number: 10 us, not 10.0 us.
    number, space, rest = show_value(limit.value, unit).partition(" ")
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{limit.relation} {number}{space}{rest}"


def show_detectable(comparison: Comparison) -> str:
    """For an undecided verdict, what could have been seen; otherwise nothing."""
    if comparison.verdict is not Verdict.UNDECIDED:
        return ""
    return "nothing" if comparison.detectable is None else show_share(comparison.detectable)


def level_text(figures: Iterable[Interval | None]) -> str:
    """A sentence on the confidence of the intervals shown; empty where there are none."""
    levels = sorted({figure.level for figure in figures if figure and figure.level is not None})
    if not levels:
        return ""
    shown = [_level(level) for level in (levels[0], levels[-1])]
    span = shown[0] if shown[0] == shown[1] else f"{shown[0]} to {shown[1]}"
    return f"Intervals in brackets hold the true figure with {span} confidence each."


def _level(level: float) -> str:
    # Family-corrected levels crowd below 1: 0.99995 must not be shown as 100 %.
    return f"{level * 100:.6g} %"


def labels(ids: Sequence[str], width: int) -> list[str]:
    """Names for a table's first column, no two alike, mostly in ``width`` characters.

    The part after the last ``::`` stands alone where that tells the rows apart; what is still too
    long loses its middle, unless two would then look the same.
    """
    seen = [visible(each) for each in ids]
    for candidates in (
        [shorten_middle(each.rpartition("::")[2] or each, width) for each in seen],
        [shorten_middle(each, width) for each in seen],
    ):
        if len(set(candidates)) == len(set(ids)):
            return candidates
    return seen


def tally(words: Iterable[str]) -> str:
    """How many of each, in the order they are first seen: ``2 slower, 5 same``."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "none"


def worst_comparisons(results: Iterable[Comparison]) -> list[Comparison]:
    """Slower first, then undecided, faster, same; in each the largest ratio first."""
    return sorted(
        results,
        key=lambda each: (
            COMPARISON_WORST_FIRST[each.verdict],
            -each.ratio.estimate,
            each.benchmark,
        ),
    )


def worst_targets(results: Iterable[TargetResult]) -> list[TargetResult]:
    """Missed first, then undecided, met; in each what uses most of its limit first."""
    return sorted(
        results,
        key=lambda each: (
            TARGET_WORST_FIRST[each.verdict],
            -_used(each),
            each.benchmark,
        ),
    )


def _used(result: TargetResult) -> float:
    """Share of its limit that a figure uses; what has none uses all of it."""
    if result.figure is None or result.limit == 0:
        return 1.0
    return result.figure.estimate / result.limit


def worst_checks(checks: Iterable[Check]) -> list[Check]:
    """Failed first, then errors, undecided, skipped, passed; otherwise in their given order."""
    return sorted(checks, key=lambda check: _CHECK_WORST_FIRST[check.outcome])


def comparison_sentences(comparisons: Comparisons) -> list[str]:
    """What stands under a comparison's table: totals, error allowed, what has no partner."""
    ordered = worst_comparisons(comparisons.results)
    sentences = [f"{tally(each.verdict.value for each in ordered)}."]
    margins = sorted({each.margin for each in ordered})
    if margins:
        shown = " to ".join(
            dict.fromkeys(show_value(m, "share") for m in (margins[0], margins[-1]))
        )
        sentences.append(
            f"Margin {shown}; chance of any wrong 'slower' in the whole suite at most"
            f" {show_value(comparisons.alpha, 'share')}; n counts processes, base/head."
        )
    levels = level_text(each.ratio for each in ordered)
    sentences += [levels] if levels else []
    for title, ids in (
        ("Only in head", comparisons.added),
        ("Only in base", comparisons.removed),
        ("Source differs, so the ratio holds that change too", comparisons.changed_source),
    ):
        if ids:
            sentences.append(f"{title} ({len(ids)}): {_some(ids)}.")
    sentences += [visible(note) for note in comparisons.notes]
    reasons = [each for each in ordered if each.reason]
    sentences += [f"{visible(each.benchmark)}: {visible(each.reason or '')}" for each in reasons]
    return sentences


def cpu_sentences(comparisons: Comparisons) -> list[str]:
    """The line under the CPU times of programs, and reasons; none where there are none."""
    ordered = worst_comparisons(comparisons.cpu)
    if not ordered:
        return []
    reasons = [each for each in ordered if each.reason]
    return [
        f"CPU time of programs: {tally(each.verdict.value for each in ordered)} (in all threads and"
        " in processes waited for; judged with the times above, as one suite)",
        *(f"{visible(x.benchmark)}: CPU time {visible(x.reason or '')}" for x in reasons),
    ]


def _some(ids: Sequence[str], most: int = 10) -> str:
    shown = ", ".join(visible(each) for each in ids[:most])
    return shown if len(ids) <= most else f"{shown} and {len(ids) - most} more"
