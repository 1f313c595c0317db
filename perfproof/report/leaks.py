"""Leaks in words: a line a benchmark, and below it each line of code that keeps something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from perfproof.record import Frame, Interval, Leak, LeakResult, LeakVerdict, Trouble
from perfproof.report.visible import visible
from perfproof.report.wording import tally

__all__ = ["leak_lines", "leak_sentence", "place_of", "result_line"]

_STYLES = {
    LeakVerdict.LEAK: "bold red",
    LeakVerdict.UNDECIDED: "yellow",
    LeakVerdict.FREE: "green",
}
_WORDS = {
    "memory": "memory blocks",
    "native": "native bytes",
    "descriptor": "file descriptors",
    "socket": "sockets",
    "task": "asyncio tasks",
    "thread": "threads",
    "file": "temporary files",
    "garbage": "uncollectable objects",
}
_MOST_LEAKS = 4
_MOST_CALLERS = 4


def leak_lines(
    results: Sequence[LeakResult], troubles: Sequence[Trouble], *, callers: int = _MOST_CALLERS
) -> list[Text]:
    """What was found, benchmark by benchmark, and the sum of it."""
    lines = []
    for result in results:
        lines.append(result_line(result))
        for leak in result.leaks[:_MOST_LEAKS]:
            lines += _leak(leak, callers)
        more = len(result.leaks) - _MOST_LEAKS
        if more > 0:
            lines.append(Text(f"    and {more} more places"))
    for trouble in troubles:
        name = visible(trouble.benchmark or "the suite")
        style = "cyan" if trouble.kind == "skipped" else "bold red"
        lines.append(Text(f"{name}: {trouble.kind}: {visible(trouble.reason)}", style=style))
    lines += [Text(each) for each in _sum(results, troubles)]
    return lines


def result_line(result: LeakResult) -> Text:
    """The verdict on one benchmark, its operations, and what could have been seen."""
    name = visible(result.benchmark)
    if result.reason is not None:
        said = f"{name}: {result.verdict} ({visible(result.reason)})"
    elif result.verdict is LeakVerdict.FREE:
        every = result.visible_every
        seen = "" if every is None else f" ({_could_see(every)})"
        said = f"{name}: no leak in {result.operations:,} operations{seen}"
    else:
        said = f"{name}: {result.verdict} in {result.operations:,} operations"
    return Text(said, style=_STYLES[result.verdict])


def _could_see(every: int) -> str:
    often = "of each" if every == 1 else f"every {every:,} operations"
    return f"one object kept {often} would show"


def leak_sentence(leak: Leak) -> str:
    """What one place keeps, with interval, and where it is."""
    figures = []
    if leak.size is not None:
        figures.append(f"{_rate(leak.size)} bytes")
    if leak.kept != "native":
        figures.append(f"{_rate(leak.objects)} {_WORDS[leak.kept]}")
    kind = "native memory: " if leak.kept == "native" else ""
    reason = f" ({leak.verdict}: {visible(leak.reason)})" if leak.reason else ""
    return f"{kind}{', '.join(figures)} an operation at {place_of(leak)}{reason}"


def place_of(leak: Leak) -> str:
    """``file:line in function``, or that the place is not known."""
    return _where(leak.stack[0]) if leak.stack else "a place that is not known"


def _where(frame: Frame) -> str:
    return f"{visible(frame.file)}:{frame.line} in {visible(frame.function)}"


def _leak(leak: Leak, callers: int) -> Iterable[Text]:
    yield Text(f"  {leak_sentence(leak)}", style=_STYLES[leak.verdict])
    if not leak.stack:
        return
    if leak.stack[0].source:
        yield Text(f"      {visible(leak.stack[0].source)}")
    for frame in leak.deeper[:1]:
        yield Text(f"    allocated in {_where(frame)}")
    for frame in leak.stack[1:callers]:
        yield Text(f"    called from {_where(frame)}")


def _rate(figure: Interval) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.estimate:.3g} [not known]"
    return f"{figure.estimate:.3g} [{figure.low:.3g}, {figure.high:.3g}]"


def _sum(results: Sequence[LeakResult], troubles: Sequence[Trouble]) -> list[str]:
    words = [
        {LeakVerdict.FREE: "without a leak"}.get(each.verdict, str(each.verdict))
        for each in sorted(results, key=lambda each: list(_STYLES).index(each.verdict))
    ]
    counted = tally([*words, *(each.kind for each in troubles)])
    shown = [each for result in results for each in result.leaks]
    if not shown:
        return [f"{counted}."]
    first = shown[0].objects
    level = "" if first.level is None else f" with {first.level * 100:.4g} % confidence"
    return [
        f"{counted}.",
        f"Brackets: lowest and highest of {first.n} rounds; they hold the median rate{level}.",
    ]
