"""``kind = "counts"``: a call executes or allocates no more than a limit."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec

from perfproof.proof.claim import Case, Claim, Finding
from perfproof.proof.doors import Command, Ending
from perfproof.record import Interval, Limit, Outcome
from perfproof.record.counting import CountReport, Meter
from perfproof.record.quantity import parse_seconds

__all__ = ["CountsClaim"]

_UNITS = {"instructions": "instruction", "allocations": "allocation", "bytes": "byte"}
_ONLY = {"instructions": "instructions", "allocations": "allocations", "bytes": "allocations"}


class CountsClaim(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passed only when every count of every benchmark that is meant is at or under the limit.

    Skipped where the meter is absent (valgrind for instructions, memray for the others).

    Attributes:
        benchmark: Id, file or folder, as `perfproof counts` takes it.
        meter: ``instructions``, ``allocations`` or ``bytes``.
        limit: Most that a call may take.
        seeds: Hash seeds, a process each.
        timeout: The counting is ended when it takes longer.
    """

    benchmark: str
    meter: Meter
    limit: float
    seeds: int = 1
    timeout: str = "120 s"

    def __post_init__(self) -> None:
        Claim.__post_init__(self)
        if not self.benchmark or self.benchmark.startswith("-"):
            raise ValueError("benchmark must be an id, a file or a folder")
        if not self.limit > 0 or self.seeds < 1:
            raise ValueError("limit must be above 0, and seeds count from 1")
        parse_seconds(self.timeout)

    def needs(self, ids: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002 - the kinds' contract
        """None of what is timed: the counts are taken apart from it."""
        return ()

    def examine(self, case: Case) -> Finding:
        """Count in a child process, and hold the largest count against the limit."""
        words = ("counts", self.benchmark, "--only", _ONLY[self.meter], "--seeds", str(self.seeds))
        ending = case.doors.run_command(
            Command(
                arguments=(sys.executable, "-m", "perfproof", *words, "--json"),
                folder=case.doors.root,
                system=case.session.header.system,
                timeout_seconds=parse_seconds(self.timeout),
            )
        )
        report = _read(ending)
        if isinstance(report, str):
            return self._finding(Outcome.ERROR, report)
        if _ONLY[self.meter] in report.absent:
            reason = f"{self.meter} are not counted here: {report.absent[_ONLY[self.meter]]}"
            return self._finding(Outcome.SKIPPED, reason)
        if report.troubles:
            return self._finding(Outcome.ERROR, report.troubles[0])
        return self._judged(report)

    def _judged(self, report: CountReport) -> Finding:
        seen = [each for each in report.counts if each.meter == self.meter]
        if not seen:
            return self._finding(Outcome.ERROR, "nothing was counted")
        worst = max(seen, key=lambda each: each.span.high)
        span = worst.span
        figure = Interval(span.middle, None, None, None, span.n)
        unit = _UNITS[self.meter]
        shown = f"{span.low:.6g} to {span.high:.6g} {self.meter} a call"
        beside = f" (the most of {len(seen)})" if len(seen) > 1 else ""
        who = f"{worst.benchmark}{beside} takes {shown}"
        if span.high <= self.limit:
            return self._finding(Outcome.PASSED, f"{who}; {self.limit:g} are allowed", figure)
        if span.low > self.limit:
            return self._finding(Outcome.FAILED, f"{who}; {self.limit:g} are allowed", figure)
        reason = f"{who}, on both sides of {self.limit:g} {unit}s"
        return self._finding(Outcome.UNDECIDED, reason, figure)

    def _finding(self, outcome: Outcome, reason: str, figure: Interval | None = None) -> Finding:
        return Finding(
            outcome=outcome,
            reason=reason,
            figure=figure,
            unit=_UNITS[self.meter],
            limit=Limit("<=", self.limit),
        )


def _read(ending: Ending) -> CountReport | str:
    """What the counting printed, or why it cannot be used."""
    lines = [line for line in ending.output.splitlines() if line.strip()]
    said = [line for line in ending.errors.splitlines() if line.strip()][-1:]
    last = f"; its last words: {said[0][:400]}" if said else ""
    if ending.status is None:
        return f"counting took too long and was ended{last}"
    try:
        return msgspec.json.decode(lines[-1] if lines else "", type=CountReport)
    except (msgspec.MsgspecError, UnicodeError) as exc:
        return f"counting ended with exit status {ending.status} and no counts ({exc}){last}"
