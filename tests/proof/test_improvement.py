from __future__ import annotations

import msgspec
import pytest

from perfproof.proof import Absent, Case, Finding, Stored
from perfproof.proof.kinds.improvement import ImprovementClaim
from perfproof.proof.prove import examine
from perfproof.record import Limit, Outcome, Session, Trouble
from tests.proof.planted import (
    MICROSECOND,
    OTHER,
    QUICK,
    TERMS,
    baseline,
    common,
    doors,
    session,
)


def claim(faster_by: str = "25 %", benchmark: str = "*test_quick*") -> ImprovementClaim:
    table = common(kind="improvement", baseline="first", benchmark=benchmark, faster_by=faster_by)
    return msgspec.convert(table, ImprovementClaim)


def found(
    measured: Session, stored: Stored | Absent | None = None, benchmark: str = "*test_quick*"
) -> Finding:
    through = doors(stored=baseline() if stored is None else stored)
    return examine(claim(benchmark=benchmark), Case(measured, TERMS, through))


def changed(quick: float, other: float = 1.0) -> Session:
    return session({QUICK: 20 * MICROSECOND * quick, OTHER: 50 * MICROSECOND * other}, seed=3)


def test_a_gain_that_is_there_is_proved() -> None:
    finding = found(changed(0.5))
    assert finding.outcome is Outcome.PASSED
    assert finding.reason.startswith("proved: ")
    assert finding.limit == Limit("<=", 0.75)
    assert finding.figure is not None
    assert finding.figure.estimate == pytest.approx(0.5, rel=0.05)


def test_a_gain_that_is_not_there_is_refuted() -> None:
    finding = found(changed(1.0))
    assert finding.outcome is Outcome.FAILED
    assert finding.reason.startswith("refuted: ")


def test_a_gain_of_just_that_size_is_undecided() -> None:
    finding = found(changed(0.75))
    assert finding.outcome is Outcome.UNDECIDED
    assert finding.reason.startswith("undecided: ")


def test_every_matched_benchmark_must_gain_and_the_least_is_shown() -> None:
    finding = found(changed(0.5, 1.0), benchmark="*")
    assert finding.outcome is Outcome.FAILED
    assert f"{OTHER} (the least gain of 2)" in finding.reason


def test_benchmarks_that_are_not_claimed_about_do_not_count() -> None:
    finding = found(changed(0.5, 9.0))
    assert finding.outcome is Outcome.PASSED
    assert finding.comparisons is not None
    assert [each.benchmark for each in finding.comparisons.results] == [QUICK]


def test_one_process_has_no_interval_and_proves_nothing() -> None:
    finding = found(session({QUICK: MICROSECOND}, processes=1))
    assert finding.outcome is Outcome.UNDECIDED
    assert "no interval" in finding.reason


def test_without_the_baseline_it_is_skipped() -> None:
    finding = found(changed(0.5), Absent(reason="no baseline 'first' of any machine is stored"))
    assert finding.outcome is Outcome.SKIPPED


def test_a_benchmark_that_the_baseline_has_not_is_an_error() -> None:
    finding = found(changed(0.5), baseline(session({OTHER: 50 * MICROSECOND})))
    assert finding.outcome is Outcome.ERROR
    assert f"{QUICK} has no figure in baseline 'first'" in finding.reason


def test_a_figure_that_was_lost_is_no_proof() -> None:
    trouble = Trouble(benchmark=QUICK, process=1, kind="failed", reason="boom")
    faster = session({QUICK: 10 * MICROSECOND}, troubles=[trouble], seed=3)
    assert found(faster).outcome is Outcome.ERROR


@pytest.mark.parametrize("faster_by", ["0 %", "100 %", "much"])
def test_a_gain_that_could_not_be_meant_is_refused(faster_by: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        claim(faster_by)
