from __future__ import annotations

import msgspec
import pytest

from perfproof.errors import ResultFileError
from perfproof.proof import Absent, Case, Finding, Stored
from perfproof.proof.kinds.baseline import BaselineClaim
from perfproof.proof.prove import examine
from perfproof.record import Fingerprint, Limit, Outcome, Session, Trouble
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


def claim(slower_by: str = "25 %") -> BaselineClaim:
    table = common(kind="baseline", baseline="current", slower_by=slower_by)
    return msgspec.convert(table, BaselineClaim)


def found(measured: Session, stored: Stored | Absent, slower_by: str = "25 %") -> Finding:
    return examine(claim(slower_by), Case(measured, TERMS, doors(stored=stored)))


def slower(quick: float, other: float) -> Session:
    return session({QUICK: 20 * MICROSECOND * quick, OTHER: 50 * MICROSECOND * other}, seed=3)


def test_it_passes_on_identical_code() -> None:
    finding = found(slower(1.0, 1.0), baseline())
    assert finding.outcome is Outcome.PASSED
    assert finding.figure is not None
    assert finding.figure.low is not None
    assert finding.figure.high is not None
    assert finding.figure.low < 1.0 < finding.figure.high
    assert finding.limit == Limit("<", 1.25)
    assert finding.comparisons is not None
    assert len(finding.comparisons.results) == 2


def test_it_fails_when_the_suite_is_surely_slower() -> None:
    finding = found(slower(2.0, 2.0), baseline())
    assert finding.outcome is Outcome.FAILED
    assert finding.figure is not None
    assert finding.figure.estimate == pytest.approx(2.0, rel=0.05)


def test_it_fails_when_one_benchmark_is_surely_slower_though_the_suite_is_not() -> None:
    finding = found(slower(3.0, 0.3), baseline())
    assert finding.outcome is Outcome.FAILED
    assert finding.reason.startswith(f"slower by more than 25 %: {QUICK}")
    assert finding.figure is not None
    assert finding.figure.estimate < 1.0


def test_it_is_undecided_when_the_interval_holds_the_limit() -> None:
    assert found(slower(1.25, 1.25), baseline()).outcome is Outcome.UNDECIDED


def test_it_is_undecided_on_one_process() -> None:
    finding = found(session(processes=1), baseline())
    assert finding.outcome is Outcome.UNDECIDED
    assert "one process" in finding.reason


def test_without_a_baseline_of_this_machine_it_is_skipped_and_says_what_differs() -> None:
    finding = found(session(), Absent(reason="the nearest differs in kernel: 6.1 against 6.5"))
    assert finding.outcome is Outcome.SKIPPED
    assert "kernel: 6.1 against 6.5" in finding.reason


def test_a_damaged_baseline_is_an_error() -> None:
    def damaged(name: str, _: Fingerprint) -> Stored:
        raise ResultFileError("was altered", where=name)

    through = doors(stored=baseline())
    broken = Case(
        session(),
        TERMS,
        type(through)(
            root=through.root,
            run_command=through.run_command,
            find_baseline=damaged,
            now=through.now,
        ),
    )
    finding = examine(claim(), broken)
    assert finding.outcome is Outcome.ERROR
    assert finding.reason == "current: was altered"


def test_nothing_in_common_is_an_error() -> None:
    strange = session({"benchmarks/test_it.py::test_new": MICROSECOND})
    assert found(strange, baseline()).outcome is Outcome.ERROR


def test_a_figure_that_was_lost_is_no_pass() -> None:
    trouble = Trouble(benchmark=OTHER, process=1, kind="timeout", reason="silent for 60 s")
    measured = session({QUICK: 20 * MICROSECOND}, troubles=[trouble], seed=3)
    finding = found(measured, baseline())
    assert finding.outcome is Outcome.ERROR
    assert "silent for 60 s" in finding.reason


def test_a_test_that_its_suite_skips_is_no_loss() -> None:
    trouble = Trouble(benchmark=OTHER, process=1, kind="skipped", reason="needs a server")
    measured = session({QUICK: 20 * MICROSECOND}, troubles=[trouble], seed=3)
    finding = found(measured, baseline())
    assert finding.outcome is Outcome.PASSED
    assert finding.reason.endswith("; 1 of the baseline had no figure to compare")


def test_it_needs_every_benchmark() -> None:
    assert claim().needs([QUICK, OTHER]) == (QUICK, OTHER)


@pytest.mark.parametrize("slower_by", ["0 %", "5", "-5 %"])
def test_a_slowdown_that_could_not_be_meant_is_refused(slower_by: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        claim(slower_by)
