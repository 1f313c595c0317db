"""Each check run against the system broken on purpose: it must turn red, or it checks nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from perfproof.errors import ExitCode, MachineryError
from perfproof.proof.claim import Case, Claim, Terms
from perfproof.proof.doors import Doors
from perfproof.proof.plan import ProofPlan, benchmarks_needed
from perfproof.proof.prove import examine
from perfproof.proof.sabotage import (
    SEEN_FILE,
    Sighting,
    check_hash,
    read_sightings,
    source_hash,
    write_sightings,
)
from perfproof.record import Outcome, Session

__all__ = ["Demonstration", "Measuring", "demonstrate", "demonstration_exit_code"]


@dataclass(frozen=True, slots=True)
class Measuring:
    """What could be measured, and how it is.

    Attributes:
        ids: Every benchmark there is.
        measure: Benchmark ids (perhaps none) and the module of a system to a session measured
            under it; a session without benchmarks still has its header.
    """

    ids: Sequence[str]
    measure: Callable[[Sequence[str], str], Session]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What one check did under its sabotage.

    Attributes:
        check: Id of the check.
        sabotage: Module of the sabotaged system.
        outcome: What became of the check.
        reason: What it said.
    """

    check: str
    sabotage: str
    outcome: Outcome
    reason: str

    @property
    def red(self) -> bool:
        """Whether it caught the sabotage; a check that broke has caught nothing."""
        return self.outcome is Outcome.FAILED

    def __str__(self) -> str:
        if self.red:
            return f"{self.check} turned red under {self.sabotage}: {self.reason}"
        return (
            f"{self.check} did not turn red under {self.sabotage} ({self.outcome.value}), which is"
            f" not recorded as seen: {self.reason}"
        )


def demonstrate(
    plan: ProofPlan,
    measuring: Measuring,
    doors: Doors,
    terms: Terms,
    *,
    tell: Callable[[Demonstration], None] = lambda _: None,
) -> tuple[Demonstration, ...]:
    """Run every check that names a sabotage under it, and record which turned red.

    What stays green is not recorded, and an older sighting of it is taken out: it no longer
    holds. The record is written after each sabotage, so that a crash loses one of them.

    Args:
        plan: All checks, or those that ``select`` left.
        measuring: Measures benchmarks under a system.
        doors: Ways to child processes, baselines and the clock.
        terms: How figures are judged.
        tell: Hears of each check as soon as it is examined.

    Raises:
        SettingError: A check means benchmarks that are not there.
        MachineryError: A session was not measured under the sabotage.
    """
    path = plan.path.with_name(SEEN_FILE)
    shown: list[Demonstration] = []
    for name in dict.fromkeys(name for each in plan.claims for name in each.sabotages):
        claims = tuple(each for each in plan.claims if name in each.sabotages)
        needed = benchmarks_needed(replace(plan, claims=claims), measuring.ids)
        session = measuring.measure(needed, name)
        if session.header.system != name:
            raise MachineryError(
                f"the session was measured under {session.header.system}", where=name
            )
        case = Case(session, terms, doors)
        sightings = {(each.check, each.sabotage): each for each in read_sightings(path)}
        for claim in claims:
            demonstration = _one(claim, name, case)
            tell(demonstration)
            shown.append(demonstration)
            sightings.pop((claim.id, name), None)
            if demonstration.red:
                sightings[claim.id, name] = _sighting(plan, claim, demonstration, case)
        write_sightings(path, tuple(sightings.values()))
    return tuple(shown)


def _one(claim: Claim, name: str, case: Case) -> Demonstration:
    finding = examine(claim, case)
    return Demonstration(
        check=claim.id, sabotage=name, outcome=finding.outcome, reason=finding.reason
    )


def _sighting(plan: ProofPlan, claim: Claim, demonstration: Demonstration, case: Case) -> Sighting:
    source = source_hash(plan.root, demonstration.sabotage)
    if source is None:
        raise MachineryError("its source went away while it ran", where=demonstration.sabotage)
    return Sighting(
        check=claim.id,
        sabotage=demonstration.sabotage,
        seen=case.doors.now().isoformat(timespec="seconds"),
        commit=case.session.header.commit.hash,
        reason=demonstration.reason,
        check_hash=check_hash(claim),
        source_hash=source,
    )


def demonstration_exit_code(shown: Sequence[Demonstration]) -> ExitCode:
    """1 when a check did not turn red under its own sabotage: it is a check that cannot fail."""
    return ExitCode.PASS if all(each.red for each in shown) else ExitCode.CHECK_FAILED
