"""Allocations in the rows of a run and below those of a duel."""

from __future__ import annotations

from rich.text import Text

from perfproof.record.counting import CountComparison, CountVerdict, Meter, Span
from perfproof.report.allocations import (
    AllocationFigures,
    allocation_cells,
    allocation_notes,
    change_lines,
)


def span(value: float) -> Span:
    return Span(value, value, value, 1)


def change(
    name: str, base: float, head: float, verdict: CountVerdict, meter: Meter = "allocations"
) -> CountComparison:
    return CountComparison(
        benchmark=f"suite/test_it.py::{name}",
        meter=meter,
        base=span(base),
        head=span(head),
        ratio=span(head / base),
        verdict=verdict,
    )


def text(lines: list[Text]) -> list[str]:
    return [line.plain for line in lines]


def test_a_run_shows_counts_and_what_is_not_known_and_nothing_where_nothing_was_counted() -> None:
    figures: AllocationFigures = {"a": {"allocations": span(12), "bytes": None}}
    assert [cell.text for cell in allocation_cells(figures, "a")] == ["12", "not known"]
    assert [cell.text for cell in allocation_cells(figures, "b")] == ["", ""]
    notes = text(allocation_notes(figures, ["a", "b"]))
    assert notes == [
        "not known: the count differs from loop to loop by more than 1 %.",
        "allocations not counted: b",
    ]
    assert allocation_notes({}, ["a"]) == []


def test_only_what_changed_has_a_row_and_the_worst_comes_first() -> None:
    lines = text(
        change_lines(
            [
                change("test_less", 5, 4, CountVerdict.FEWER),
                change("test_same", 7, 7, CountVerdict.EQUAL),
                change("test_more", 12, 13, CountVerdict.MORE),
                change("test_more", 900, 1000, CountVerdict.MORE, "bytes"),
                change("test_size", 3, 3, CountVerdict.EQUAL),
                change("test_size", 100, 90, CountVerdict.FEWER, "bytes"),
                change("test_odd", 3, 4, CountVerdict.UNDECIDED),
            ],
            ["suite/test_it.py::test_gone"],
            width=100,
        )
    )
    rows = [line.split()[:2] for line in lines[1:4]]
    assert rows == [["more", "test_more"], ["fewer", "test_less"], ["fewer", "test_size"]]
    assert "+1 (12 to 13, +8.3 %)" in lines[1]
    assert "+100 (900 to 1000, +11.1 %)" in lines[1]
    assert lines[4].split()[:3] == ["not", "known", "test_odd"]
    assert "1 more, 2 fewer, 1 not known, 1 equal" in lines[5]
    assert "changes no exit code" in lines[5]
    assert lines[6] == "allocations not counted: test_gone"
    assert max(map(len, lines)) <= 100


def test_that_nothing_grew_is_said() -> None:
    (line,) = text(change_lines([change("test_same", 7, 7, CountVerdict.EQUAL)], []))
    assert line.startswith("allocations: 0 more, 1 equal")
    assert change_lines([], ["a"]) == []
