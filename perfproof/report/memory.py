"""Peak memory of a comparison in words: only what is not the same has a row."""

from __future__ import annotations

from collections.abc import Iterable

from perfproof.record import Comparisons, MemoryComparison, MemoryVerdict
from perfproof.report.visible import visible
from perfproof.report.wording import show_interval, show_value, tally

__all__ = ["memory_cells", "memory_sees", "memory_sentences", "show_bytes", "worst_memory"]

_WORST_FIRST = {
    MemoryVerdict.LARGER: 0,
    MemoryVerdict.UNDECIDED: 1,
    MemoryVerdict.SMALLER: 2,
    MemoryVerdict.SAME: 3,
}


def show_bytes(count: float) -> str:
    """A size in MiB: below a tenth of one no process's peak means anything."""
    return f"{count / 2**20:.1f} MiB"


def worst_memory(results: Iterable[MemoryComparison]) -> list[MemoryComparison]:
    """What is not the same: larger first, then undecided, smaller; the largest ratio first."""
    return sorted(
        (each for each in results if each.verdict is not MemoryVerdict.SAME),
        key=lambda each: (_WORST_FIRST[each.verdict], -each.ratio.estimate, each.benchmark),
    )


def memory_cells(result: MemoryComparison) -> tuple[str, str, str, str]:
    """Base, head, ratio, and processes of both."""
    return (
        show_bytes(result.base_bytes),
        show_bytes(result.head_bytes),
        show_interval(result.ratio, "ratio"),
        f"{result.pairs}/{result.pairs}",
    )


def memory_sees(result: MemoryComparison) -> str:
    """For an undecided verdict, the growth that could have been seen; otherwise nothing."""
    if result.verdict is not MemoryVerdict.UNDECIDED:
        return ""
    return "nothing" if result.detectable is None else show_value(result.detectable, "share")


def memory_sentences(comparisons: Comparisons) -> list[str]:
    """The line that sums it up, and reasons; none where memory was not compared."""
    if not comparisons.memory:
        return []
    counted = tally(
        each.value
        for verdict in _WORST_FIRST
        for each in (result.verdict for result in comparisons.memory)
        if each is verdict
    )
    if all(each.verdict is not MemoryVerdict.LARGER for each in comparisons.memory):
        counted = f"0 larger, {counted}"
    margins = dict.fromkeys(show_value(each.margin, "share") for each in comparisons.memory)
    reasons = [each for each in worst_memory(comparisons.memory) if each.reason]
    return [
        f"peak memory: {counted} (of the whole process, margin {', '.join(margins)}; chance of any"
        f" wrong 'larger' at most {show_value(comparisons.alpha, 'share')})",
        *(f"{visible(x.benchmark)}: peak memory {visible(x.reason or '')}" for x in reasons),
    ]
