"""``kind = "baseline"``: the suite is no slower than a stored session by more than is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from perfproof.proof.claim import Case, Claim, Finding
from perfproof.proof.doors import Absent
from perfproof.proof.judging import compared, suite_ratio
from perfproof.proof.measured import losses
from perfproof.record import Comparisons, Interval, Limit, Outcome, Verdict
from perfproof.record.quantity import parse_share, show_ratio

__all__ = ["BaselineClaim"]


class BaselineClaim(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Failed when a benchmark or the whole suite is surely slower by more than ``slower_by``.

    Attributes:
        baseline: Name of the stored session.
        slower_by: Slowdown that is allowed, such as ``25 %``.
    """

    baseline: str
    slower_by: str

    def __post_init__(self) -> None:
        Claim.__post_init__(self)
        if not self.baseline:
            raise ValueError("baseline is empty")
        if not parse_share(self.slower_by) > 0:
            raise ValueError("slower_by must be above 0 %: no interval ends exactly at nothing")

    def needs(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Every benchmark: the ratio is the suite's."""
        return tuple(ids)

    def examine(self, case: Case) -> Finding:
        """Compare with the baseline of this fingerprint; without one the check is skipped."""
        share = parse_share(self.slower_by)
        limit = Limit("<", 1 + share)
        stored = case.doors.find_baseline(self.baseline, case.session.header.fingerprint)
        if isinstance(stored, Absent):
            return Finding(outcome=Outcome.SKIPPED, reason=stored.reason, unit="ratio", limit=limit)
        comparisons = compared(case, stored, margin=share, check_id=self.id)
        if not comparisons.results:
            reason = f"no benchmark has figures here and in baseline '{self.baseline}'"
            return Finding(outcome=Outcome.ERROR, reason=reason, unit="ratio", limit=limit)
        ratio = suite_ratio(case, stored, check_id=self.id)
        outcome = _outcome(comparisons, ratio, limit.value)
        reason = _reason(outcome, comparisons, ratio, self.slower_by)
        lost = losses(case.session, [benchmark.id for benchmark in case.session.benchmarks])
        # A test that its own suite skips is no loss to the ratio of the others.
        if outcome is not Outcome.FAILED and lost.outcome is Outcome.ERROR:
            outcome, reason = Outcome.ERROR, lost.reason
        return Finding(
            outcome=outcome,
            reason=reason,
            figure=ratio,
            unit="ratio",
            limit=limit,
            comparisons=comparisons,
        )


def _outcome(comparisons: Comparisons, ratio: Interval, limit: float) -> Outcome:
    slower = any(each.verdict is Verdict.SLOWER for each in comparisons.results)
    if slower or (ratio.low is not None and ratio.low > limit):
        return Outcome.FAILED
    if ratio.high is not None and ratio.high < limit:
        return Outcome.PASSED
    return Outcome.UNDECIDED


def _reason(outcome: Outcome, comparisons: Comparisons, ratio: Interval, slower_by: str) -> str:
    slower = [each.benchmark for each in comparisons.results if each.verdict is Verdict.SLOWER]
    count = len(comparisons.results)
    removed = len(comparisons.removed)
    gone = f"; {removed} of the baseline had no figure to compare" if removed else ""
    if slower:
        more = f" and {len(slower) - 1} more" if len(slower) > 1 else ""
        return f"slower by more than {slower_by}: {slower[0]}{more}, of {count} benchmarks{gone}"
    if ratio.low is None or ratio.high is None:
        return f"one process on a side gives no interval; measure in more processes{gone}"
    span = f"{show_ratio(ratio.low)} to {show_ratio(ratio.high)}"
    return {
        Outcome.PASSED: f"the suite of {count} benchmarks changed by {span}, all of it under"
        f" +{slower_by}, and none of them is surely slower by that much{gone}",
        Outcome.FAILED: f"the suite of {count} benchmarks changed by {span}, all of it above"
        f" +{slower_by}{gone}",
    }.get(
        outcome,
        f"the suite of {count} benchmarks changed by {span}, which holds +{slower_by}{gone}",
    )
