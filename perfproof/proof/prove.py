"""Every check of a plan examined, and the whole decided."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from perfproof.errors import PerfproofError
from perfproof.proof.claim import Case, Claim, Finding
from perfproof.proof.decision import Ruling, rule
from perfproof.proof.judging import typical_seconds
from perfproof.proof.plan import ProofPlan
from perfproof.proof.printed import Ran
from perfproof.proof.sabotage import SEEN_FILE, read_sightings, seen_of
from perfproof.record import (
    PROOF_SCHEMA,
    Check,
    Comparisons,
    Interval,
    Outcome,
    Proof,
    SabotageSeen,
    Session,
    TargetResult,
)

__all__ = ["Evidence", "examine", "prove", "repeat_command"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The proof and what it rests on; all that the package is made from.

    Attributes:
        proof: The record.
        session: What was measured.
        left_out: Mandatory checks that were not asked for.
        figures: Typical seconds of a call by benchmark id.
        comparisons: Each comparison that a check rests on.
        targets: Every benchmark that a check held against a limit.
        ran: Every command that a check rests on, once, with what it printed.
    """

    proof: Proof
    session: Session
    left_out: tuple[str, ...] = ()
    figures: Mapping[str, Interval] = field(default_factory=dict)
    comparisons: tuple[Comparisons, ...] = ()
    targets: tuple[TargetResult, ...] = ()
    ran: tuple[Ran, ...] = ()


def prove(
    plan: ProofPlan,
    case: Case,
    *,
    started: datetime | None = None,
    tell: Callable[[Check], None] = lambda _: None,
) -> Evidence:
    """Examine every check and decide.

    Args:
        plan: All checks, or those that ``select`` left.
        case: What was measured of ``benchmarks_needed`` (a session without benchmarks where no
            check needs any), how to judge it, and the ways to child processes, baselines, clock.
        started: When the command began, for its wall time.
        tell: Hears of each check as soon as it is examined.

    Raises:
        ResultFileError: The file of sightings is damaged.
        SettingError: A check means benchmarks that the session has not.
    """
    sightings = read_sightings(plan.path.with_name(SEEN_FILE))
    session = case.session
    checks: list[Check] = []
    findings: list[Finding] = []
    for claim in plan.claims:
        finding = examine(claim, case)
        check = _check(plan, claim, finding, seen_of(claim, sightings, plan.root), session)
        tell(check)
        findings.append(finding)
        checks.append(check)
    now = case.doors.now()
    return Evidence(
        proof=_proof(plan, session, checks, rule(checks, session, plan.left_out), (started, now)),
        session=session,
        left_out=plan.left_out,
        figures=typical_seconds(session, case.terms),
        comparisons=tuple(each.comparisons for each in findings if each.comparisons is not None),
        targets=tuple(result for each in findings for result in each.targets),
        ran=tuple(dict.fromkeys(each.ran for each in findings if each.ran is not None)),
    )


def examine(claim: Claim, case: Case) -> Finding:
    """What a check sees; when nothing could be seen, an error and why, never a pass."""
    try:
        return claim.examine(case)
    except PerfproofError as exc:
        return Finding(outcome=Outcome.ERROR, reason=str(exc).removesuffix("."))


def repeat_command(claim: Claim, system: str | None) -> str:
    """The command that repeats a check alone."""
    words = ["perfproof", "prove", "--check", claim.id]
    return shlex.join(words + (["--system", system] if system else []))


def _check(
    plan: ProofPlan,
    claim: Claim,
    finding: Finding,
    sabotage: SabotageSeen | None,
    session: Session,
) -> Check:
    return Check(
        id=claim.id,
        phase=plan.phase_title(claim.phase),
        claim=claim.claim,
        outcome=finding.outcome,
        mandatory=claim.mandatory,
        figure=finding.figure,
        unit=finding.unit,
        limit=finding.limit,
        reason=finding.reason,
        command=repeat_command(claim, session.header.system),
        sabotage=sabotage,
    )


def _proof(
    plan: ProofPlan,
    session: Session,
    checks: Sequence[Check],
    ruling: Ruling,
    times: tuple[datetime | None, datetime],
) -> Proof:
    header = session.header
    started, now = times
    return Proof(
        schema=PROOF_SCHEMA,
        title=plan.title,
        session=header.id if session.samples else None,
        created=now.isoformat(timespec="seconds"),
        tool_version=header.tool_version,
        system=header.system,
        commit=header.commit,
        fingerprint=header.fingerprint,
        environment=header.environment,
        checks=tuple(checks),
        decision=ruling.decision,
        risk=ruling.risk,
        risk_reasons=ruling.reasons,
        elapsed_seconds=None if started is None else (now - started).total_seconds(),
    )
