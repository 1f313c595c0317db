"""``kind = "target"``: a time stays under a limit, with all of its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

from perfproof.proof.claim import Case, Claim, Finding
from perfproof.proof.judging import target_results
from perfproof.proof.measured import losses, meant
from perfproof.record import Limit, Outcome, TargetResult, TargetVerdict
from perfproof.record.quantity import parse_seconds, show_seconds

__all__ = ["TargetClaim"]


class TargetClaim(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passed only when the upper end of every matched benchmark's interval is under the limit.

    Attributes:
        benchmark: Pattern of ids; ``*`` and ``?`` are wild, square brackets are letters.
        limit: Limit of one call, such as ``0.5 ms``.
    """

    benchmark: str
    limit: str

    def __post_init__(self) -> None:
        Claim.__post_init__(self)
        parse_seconds(self.limit)

    def needs(self, ids: Sequence[str]) -> tuple[str, ...]:
        """The benchmarks that the pattern means."""
        return meant(self.benchmark, ids, check_id=self.id)

    def examine(self, case: Case) -> Finding:
        """Hold every matched benchmark against the limit; the worst one is the figure."""
        wanted = self.needs([benchmark.id for benchmark in case.session.benchmarks])
        seconds = parse_seconds(self.limit)
        results = target_results(
            case, self.benchmark, seconds, check_id=self.id, hard=self.mandatory
        )
        lost = losses(case.session, wanted)
        if not results:
            return Finding(
                outcome=lost.outcome, reason=lost.reason, unit="second", limit=Limit("<", seconds)
            )
        worst = max(results, key=_badness)
        outcome = _OUTCOMES[worst.verdict]
        reason = _reason(worst, results)
        # A benchmark that gave no figure may be the slow one: without it nothing has passed.
        if outcome is not Outcome.FAILED and lost.reason:
            outcome, reason = lost.outcome, lost.reason
        return Finding(
            outcome=outcome,
            reason=reason,
            figure=worst.figure,
            unit="second",
            limit=Limit("<", seconds),
            targets=results,
        )


_OUTCOMES = {
    TargetVerdict.MET: Outcome.PASSED,
    TargetVerdict.MISSED: Outcome.FAILED,
    TargetVerdict.UNDECIDED: Outcome.UNDECIDED,
}
_BADNESS = {TargetVerdict.MET: 0, TargetVerdict.UNDECIDED: 1, TargetVerdict.MISSED: 2}


def _badness(result: TargetResult) -> tuple[int, float]:
    figure = result.figure
    assert figure is not None  # a time is always there, or the benchmark is lost
    return _BADNESS[result.verdict], figure.estimate if figure.high is None else figure.high


def _reason(worst: TargetResult, results: Sequence[TargetResult]) -> str:
    limit = show_seconds(worst.limit)
    beside = f" (the worst of {len(results)})" if len(results) > 1 else ""
    who = f"{worst.benchmark}{beside}"
    figure = worst.figure
    assert figure is not None
    if figure.low is None or figure.high is None:
        return (
            f"{who} has no interval from {figure.n} process(es), so it cannot be held against"
            f" {limit}; measure in more processes"
        )
    span = f"{show_seconds(figure.low)} to {show_seconds(figure.high)}"
    return {
        TargetVerdict.MET: f"{who} takes {span}, all of it under {limit}",
        TargetVerdict.MISSED: f"{who} takes {span}, all of it above {limit}",
        TargetVerdict.UNDECIDED: f"{who} takes {span}, which holds {limit}; measure in more"
        " processes",
    }[worst.verdict]
