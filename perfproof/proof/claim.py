"""One check as it is configured, what it may look at, and what it finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import msgspec
import numpy as np

from perfproof.proof.doors import Doors
from perfproof.proof.printed import Ran
from perfproof.record import Comparisons, Interval, Limit, Outcome, Session, TargetResult

__all__ = ["Case", "Claim", "Finding", "Terms"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How figures are judged, the same for every check.

    Attributes:
        level: Confidence of each interval, two-sided, 0 to 1.
        alpha: Chance, over a whole compared suite, of any wrong ``slower``.
        seed: Where resampling takes its chance from.
    """

    level: float
    alpha: float
    seed: int = 0

    def rng(self, check_id: str) -> np.random.Generator:
        """A generator of the check's own: its figures do not depend on which others ran."""
        return np.random.default_rng([self.seed, crc32(check_id.encode())])


@dataclass(frozen=True, slots=True)
class Case:
    """What a check may look at: what was measured, how to judge it, and its doors to outside."""

    session: Session
    terms: Terms
    doors: Doors


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check saw.

    Attributes:
        outcome: What became of it.
        reason: What was seen, a sentence for the reader.
        figure: The figure that decides, the worst of several.
        unit: ``second``, ``share``, ``ratio``, ``byte`` or a word for what is counted.
        limit: What the figure is held against, in its unit.
        targets: Every benchmark that was held against a limit.
        comparisons: The comparison it rests on.
        ran: The command it rests on, with all that it printed.
    """

    outcome: Outcome
    reason: str
    figure: Interval | None = None
    unit: str | None = None
    limit: Limit | None = None
    targets: tuple[TargetResult, ...] = ()
    comparisons: Comparisons | None = None
    ran: Ran | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys that every ``[[check]]`` has; each kind adds its own and does the two methods.

    Attributes:
        id: Short name, unique; letters, digits, dot, dash, underscore.
        phase: Id of the phase it belongs to.
        claim: The sentence that is checked.
        kind: Which kind of check it is.
        mandatory: Whether GO needs it.
        sabotage: Module of the system broken on purpose that must turn it red.
        further_sabotages: More of them, each broken in another way; each must turn it red too.
    """

    id: str
    phase: str
    claim: str
    kind: str
    mandatory: bool = True
    sabotage: str | None = None
    further_sabotages: tuple[str, ...] = ()

    @property
    def sabotages(self) -> tuple[str, ...]:
        """All of them, the first one first."""
        return (self.sabotage, *self.further_sabotages) if self.sabotage is not None else ()

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(
                f"id {self.id!r} is not up to 60 letters, digits, dots, dashes or underscores"
            )
        if not self.claim.strip():
            raise ValueError("claim is empty")
        if self.further_sabotages and self.sabotage is None:
            raise ValueError("further_sabotages without a sabotage; name the first one there")
        for name in self.sabotages:
            if not _MODULE.fullmatch(name):
                raise ValueError(f"sabotage {name!r} is not the dotted name of a module")

    def needs(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Which of the benchmarks ``ids`` must be measured for it.

        Raises:
            SettingError: It names benchmarks that are not there.
        """
        raise NotImplementedError

    def examine(self, case: Case) -> Finding:
        """What is seen of it.

        Raises:
            PerfproofError: Nothing could be seen; it counts as an error, never as a pass.
        """
        raise NotImplementedError
