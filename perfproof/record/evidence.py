"""The evidence package as a record: checks, what was seen, and the decision."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from perfproof.record.fingerprint import Environment, Fingerprint
from perfproof.record.session import Commit
from perfproof.record.verdict import Interval

__all__ = [
    "PROOF_SCHEMA",
    "Check",
    "Decision",
    "Limit",
    "Outcome",
    "Proof",
    "Risk",
    "SabotageSeen",
]

PROOF_SCHEMA = 1
"""Number of the format of proof.json."""


class Outcome(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"
    ERROR = "error"


class Decision(StrEnum):
    """What the evidence adds up to."""

    GO = "GO"
    NO_GO = "NO-GO"


class Risk(StrEnum):
    """How much is left open; the rule stands in ``perfproof.proof.decision``."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the figure is held against, in the figure's unit."""

    relation: Literal["<", "<=", ">", ">=", "=="]
    value: float

    def __str__(self) -> str:
        return f"{self.relation} {self.value:g}"


class SabotageSeen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The system broken on purpose that turns a check red.

    Attributes:
        name: Module of the sabotaged system.
        seen: When it was last seen to turn the check red, ISO 8601, UTC; ``None`` when never,
            or when the sabotage or the check has changed since.
        reason: What the check said then; with ``seen`` unknown, why a sighting does not count.
    """

    name: str
    seen: str | None = None
    reason: str | None = None


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One claim, held against what was seen.

    Attributes:
        id: Short name, unique in a proof, used by ``--check``.
        phase: Phase that it belongs to.
        claim: The sentence that is checked.
        outcome: What became of it.
        mandatory: Whether GO needs it.
        figure: What was seen; ``None`` when nothing could be.
        unit: Unit of figure and limit.
        limit: What the figure is held against.
        reason: What was seen, in a sentence.
        command: The command that repeats this check alone.
        sabotage: What was seen to turn it red; ``None`` when no sabotage is named.
    """

    id: str
    phase: str
    claim: str
    outcome: Outcome
    mandatory: bool
    reason: str
    command: str
    figure: Interval | None = None
    unit: str | None = None
    limit: Limit | None = None
    sabotage: SabotageSeen | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole evidence package; the content of proof.json.

    Attributes:
        schema: Number of the format.
        title: What is proved, a line.
        session: Id of the session behind the figures; ``None`` when nothing was measured.
        created: ISO 8601, UTC.
        checks: In the order of their configuration.
        decision: GO only if every mandatory check passed.
        risk: By the rule of ``perfproof.proof.decision``.
        risk_reasons: What the rating rests on, one clause each.
        elapsed_seconds: Wall time of the whole command.
    """

    schema: int
    title: str
    session: str | None
    created: str
    tool_version: str
    system: str | None
    commit: Commit
    fingerprint: Fingerprint
    environment: Environment
    checks: tuple[Check, ...]
    decision: Decision
    risk: Risk
    risk_reasons: tuple[str, ...]
    elapsed_seconds: float | None = None
