from __future__ import annotations

import itertools

import msgspec
import pytest

from perfproof.errors import ExitCode
from perfproof.proof.decision import RISK_RULES, exit_code, risk_rule_lines, rule
from perfproof.record import Check, Commit, Decision, Outcome, Risk, SabotageSeen, Session
from tests.proof.planted import header, session

SEEN = SabotageSeen(name="sabotage.broken", seen="2026-01-01T00:00:00+00:00", reason="slow")


def check(
    outcome: Outcome = Outcome.PASSED,
    *,
    mandatory: bool = True,
    sabotage: SabotageSeen | None = SEEN,
) -> Check:
    return Check(
        id="it",
        phase="4",
        claim="it is so",
        outcome=outcome,
        mandatory=mandatory,
        reason="seen",
        command="perfproof prove --check it",
        sabotage=sabotage,
    )


@pytest.mark.parametrize("outcomes", list(itertools.product(Outcome, repeat=2)))
def test_go_only_if_every_mandatory_check_passed(outcomes: tuple[Outcome, Outcome]) -> None:
    decision = rule([check(each) for each in outcomes], session()).decision
    assert (decision is Decision.GO) == (set(outcomes) == {Outcome.PASSED})


@pytest.mark.parametrize("outcome", Outcome)
def test_an_optional_check_never_decides(outcome: Outcome) -> None:
    assert rule([check(), check(outcome, mandatory=False)], session()).decision is Decision.GO


def test_nothing_checked_and_nothing_mandatory_is_no_go() -> None:
    assert rule([], session()).decision is Decision.NO_GO
    assert rule([check(mandatory=False)], session()).decision is Decision.NO_GO


def test_a_part_of_the_checks_is_no_go_and_high() -> None:
    ruling = rule([check()], session(), left_out=["isolation"])
    assert (ruling.decision, ruling.risk) == (Decision.NO_GO, Risk.HIGH)
    assert ruling.reasons == ("mandatory but not asked for: isolation",)


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.PASSED])
def test_a_mandatory_check_that_did_not_pass_is_high_risk(outcome: Outcome) -> None:
    ruling = rule([check(outcome)], session())
    assert ruling.risk is Risk.HIGH
    assert ruling.reasons[0].endswith(": it")


@pytest.mark.parametrize(
    ("outcome", "risk"),
    [
        (Outcome.PASSED, Risk.LOW),
        (Outcome.SKIPPED, Risk.LOW),
        (Outcome.FAILED, Risk.MEDIUM),
        (Outcome.UNDECIDED, Risk.MEDIUM),
        (Outcome.ERROR, Risk.MEDIUM),
    ],
)
def test_an_optional_check_leaves_medium_risk_unless_it_passed_or_could_not_run(
    outcome: Outcome, risk: Risk
) -> None:
    assert rule([check(), check(outcome, mandatory=False)], session()).risk is risk


@pytest.mark.parametrize("sabotage", [None, SabotageSeen(name="sabotage.broken")])
def test_a_check_that_nobody_saw_fail_is_medium_risk(sabotage: SabotageSeen | None) -> None:
    assert rule([check(sabotage=sabotage)], session()).risk is Risk.MEDIUM


@pytest.mark.parametrize(
    "commit",
    [
        Commit(),
        Commit(hash="a" * 40),
        Commit(hash="a" * 40, dirty=True),
    ],
)
def test_a_commit_that_could_not_be_repeated_is_medium_risk(commit: Commit) -> None:
    assert rule([check()], session(head=header(commit=commit))).risk is Risk.MEDIUM


def test_a_session_that_was_cut_off_is_medium_risk() -> None:
    cut: Session = msgspec.structs.replace(session(), complete=False)
    assert rule([check()], cut).risk is Risk.MEDIUM
    empty: Session = msgspec.structs.replace(session({}), complete=False)
    assert rule([check()], empty).risk is Risk.LOW


def test_all_well_is_low_risk_and_says_why() -> None:
    ruling = rule([check()], session())
    assert ruling.risk is Risk.LOW
    assert ruling.reasons == ("every check passed and was seen to fail under its sabotage",)


def test_the_rule_that_is_shown_is_the_rule_that_is_used() -> None:
    assert len(risk_rule_lines()) == len(RISK_RULES) + 1
    assert risk_rule_lines()[0] == "high: a mandatory check did not pass"


@pytest.mark.parametrize("outcomes", list(itertools.product(Outcome, repeat=2)))
def test_the_exit_code_follows_the_worst_check(outcomes: tuple[Outcome, Outcome]) -> None:
    code = exit_code([check(each) for each in outcomes])
    if set(outcomes) & {Outcome.FAILED, Outcome.ERROR}:
        assert code is ExitCode.CHECK_FAILED
    elif set(outcomes) == {Outcome.PASSED}:
        assert code is ExitCode.PASS
    else:
        assert code is ExitCode.UNDECIDED


@pytest.mark.parametrize("outcome", Outcome)
def test_the_exit_code_never_contradicts_the_decision(outcome: Outcome) -> None:
    checks = [check(), check(outcome, mandatory=False)]
    assert rule(checks, session()).decision is Decision.GO
    assert exit_code(checks) is ExitCode.PASS
