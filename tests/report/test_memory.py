"""Peak memory of a comparison: rows for what is not the same, one line for all."""

from __future__ import annotations

import msgspec
import pytest

from perfproof.record import Comparisons, Interval, MemoryComparison, MemoryVerdict
from perfproof.report import (
    PageContent,
    comparison_lines,
    comparison_markdown,
    html_page,
)
from tests.report.shown import HOSTILE, comparisons, proof, session

MIB = 1 << 20


def peak(name: str, ratio: float, verdict: MemoryVerdict, **changes: object) -> MemoryComparison:
    given: dict[str, object] = {
        "benchmark": f"b.py::{name}",
        "ratio": Interval(ratio, ratio * 0.99, ratio * 1.01, 0.999, 8),
        "margin": 0.05,
        "verdict": verdict,
        "detectable": 0.07,
        "base_bytes": 60.0 * MIB,
        "head_bytes": 60.0 * MIB * ratio,
        "pairs": 8,
    }
    return MemoryComparison(**(given | changes))  # type: ignore[arg-type]


ALL = (
    peak("still", 1.0, MemoryVerdict.SAME),
    peak("still_too", 1.0, MemoryVerdict.SAME),
    peak("lean", 0.7, MemoryVerdict.SMALLER),
    peak("doubtful", 1.05, MemoryVerdict.UNDECIDED, reason="larger at first, not again"),
    peak("greedy", 1.5, MemoryVerdict.LARGER),
    peak("greedier", 2.5, MemoryVerdict.LARGER),
)


def weighed(*memory: MemoryComparison) -> Comparisons:
    return msgspec.structs.replace(comparisons(), memory=memory)


def added(*memory: MemoryComparison) -> list[str]:
    """What memory adds below the lines of the same comparison without it."""
    bare = [each.plain for each in comparison_lines(comparisons())]
    lines = [each.plain for each in comparison_lines(weighed(*memory))]
    assert lines[: len(bare)] == bare
    return lines[len(bare) :]


def test_what_is_not_the_same_has_a_row_worst_first() -> None:
    lines = added(*ALL)
    assert [line.split()[0] for line in lines[1:5]] == ["greedier", "greedy", "doubtful", "lean"]
    assert "60.0 MiB   90.0 MiB  +50.0 % [+48.5, +51.5]  8/8  larger" in lines[2]
    assert lines[3].endswith("undecided   7 %")
    assert max(map(len, lines[:5])) <= 80


def test_one_line_sums_it_up_with_margin_and_error() -> None:
    assert added(*ALL)[5:] == [
        "peak memory: 2 larger, 1 undecided, 1 smaller, 2 same (of the whole process, margin 5 %;"
        " chance of any wrong 'larger' at most 1 %)",
        "b.py::doubtful: peak memory larger at first, not again",
    ]


def test_where_all_is_the_same_there_is_only_that_line() -> None:
    (line,) = added(*ALL[:2])
    assert line.startswith("peak memory: 0 larger, 2 same (")


def test_without_memory_nothing_is_added() -> None:
    assert added() == []


def test_markdown_and_the_page_say_the_same() -> None:
    text = comparison_markdown(weighed(*ALL))
    assert "| larger | `b.py::greedy` | 60.0 MiB | 90.0 MiB |" in text
    assert "- peak memory: 2 larger, 1 undecided, 1 smaller, 2 same" in text
    assert "still" not in text
    page = page_of(weighed(*ALL))
    assert "90.0 MiB" in page
    assert "peak memory: 2 larger" in page


@pytest.mark.parametrize("field", ["benchmark", "reason"])
def test_a_hostile_name_is_no_markup(field: str) -> None:
    hostile = weighed(peak("x", 1.5, MemoryVerdict.LARGER, **{field: HOSTILE}))
    assert "\x1b" not in "".join(line.plain for line in comparison_lines(hostile))
    for text in (comparison_markdown(hostile), page_of(hostile)):
        assert "<script>alert(1)" not in text
        assert "\x1b" not in text


def page_of(shown: Comparisons) -> str:
    return html_page(PageContent(proof(), ("no rule",), session(1), comparisons=(shown,)), None)
