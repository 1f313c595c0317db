"""The judge as the checks use it: one place where its calls stand."""

from __future__ import annotations

from collections.abc import Sequence

from perfproof import judge
from perfproof.judge.clusters import clustered_lowest, clustered_quantile
from perfproof.judge.quantiles import quantile_interval
from perfproof.proof.claim import Case, Terms
from perfproof.proof.doors import Stored
from perfproof.proof.printed import Values
from perfproof.record import Comparisons, Interval, Outcome, Session, TargetResult

__all__ = [
    "compared",
    "failure_rate",
    "improvement_outcome",
    "matching",
    "quantile_figure",
    "quantile_lowest",
    "suite_ratio",
    "target_results",
    "trials_needed",
    "typical_seconds",
]

HEAD = "this session"
_MOST_TRIALS = 10**12


def matching(pattern: str, ids: Sequence[str]) -> tuple[str, ...]:
    """The ids that a pattern means: ``*`` and ``?`` are wild, square brackets are letters."""
    target = judge.Target(pattern=pattern, limit=1.0, origin="benchmark")
    return tuple(target.matching(ids))


def target_results(
    case: Case, pattern: str, limit_seconds: float, *, check_id: str, hard: bool
) -> tuple[TargetResult, ...]:
    """Each benchmark that the pattern means and that has a figure, against the limit."""
    origin = f"check '{check_id}'"
    target = judge.Target(pattern=pattern, limit=limit_seconds, hard=hard, origin=origin)
    checked = judge.check_targets(
        case.session, [target], level=case.terms.level, rng=case.terms.rng(check_id)
    )
    # Limits from marks on the tests are held against every session; they are not this check's.
    return tuple(result for result in checked.results if result.origin == origin)


def compared(case: Case, stored: Stored, *, margin: float, check_id: str) -> Comparisons:
    """The session against a stored one, benchmark by benchmark."""
    return judge.compare_sessions(
        stored.session,
        case.session,
        margin=margin,
        alpha=case.terms.alpha,
        rng=case.terms.rng(check_id),
        history=stored.history,
        base_name=f"baseline '{stored.name}'",
        head_name=HEAD,
    )


def suite_ratio(case: Case, stored: Stored, *, check_id: str) -> Interval:
    """The whole suite against a stored one, as one ratio."""
    return judge.suite_ratio(
        stored.session,
        case.session,
        level=case.terms.level,
        rng=case.terms.rng(check_id),
        history=stored.history,
    )


def improvement_outcome(comparisons: Comparisons, ids: Sequence[str], share: float) -> Outcome:
    """Whether every one of ``ids`` takes at least ``share`` less time than its base."""
    return judge.improvement(comparisons, at_least=share, benchmarks=ids).outcome


def failure_rate(failures: int, trials: int, terms: Terms) -> Interval:
    """Share of trials that fail, with Clopper and Pearson's interval."""
    return judge.failure_rate(failures, trials, level=terms.level)


def trials_needed(failures: int, highest_rate: float, terms: Terms) -> int | None:
    """Fewest trials with which ``failures`` would put the interval at or under ``highest_rate``.

    ``None`` when a million million would not do.
    """

    def enough(trials: int) -> bool:
        high = failure_rate(failures, trials, terms).high
        return high is not None and high <= highest_rate

    too_few, many = failures, max(1, 2 * failures)
    while not enough(many):
        too_few, many = many, 2 * many
        if many > _MOST_TRIALS:
            return None
    while many - too_few > 1:
        middle = (too_few + many) // 2
        too_few, many = (too_few, middle) if enough(middle) else (middle, many)
    return many


def quantile_figure(measured: Values, quantile: float, terms: Terms) -> Interval:
    """A quantile of values with its distribution-free interval.

    Raises:
        TooFewValuesError: They cannot carry both ends; ``needed`` says how many would.
    """
    if measured.groups is None:
        return quantile_interval(measured.values, quantile, level=terms.level)
    return clustered_quantile(measured.values, measured.groups, quantile, level=terms.level)


def quantile_lowest(measured: Values, quantile: float, terms: Terms) -> float | None:
    """The lower end alone of ``quantile_figure``; ``None`` where not even that is known."""
    groups = measured.groups or range(len(measured.values))
    if len(measured.values) == 1:
        return None
    return clustered_lowest(measured.values, groups, quantile, level=terms.level)


def typical_seconds(session: Session, terms: Terms) -> dict[str, Interval]:
    """Typical seconds of a call of every benchmark with samples, for tables and plots."""
    return judge.figures_seconds(session, level=terms.level, rng=terms.rng("figures"))
