"""``kind = "improvement"``: a claimed gain over a stored session, proved, refuted or undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from perfproof.proof.claim import Case, Claim, Finding
from perfproof.proof.doors import Absent, Stored
from perfproof.proof.judging import compared, improvement_outcome
from perfproof.proof.measured import losses, meant, restricted
from perfproof.record import Comparison, Comparisons, Limit, Outcome
from perfproof.record.quantity import parse_share, show_ratio

__all__ = ["ImprovementClaim"]

_WORDS = {
    Outcome.PASSED: "proved",
    Outcome.FAILED: "refuted",
    Outcome.UNDECIDED: "undecided",
}


class ImprovementClaim(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passed only when every matched benchmark surely saves the claimed share of its time.

    Attributes:
        baseline: Name of the stored session.
        benchmark: Pattern of ids; ``*`` and ``?`` are wild, square brackets are letters.
        faster_by: Share of the baseline's time that is saved: ``25 %`` means that a call takes
            at most 0.75 of what it took.
    """

    baseline: str
    benchmark: str
    faster_by: str

    def __post_init__(self) -> None:
        Claim.__post_init__(self)
        if not self.baseline:
            raise ValueError("baseline is empty")
        if not 0 < parse_share(self.faster_by) < 1:
            raise ValueError("faster_by must lie between 0 % and 100 %: it is time that is saved")

    def needs(self, ids: Sequence[str]) -> tuple[str, ...]:
        """The benchmarks that the pattern means."""
        return meant(self.benchmark, ids, check_id=self.id)

    def examine(self, case: Case) -> Finding:
        """Compare the matched benchmarks with the baseline of this fingerprint."""
        wanted = self.needs([benchmark.id for benchmark in case.session.benchmarks])
        share = parse_share(self.faster_by)
        limit = Limit("<=", 1 - share)
        stored = case.doors.find_baseline(self.baseline, case.session.header.fingerprint)
        if isinstance(stored, Absent):
            return Finding(outcome=Outcome.SKIPPED, reason=stored.reason, unit="ratio", limit=limit)
        lost = losses(case.session, wanted)
        comparisons = self._compared(case, stored, wanted)
        known = {each.benchmark for each in comparisons.results}
        absent = [name for name in wanted if name not in known]
        if lost.reason or absent:
            outcome = lost.outcome if lost.reason else Outcome.ERROR
            reason = lost.reason or f"{absent[0]} has no figure in baseline '{self.baseline}'"
            return Finding(outcome=outcome, reason=reason, unit="ratio", limit=limit)
        outcome = improvement_outcome(comparisons, wanted, share)
        worst = max(comparisons.results, key=_least_gain)
        return Finding(
            outcome=outcome,
            reason=f"{_WORDS[outcome]}: {self._reason(worst, len(wanted))}",
            figure=worst.ratio,
            unit="ratio",
            limit=limit,
            comparisons=comparisons,
        )

    def _compared(self, case: Case, stored: Stored, wanted: Sequence[str]) -> Comparisons:
        # The claim names its benchmarks beforehand, so only they share the errors allowed.
        return compared(
            replace(case, session=restricted(case.session, wanted)),
            replace(stored, session=restricted(stored.session, wanted)),
            margin=parse_share(self.faster_by),
            check_id=self.id,
        )

    def _reason(self, worst: Comparison, count: int) -> str:
        beside = f" (the least gain of {count})" if count > 1 else ""
        ratio = worst.ratio
        if ratio.low is None or ratio.high is None:
            return f"{worst.benchmark}{beside} has no interval; measure in more processes"
        span = f"{show_ratio(ratio.low)} to {show_ratio(ratio.high)}"
        return f"{worst.benchmark}{beside} changed by {span}; claimed is -{self.faster_by}"


def _least_gain(comparison: Comparison) -> float:
    ratio = comparison.ratio
    return ratio.estimate if ratio.high is None else ratio.high
