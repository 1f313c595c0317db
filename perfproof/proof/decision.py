"""GO or NO-GO, the risk, and the exit code: rules as tables, shown with every answer.

GO needs every mandatory check to have passed. As all of them must hold, no error is spent on
their number: a wrong GO needs each check whose claim is false to be wrong at once, which is no
likelier than the single one (the intersection-union test: Berger 1982, Technometrics 24:295-300).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perfproof.errors import ExitCode
from perfproof.record import Check, Decision, Outcome, Risk, Session

__all__ = ["RISK_RULES", "Ruling", "exit_code", "risk_rule_lines", "rule"]

Found = Callable[[Sequence[Check], Session, Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class RiskRule:
    """One line of the rule.

    Attributes:
        risk: The rating when anything is found.
        when: The condition, as it is shown.
        found: What meets it, a clause each; from the checks, the session, and the ids of
            mandatory checks that were not asked for.
    """

    risk: Risk
    when: str
    found: Found


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision with its risk and what the rating rests on."""

    decision: Decision
    risk: Risk
    reasons: tuple[str, ...]


def _not_passed(checks: Sequence[Check], _: Session, left_out: Sequence[str]) -> list[str]:
    found = _by_outcome("mandatory", [check for check in checks if check.mandatory])
    return [*found, *([f"mandatory but not asked for: {_listed(left_out)}"] if left_out else [])]


def _optional_open(checks: Sequence[Check], _: Session, __: Sequence[str]) -> list[str]:
    return _by_outcome(
        "optional",
        [each for each in checks if not each.mandatory and each.outcome is not Outcome.SKIPPED],
    )


_BAD_WORDS = {
    Outcome.FAILED: "failed",
    Outcome.ERROR: "ended in an error",
    Outcome.UNDECIDED: "undecided",
    Outcome.SKIPPED: "skipped",
}


def _by_outcome(kind: str, checks: Sequence[Check]) -> list[str]:
    groups = {
        words: [check.id for check in checks if check.outcome is outcome]
        for outcome, words in _BAD_WORDS.items()
    }
    return [f"{kind} and {words}: {_listed(ids)}" for words, ids in groups.items() if ids]


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids)


def _never_red(checks: Sequence[Check], _: Session, __: Sequence[str]) -> list[str]:
    unnamed = [check.id for check in checks if check.sabotage is None]
    unseen = [each.id for each in checks if each.sabotage and each.sabotage.seen is None]
    found = [f"name no sabotage, so nobody has seen them fail: {_listed(unnamed)}"]
    found = found if unnamed else []
    stale = f"not seen to turn red, or not since a change: {_listed(unseen)}"
    return [*found, *([stale] if unseen else [])]


def _tree(_: Sequence[Check], session: Session, __: Sequence[str]) -> list[str]:
    commit = session.header.commit
    if commit.hash is None:
        return ["the commit is not known"]
    if commit.dirty is None:
        return ["it is not known whether the tree had changes"]
    return ["the tree had changes that are not committed"] if commit.dirty else []


def _incomplete(_: Sequence[Check], session: Session, __: Sequence[str]) -> list[str]:
    # A session without benchmarks only carries commit and machine: there was nothing to complete.
    unfinished = session.benchmarks and not session.complete
    return ["the session was not brought to its end"] if unfinished else []


RISK_RULES = (
    RiskRule(Risk.HIGH, "a mandatory check did not pass", _not_passed),
    RiskRule(Risk.MEDIUM, "an optional check failed, is undecided or in error", _optional_open),
    RiskRule(
        Risk.MEDIUM,
        "a check was never seen to turn red under a sabotage, or not since either changed",
        _never_red,
    ),
    RiskRule(Risk.MEDIUM, "the commit is not known or its tree had changes", _tree),
    RiskRule(Risk.MEDIUM, "the session was not brought to its end", _incomplete),
)
"""The whole rule: the highest risk of any line that finds something; low when none does."""


def risk_rule_lines() -> tuple[str, ...]:
    """The rule as readers see it."""
    lines = tuple(f"{each.risk.value}: {each.when}" for each in RISK_RULES)
    return (*lines, f"{Risk.LOW.value}: none of these")


def rule(checks: Sequence[Check], session: Session, left_out: Sequence[str] = ()) -> Ruling:
    """The decision and the risk.

    Args:
        checks: What was checked.
        session: What it rests on.
        left_out: Mandatory checks that were not asked for; with any there is no GO.
    """
    passed = all(check.outcome is Outcome.PASSED for check in checks if check.mandatory)
    go = passed and any(check.mandatory for check in checks) and not left_out
    found = [(each.risk, each.found(checks, session, left_out)) for each in RISK_RULES]
    reasons = tuple(reason for _, clauses in found for reason in clauses)
    hit = {risk for risk, clauses in found if clauses}
    risk = next((each for each in (Risk.HIGH, Risk.MEDIUM) if each in hit), Risk.LOW)
    if not reasons:
        reasons = ("every check passed and was seen to fail under its sabotage",)
        if any(check.outcome is Outcome.SKIPPED for check in checks):
            reasons = ("nothing failed; an optional check was skipped",)
    return Ruling(Decision.GO if go else Decision.NO_GO, risk, reasons)


def exit_code(checks: Sequence[Check]) -> ExitCode:
    """What the command ends with, from the checks that ran; it never contradicts the decision.

    1 when a mandatory check failed or ended in an error; 3 when none did but one is undecided or
    skipped; 0 otherwise, which with all checks asked for is GO. What is not mandatory raises the
    risk, and a job that must not pass with it makes it mandatory.
    """
    mandatory = [check.outcome for check in checks if check.mandatory]
    if any(outcome in {Outcome.FAILED, Outcome.ERROR} for outcome in mandatory):
        return ExitCode.CHECK_FAILED
    if any(outcome is not Outcome.PASSED for outcome in mandatory):
        return ExitCode.UNDECIDED
    return ExitCode.PASS
