"""Load runs as lines: quantiles with intervals, limits, ratios, the curve of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from perfproof.record import Interval, TargetVerdict, Verdict
from perfproof.record.load import LoadRun
from perfproof.record.quantity import show_seconds, show_share
from perfproof.report.visible import visible
from perfproof.report.wording import show_interval

__all__ = ["QuantileLine", "RatioLine", "RungLine", "ratio_lines", "run_lines", "rung_line"]

_VERDICT_STYLES = {
    TargetVerdict.MET: "green",
    TargetVerdict.MISSED: "bold red",
    TargetVerdict.UNDECIDED: "yellow",
}
_RATIO_STYLES = {
    Verdict.SLOWER: "bold red",
    Verdict.FASTER: "green",
    Verdict.SAME: "",
    Verdict.UNDECIDED: "yellow",
}
_BAR_WIDTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileLine:
    """One quantile of a run.

    Attributes:
        quantile: 0.99 for the 99 % quantile.
        figure: Seconds; ``None`` where the requests cannot carry it.
        needed: Requests that it would take then.
        limit_seconds: What it is held against, if anything.
        verdict: Of that.
    """

    quantile: float
    figure: Interval | None
    needed: int | None = None
    limit_seconds: float | None = None
    verdict: TargetVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioLine:
    """One quantile, head over base."""

    quantile: float
    verdict: Verdict
    ratio: Interval | None
    detectable: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RungLine:
    """One rate of a sweep."""

    rate: float
    verdict: TargetVerdict | None
    figure: Interval | None
    most_seconds: float
    reason: str | None = None


def run_lines(run: LoadRun, quantiles: Sequence[QuantileLine], url: str) -> list[Text]:
    """What one run saw."""
    offered = run.offered
    head = (
        f"{visible(url)}: {offered.rate:g} requests a second for {offered.seconds:g} s over"
        f" {offered.connections} connection(s), {offered.arrivals} arrivals, seed {offered.seed}"
    )
    lines = [Text(head)]
    for each in quantiles:
        lines.append(_quantile_line(each))
    lines.append(Text(_accounts(run), style="bold red" if run.failures or run.misdeeds else ""))
    if run.example is not None:
        lines.append(Text(f"  the first that failed: {visible(run.example)}"))
    return lines


def _quantile_line(line: QuantileLine) -> Text:
    name = f"  {line.quantile * 100:g} %".ljust(10)
    if line.figure is None:
        text = Text(f"{name}not known: it takes {line.needed:,} requests", style="yellow")
    else:
        text = Text(f"{name}{show_interval(line.figure, 'second')} n_eff={line.figure.n:,}")
    if line.limit_seconds is not None and line.verdict is not None:
        text.append(f"  limit {show_seconds(line.limit_seconds)}: ")
        text.append(line.verdict.value, style=_VERDICT_STYLES[line.verdict])
    return text


def _accounts(run: LoadRun) -> str:
    steal = f", steal {show_share(run.steal_share)}" if run.steal_share is not None else ""
    return (
        f"  requests {run.requests:,} = answered {run.answered:,} + refused {run.refused:,}"
        f" + too late {run.late:,} + lost {run.lost:,}; to a wrong connection {run.astray:,}"
        f", events missing {run.missing:,}{steal}"
    )


def ratio_lines(lines: Sequence[RatioLine], *, rounds: int, names: tuple[str, str]) -> list[Text]:
    """Head over base, a line a quantile."""
    base, head = names
    shown = [Text(f"{visible(head)} over {visible(base)}, {rounds} rounds of fresh servers")]
    for line in lines:
        text = Text(f"  {line.quantile * 100:g} %".ljust(10))
        text.append(line.verdict.value.ljust(11), style=_RATIO_STYLES[line.verdict])
        text.append("no figure" if line.ratio is None else show_interval(line.ratio, "ratio"))
        if line.verdict is Verdict.UNDECIDED:
            seen = "nothing" if line.detectable is None else f"+{show_share(line.detectable)}"
            text.append(f"  could have seen {seen}")
        if line.reason:
            text.append(f"  ({visible(line.reason)})")
        shown.append(text)
    return shown


def rung_line(line: RungLine) -> Text:
    """One rate with its bar: the whole width is the target."""
    text = Text(f"  {line.rate:>10,.5g}/s  ")
    if line.figure is None or line.verdict is None:
        text.append(f"{'':{_BAR_WIDTH}}  {visible(line.reason or 'no figure')}", style="yellow")
        return text
    filled = min(1.0, line.figure.estimate / line.most_seconds)
    bar = "█" * max(1, round(filled * _BAR_WIDTH))
    text.append(f"{bar:<{_BAR_WIDTH}}", style=_VERDICT_STYLES[line.verdict])
    text.append(f"  {show_interval(line.figure, 'second')}  {line.verdict.value}")
    if line.reason:
        text.append(f"  ({visible(line.reason)})")
    return text
