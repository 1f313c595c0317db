"""A load's latency against a limit: by its interval, and never past what went wrong beside it."""

from __future__ import annotations

from dataclasses import dataclass

from perfproof.errors import SettingError
from perfproof.judge.failures import failure_rate
from perfproof.judge.quantiles import TooFewValuesError
from perfproof.judge.tails import (
    bottleneck,
    latency_quantile,
    quantile_seconds,
    slice_effect,
    tail_verdict,
)
from perfproof.record import FigureKind, Interval, TargetResult, TargetVerdict
from perfproof.record.load import LoadRun
from perfproof.record.quantity import show_seconds, show_share

__all__ = ["LoadTarget", "check_load", "without_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTarget:
    """A limit for one quantile of a load.

    Attributes:
        scenario: Path of the scenario's file, from the project's root.
        quantile: 0.99 for the 99 % quantile.
        limit_seconds: What it must stay under.
        hard: Whether missing it fails the command.
        origin: Where it stands.
    """

    scenario: str
    quantile: float
    limit_seconds: float
    hard: bool = True
    origin: str

    def __post_init__(self) -> None:
        if not 0 < self.quantile < 1 or not self.limit_seconds > 0:
            raise SettingError(
                "a quantile lies between 0 and 1, and its limit above 0", where=self.origin
            )


def check_load(target: LoadTarget, run: LoadRun, *, failures: float, level: float) -> TargetResult:
    """Hold one run against a limit.

    Missed where more requests than ``failures`` had no answer, a reply went astray or an event
    never came, whatever the latency of the others. Where the driver was the bottleneck a limit that
    is not met is open, as the run then says more of the driver than of the system; one that is met
    holds, as it does in a sweep: latency counts from the intended start, so that lateness only adds
    to it.

    Args:
        target: The limit.
        run: What the load saw.
        failures: Highest share of requests without an answer, 0 to 1.
        level: Confidence of the interval, two-sided, 0 to 1.
    """
    try:
        figure = latency_quantile(run, target.quantile, level=level)
        verdict, reason = tail_verdict(figure, target.limit_seconds), None
    except TooFewValuesError as exc:
        estimate = quantile_seconds(run.slices, target.quantile)
        figure = Interval(estimate, None, None, None, exc.values)
        verdict = TargetVerdict.UNDECIDED
        reason = f"an interval takes {exc.needed:,} requests at this scatter; raise duration"
        if (share := _surely_above(target, run, level)) is not None:
            verdict = TargetVerdict.MISSED
            reason = f"at least {show_share(share)} of the requests took longer than the limit"
    if (failing := _failing(run, failures)) is not None:
        verdict, reason = TargetVerdict.MISSED, failing
    elif verdict is not TargetVerdict.MET and (late := bottleneck(run)) is not None:
        verdict = TargetVerdict.UNDECIDED
        reason = (
            f"the driver was the bottleneck: 99 % were sent up to"
            f" {show_seconds(late.lateness_seconds)} late, where 99 % took"
            f" {show_seconds(late.latency_seconds)}; free a core or lower the rate"
        )
    return _result(target, figure, verdict, reason)


def _surely_above(target: LoadTarget, run: LoadRun, level: float) -> float | None:
    """The least share of requests over the limit, where that alone says that it is missed.

    A quantile's upper end takes hundreds of independent requests; that more than 1 % lie above a
    limit takes few, and where requests suffer together, as in a stall, there are few. Clopper and
    Pearson's interval at the effective number of requests, as Korn and Graubard take it (see
    :mod:`perfproof.judge.tails`).
    """
    total = sum(each.total for each in run.slices)
    over = sum(
        count
        for each in run.slices
        for upper, count in zip(each.upper_ns, each.counts, strict=True)
        if upper / 1e9 > target.limit_seconds
    )
    effect = slice_effect(run.slices, target.limit_seconds, level)
    effective = int(total / effect)
    if effective < 1:
        return None
    least = failure_rate(min(effective, int(over / effect)), effective, level=level).low
    return least if least is not None and least > 1 - target.quantile else None


def without_run(target: LoadTarget, verdict: TargetVerdict, reason: str) -> TargetResult:
    """What is said where no load was put on."""
    return _result(target, None, verdict, reason)


def _failing(run: LoadRun, failures: float) -> str | None:
    if run.astray:
        return f"{run.astray:,} replies came to a wrong connection"
    if run.missing:
        return f"{run.missing:,} events never came"
    if run.failures / run.requests > failures:
        example = f", as in: {run.example}" if run.example else ""
        return (
            f"{run.failures:,} of {run.requests:,} requests had no answer, more than"
            f" {show_share(failures)}{example}"
        )
    return None


def _result(
    target: LoadTarget, figure: Interval | None, verdict: TargetVerdict, reason: str | None
) -> TargetResult:
    return TargetResult(
        benchmark=target.scenario,
        kind=FigureKind.LATENCY,
        limit=target.limit_seconds,
        figure=figure,
        verdict=verdict,
        origin=target.origin,
        hard=target.hard,
        quantile=target.quantile,
        reason=reason,
    )
