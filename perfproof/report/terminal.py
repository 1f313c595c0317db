"""Records as lines for a terminal or a log; ``print_lines`` is the one place that prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from perfproof.record import (
    Check,
    Comparison,
    Comparisons,
    Decision,
    Interval,
    MemoryVerdict,
    Outcome,
    Proof,
    Session,
    Verdict,
)
from perfproof.report.allocations import AllocationFigures, allocation_cells, allocation_notes
from perfproof.report.columns import Cell, Column, fit_names, lay_out
from perfproof.report.memory import memory_cells, memory_sees, memory_sentences, worst_memory
from perfproof.report.visible import shorten_middle, visible
from perfproof.report.wording import (
    OUTCOME_SYMBOLS,
    comparison_sentences,
    cpu_sentences,
    labels,
    level_text,
    show_detectable,
    show_figure,
    show_interval,
    show_limit,
    show_value,
    tally,
    worst_comparisons,
)

__all__ = [
    "check_line",
    "check_lines",
    "comparison_lines",
    "decision_lines",
    "print_lines",
    "session_lines",
]

_WIDEST_ID = 25
_OUTCOME_STYLES = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.UNDECIDED: "yellow",
    Outcome.SKIPPED: "cyan",
    Outcome.ERROR: "bold magenta",
}
_VERDICT_STYLES = {
    Verdict.SLOWER: "bold red",
    Verdict.FASTER: "green",
    Verdict.SAME: "",
    Verdict.UNDECIDED: "yellow",
}
_MEMORY_STYLES = {
    MemoryVerdict.LARGER: "bold red",
    MemoryVerdict.SMALLER: "green",
    MemoryVerdict.SAME: "",
    MemoryVerdict.UNDECIDED: "yellow",
}
_ASCII = str.maketrans({"✓": "+", "✗": "x", "–": "-", "…": "~", "µ": "u"})  # noqa: RUF001


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Print each line as one line, whatever the width, in letters that the output can carry."""
    for line in lines:
        shown = line if _carries(console, line.plain) else _plainer(line)
        console.print(shown, soft_wrap=True, crop=False, no_wrap=True, highlight=False, emoji=False)


def _carries(console: Console, text: str) -> bool:
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _plainer(line: Text) -> Text:
    plain = line.plain.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
    return Text(plain, style=line.style, end="")


def check_lines(checks: Sequence[Check], *, width: int = 80) -> list[Text]:
    """One line a check: symbol, id, figure with unit, interval and n, limit, outcome.

    Args:
        checks: In the order that they are to stand in.
        width: Terminal cells to fit into where the figures leave room for names.
    """
    columns = (Column(""),) * 5
    rows = [_check_cells(check, check.id) for check in checks]
    return fit_names(columns, rows, name=1, width=width)


def check_line(check: Check, ids: Sequence[str]) -> Text:
    """One check as a line that stands under and over those of the checks ``ids``.

    For telling each check as soon as it is there, when the widths of the others are not known.
    """
    room = min(_WIDEST_ID, max((len(each) for each in ids), default=0))
    columns = tuple(Column("", least=least) for least in (1, room, 28, 9, 0))
    return lay_out(columns, [_check_cells(check, shorten_middle(check.id, _WIDEST_ID))])[0]


def _check_cells(check: Check, name: str) -> tuple[Cell, ...]:
    return (
        Cell(OUTCOME_SYMBOLS[check.outcome], _OUTCOME_STYLES[check.outcome]),
        Cell(name),
        Cell(show_figure(check.figure, check.unit)),
        Cell(show_limit(check.limit, check.unit)),
        Cell(check.outcome.value, _OUTCOME_STYLES[check.outcome]),
    )


def decision_lines(
    proof: Proof, risk_rule: Sequence[str], *, package: str | None = None, left_out: int = 0
) -> list[Text]:
    """What follows the checks: why some did not pass, the risk, the package, GO or NO-GO.

    Args:
        proof: The evidence.
        risk_rule: The rule behind the rating, a line each, as ``perfproof.proof`` states it.
        package: Where the evidence was written; ``None`` when it was not.
        left_out: Mandatory checks that were not asked for; with any there is no GO.
    """
    lines: list[Text] = []
    for check in proof.checks:
        if check.outcome is Outcome.PASSED:
            continue
        lines.append(_plain(f"{check.id}: {visible(check.reason)}", "bold"))
        lines.append(_plain(f"  repeat it: {visible(check.command)}"))
    levels = level_text(check.figure for check in proof.checks)
    if levels:
        lines.append(_plain(levels, "dim"))
    lines.append(_plain(f"Risk: {proof.risk.value}"))
    lines.extend(_plain(f"  because {visible(reason)}") for reason in proof.risk_reasons)
    lines.extend(_plain(f"  rule: {visible(line)}", "dim") for line in risk_rule)
    if package is not None:
        lines.append(_plain(f"Evidence: {visible(package)}"))
    lines.append(_last_line(proof, left_out))
    return lines


def _last_line(proof: Proof, left_out: int) -> Text:
    lost = {Outcome.FAILED, Outcome.ERROR}
    if left_out and not any(each.mandatory and each.outcome in lost for each in proof.checks):
        counts = tally(check.outcome.value for check in proof.checks)
        return _plain(f"No decision: {left_out} mandatory checks were not asked for ({counts})")
    style = "bold green" if proof.decision is Decision.GO else "bold red"
    return _plain(proof.decision.value, style)


def comparison_lines(comparisons: Comparisons, *, width: int = 80) -> list[Text]:
    """Head against base: a table, the worst first, and what the whole suite says."""
    ordered = worst_comparisons(comparisons.results)
    lines = [_plain(f"{visible(comparisons.head)} against {visible(comparisons.base)}", "bold")]
    lines += _compared("benchmark", ordered, width)
    if any(show_detectable(each) for each in ordered):
        lines.append(_plain("sees: the smallest slowdown that this data could have shown."))
    lines += [_plain(sentence) for sentence in comparison_sentences(comparisons)]
    lines += _compared("CPU time", worst_comparisons(comparisons.cpu), width)
    lines += [_plain(sentence) for sentence in cpu_sentences(comparisons)]
    return [*lines, *_memory_lines(comparisons, width)]


def _compared(first: str, ordered: Sequence[Comparison], width: int) -> list[Text]:
    names = labels([each.benchmark for each in ordered], 10_000)
    rows = [
        (
            Cell(name),
            Cell(show_value(each.base_seconds, "second")),
            Cell(show_value(each.head_seconds, "second")),
            Cell(show_interval(each.ratio, "ratio")),
            Cell(f"{each.base_processes}/{each.head_processes}"),
            Cell(each.verdict.value, _VERDICT_STYLES[each.verdict]),
            Cell(show_detectable(each)),
        )
        for name, each in zip(names, ordered, strict=True)
    ]
    return fit_names(_compared_columns(first), rows, name=0, width=width) if rows else []


def _compared_columns(first: str) -> tuple[Column, ...]:
    return (
        Column(first),
        Column("base", right=True),
        Column("head", right=True),
        Column("ratio"),
        Column("n"),
        Column("verdict"),
        Column("sees", right=True),
    )


def _memory_lines(comparisons: Comparisons, width: int) -> list[Text]:
    """Peak memory: a row for what is not the same, and a line for all."""
    columns = _compared_columns("peak memory")
    rows = [
        (
            Cell(each.benchmark),
            *(Cell(text) for text in memory_cells(each)),
            Cell(each.verdict.value, _MEMORY_STYLES[each.verdict]),
            Cell(memory_sees(each)),
        )
        for each in worst_memory(comparisons.memory)
    ]
    lines = fit_names(columns, rows, name=0, width=width) if rows else []
    return [*lines, *(_plain(sentence) for sentence in memory_sentences(comparisons))]


def session_lines(
    session: Session,
    figures: Mapping[str, Interval],
    allocations: AllocationFigures | None = None,
    *,
    width: int = 80,
) -> list[Text]:
    """What a run measured: typical seconds a call with interval and processes, and troubles.

    Args:
        session: As measured.
        figures: Typical seconds of a call by benchmark id, from the judge.
        allocations: Allocations and bytes a call by benchmark id, where they were counted.
        width: Terminal cells to fit into.
    """
    ids = [benchmark.id for benchmark in session.benchmarks]
    names = labels(ids, 10_000)
    numbers = ("processes", "allocations", "bytes")
    columns = (Column("benchmark"), Column("a call"), *(Column(x, right=True) for x in numbers))
    counted = allocations or {}
    rows = []
    for name, each in zip(names, ids, strict=True):
        figure = figures.get(each)
        shown = Cell(show_interval(figure, "second")) if figure else Cell("no figure", "yellow")
        processes = Cell(str(figure.n) if figure else "0")
        rows.append((Cell(name), shown, processes, *allocation_cells(counted, each)))
    lines = fit_names(columns, rows, name=0, width=width) if rows else [_plain("No benchmark.")]
    for trouble in session.troubles:
        who = visible(trouble.benchmark) if trouble.benchmark else "a whole process"
        lines.append(_plain(f"{who} {trouble.kind}: {visible(trouble.reason)}", "yellow"))
    if not session.complete:
        lines.append(_plain("The session was not brought to its end.", "bold yellow"))
    levels = level_text(figures.values())
    lines += [_plain(levels, "dim")] if levels else []
    return [*lines, *allocation_notes(counted, [each for each in ids if each in figures])]


def _plain(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ignore", end="")
