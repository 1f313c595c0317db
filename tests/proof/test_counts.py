"""``kind = "counts"``: counts that a fake door tells."""

from __future__ import annotations

import msgspec
import pytest

from perfproof.proof import Ending
from perfproof.proof.claim import Finding
from perfproof.proof.kinds.counts import CountsClaim
from perfproof.record import Outcome
from perfproof.record.counting import CountFigure, CountReport, Span
from tests.proof import planted


def claim(limit: float = 100) -> CountsClaim:
    return CountsClaim(
        id="c",
        phase="p",
        claim="little is allocated",
        kind="counts",
        benchmark="benchmarks/test_it.py",
        meter="allocations",
        limit=limit,
    )


def report(low: float, high: float) -> CountReport:
    span = Span(low, low, high, 1)
    return CountReport(counts=(CountFigure(benchmark="b", meter="allocations", span=span),))


def found(told: CountReport | str, *, status: int | None = 0) -> Finding:
    text = told if isinstance(told, str) else msgspec.json.encode(told).decode()
    ending = Ending(status=status, output=f"a table\n{text}\n", errors="")
    return claim().examine(planted.case(through=planted.doors(ending=ending)))


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (90, 100, Outcome.PASSED),
        (101, 102, Outcome.FAILED),
        (99, 101, Outcome.UNDECIDED),
    ],
)
def test_the_largest_count_is_held_against_the_limit(
    low: float, high: float, outcome: Outcome
) -> None:
    assert found(report(low, high)).outcome is outcome


def test_an_absent_meter_is_skipped_and_said() -> None:
    finding = found(CountReport(absent={"allocations": "memray is not installed"}))
    assert finding.outcome is Outcome.SKIPPED
    assert "memray is not installed" in finding.reason


@pytest.mark.parametrize(
    "told", [CountReport(), CountReport(troubles=("b failed: raised",)), "no JSON", ""]
)
def test_nothing_counted_is_an_error_and_never_a_pass(told: CountReport | str) -> None:
    assert found(told).outcome is Outcome.ERROR


def test_a_counting_that_was_ended_is_an_error() -> None:
    assert found("", status=None).outcome is Outcome.ERROR
