from __future__ import annotations

import msgspec
import pytest

from perfproof.errors import SettingError
from perfproof.proof import Finding
from perfproof.proof.kinds.target import TargetClaim
from perfproof.proof.prove import examine
from perfproof.record import Limit, Outcome, Session, Trouble
from tests.proof.planted import MICROSECOND, OTHER, QUICK, case, common, session


def target(limit: str = "30 us", benchmark: str = "*test_quick[[]1]") -> TargetClaim:
    table = common(kind="target", benchmark=benchmark.replace("[[]", "["), limit=limit)
    return msgspec.convert(table, TargetClaim)


def found(claim: TargetClaim, measured: Session | None = None) -> Finding:
    return examine(claim, case(measured))


def lost(kind: str, benchmark: str | None = QUICK) -> Trouble:
    return Trouble(benchmark=benchmark, process=3, kind=kind, reason="boom")  # type: ignore[arg-type]


def test_it_passes_when_the_whole_interval_is_under_the_limit() -> None:
    finding = found(target("30 us"))
    assert finding.outcome is Outcome.PASSED
    assert finding.figure is not None
    assert finding.figure.n == 10
    assert finding.figure.estimate == pytest.approx(20 * MICROSECOND, rel=0.02)
    assert finding.limit == Limit("<", 30 * MICROSECOND)
    assert finding.unit == "second"
    assert "all of it under 30.0 us" in finding.reason


def test_it_fails_when_the_whole_interval_is_above_the_limit() -> None:
    finding = found(target("10 us"))
    assert finding.outcome is Outcome.FAILED
    assert "all of it above 10.0 us" in finding.reason


def test_it_is_undecided_when_the_interval_holds_the_limit() -> None:
    assert found(target("20 us")).outcome is Outcome.UNDECIDED


def test_it_is_undecided_on_one_process() -> None:
    finding = found(target(), session(processes=1))
    assert finding.outcome is Outcome.UNDECIDED
    assert "no interval" in finding.reason


def test_the_worst_of_all_matched_benchmarks_is_shown_and_decides() -> None:
    finding = found(target("30 us", "*"))
    assert finding.outcome is Outcome.FAILED
    assert finding.reason.startswith(f"{OTHER} (the worst of 2)")
    assert {each.benchmark for each in finding.targets} == {QUICK, OTHER}


def test_square_brackets_are_letters() -> None:
    assert target(benchmark="*[1]").needs([QUICK, OTHER]) == (QUICK,)


def test_a_pattern_that_means_nothing_is_refused_with_the_nearest() -> None:
    claim = target(benchmark="benchmarks/test_it.py::test_quik[1]")
    with pytest.raises(SettingError, match=r"did you mean 'benchmarks/test_it\.py::test_quick"):
        claim.needs([QUICK, OTHER])


@pytest.mark.parametrize("kind", ["failed", "timeout", "worker", "interrupted"])
def test_a_benchmark_that_gave_no_figure_is_an_error_and_never_a_pass(kind: str) -> None:
    finding = found(target(), session({OTHER: MICROSECOND}, troubles=[lost(kind)]))
    assert finding.outcome is Outcome.ERROR
    assert "boom" in finding.reason


def test_figures_of_some_processes_alone_do_not_pass() -> None:
    assert found(target(), session(troubles=[lost("timeout")])).outcome is Outcome.ERROR
    assert found(target(), session(troubles=[lost("worker", None)])).outcome is Outcome.ERROR


def test_what_is_surely_too_slow_stays_failed_though_some_of_it_is_lost() -> None:
    slow = session({QUICK: 1.0}, troubles=[lost("timeout")])
    assert found(target(), slow).outcome is Outcome.FAILED


def test_a_test_that_its_suite_skips_is_skipped() -> None:
    finding = found(target(), session({OTHER: MICROSECOND}, troubles=[lost("skipped")]))
    assert finding.outcome is Outcome.SKIPPED


def test_a_trouble_of_another_benchmark_is_not_this_checks() -> None:
    troubled = session({QUICK: MICROSECOND}, troubles=[lost("failed", OTHER)])
    assert found(target(), troubled).outcome is Outcome.PASSED


def test_a_limit_from_a_mark_on_a_test_is_another_matter() -> None:
    measured = session()
    marked = msgspec.structs.replace(
        measured,
        benchmarks=tuple(
            msgspec.structs.replace(each, target_seconds=1e-12) for each in measured.benchmarks
        ),
    )
    assert found(target(), marked).outcome is Outcome.PASSED


@pytest.mark.parametrize("limit", ["0.5", "-1 ms", "0 s", "fast"])
def test_a_limit_that_is_no_duration_is_refused(limit: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="not a duration"):
        target(limit)
