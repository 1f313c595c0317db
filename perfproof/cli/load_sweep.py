"""`perfproof load SCENARIO --sweep`: the highest rate at which a quantile stays under its limit."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from perfproof.cli.load_sides import Ground, Slot, slot_run
from perfproof.cli.printing import show
from perfproof.errors import ExitCode, MachineryError, UseError
from perfproof.judge.knee import Knee, Rung, find_knee, next_rate
from perfproof.judge.quantiles import TooFewValuesError, values_needed
from perfproof.judge.tails import (
    bottleneck,
    latency_quantile,
    lowest_seconds,
    quantile_seconds,
    tail_verdict,
)
from perfproof.measure.load.arrivals import MOST_REQUESTS
from perfproof.measure.load.commands import Place
from perfproof.record import Interval, TargetVerdict
from perfproof.record.load import LoadRun
from perfproof.record.quantity import parse_share, show_seconds
from perfproof.report.curve import CurvePoint, curve_svg
from perfproof.report.load import RungLine, rung_line

__all__ = ["sweep"]

_MOST_RUNGS = 16
_STEP = 1.1
_SPARE = 4.0
_LONGEST_SECONDS = 300.0
_LONGEST_AGAIN_SECONDS = 60.0
_TRIES = 3
_DRIVER = "the driver was the bottleneck"


def sweep(ground: Ground, arguments: argparse.Namespace) -> ExitCode:
    """Try rate after rate, each on a fresh server; say where the knee is."""
    quantile, limit = _target(ground)
    here = Place(folder=ground.project.root, variables={})
    least = values_needed(quantile, level=ground.level)
    print(f"{quantile * 100:g} % under {show_seconds(limit)}, a line a rate:", flush=True)
    rungs: list[Rung] = []
    while len(rungs) < _MOST_RUNGS:
        rate = next_rate(
            rungs,
            ground.scenario.rate,
            most=MOST_REQUESTS / ground.scenario.seconds,
            step=_STEP,
        )
        if rate is None:
            break
        # Slow rates run longer, so that they carry the quantile although requests hang together.
        seconds = max(ground.scenario.seconds, min(_LONGEST_SECONDS, _SPARE * least / rate))
        rung = _tried(ground, here, Slot(rate=rate, seconds=seconds), (quantile, limit))
        rungs.append(rung)
        line = RungLine(
            rate=rate,
            verdict=rung.verdict,
            figure=rung.figure,
            most_seconds=limit,
            reason=rung.reason,
        )
        _tell(line)
        if len(rungs) == 1 and rung.verdict is None:
            break  # where the driver cannot keep up at the first rate, no other says more
    knee = find_knee(rungs)
    print(_sentence(knee, rungs, (quantile, limit)))
    if arguments.figure is not None:
        _draw(arguments.figure, rungs, (quantile, limit))
    return _exit_code(ground, knee, rungs, strict=arguments.strict)


def _tell(line: RungLine) -> None:
    show(lambda _: [rung_line(line)])


def _target(ground: Ground) -> tuple[float, float]:
    limits = ground.scenario.quantile_limits
    if not limits:
        raise UseError(
            "a sweep needs a limit to hold the rates against",
            where="limits",
            remedy='write [limits] with "99 %" = "100 ms" into the scenario',
        )
    quantile = max(limits)
    return quantile, limits[quantile]


def _tried(ground: Ground, here: Place, slot: Slot, target: tuple[float, float]) -> Rung:
    """One rate; a limit that is met holds although the driver was late, as latency holds that."""
    rung = Rung(rate=slot.rate, verdict=None, reason=_DRIVER)
    for _ in range(_TRIES):
        run = slot_run(ground, here, slot)
        ground.keep.add(run)
        rung, needed = _judged(ground, run, target)
        if rung.verdict is TargetVerdict.MET:
            return rung
        decided = needed is None or slot.seconds >= _LONGEST_AGAIN_SECONDS
        if bottleneck(run) is not None:
            # Once more: something else may have had the core for a moment.
            rung = Rung(rate=slot.rate, verdict=None, reason=_DRIVER)
        elif decided:
            return rung
        if not decided:
            # And longer, as requests hung together: met, it would hold however late the driver was.
            longer = min(_LONGEST_AGAIN_SECONDS, _SPARE / 2 * (needed or 0) / slot.rate)
            slot = replace(slot, seconds=max(slot.seconds, longer))
    return rung


def _judged(ground: Ground, run: LoadRun, target: tuple[float, float]) -> tuple[Rung, int | None]:
    """The rung, and how many requests would have decided it where these were too few."""
    quantile, limit = target
    failing, needed = _failing(run, ground), None
    try:
        figure = latency_quantile(run, quantile, level=ground.level)
        verdict, reason = tail_verdict(figure, limit), failing
    except TooFewValuesError as exc:
        figure = Interval(quantile_seconds(run.slices, quantile), None, None, None, exc.values)
        if lowest_seconds(run, quantile, level=ground.level) >= limit:
            verdict, reason = TargetVerdict.MISSED, failing
        else:
            verdict, needed = TargetVerdict.UNDECIDED, exc.needed
            reason = failing or f"an interval takes {exc.needed:,} requests"
    rung = Rung(
        rate=run.offered.rate,
        verdict=TargetVerdict.MISSED if failing else verdict,
        figure=figure,
        median_seconds=quantile_seconds(run.slices, 0.5),
        reason=reason,
    )
    return rung, None if failing else needed


def _failing(run: LoadRun, ground: Ground) -> str | None:
    if run.astray:
        return f"{run.astray:,} messages came to a wrong connection"
    if run.missing:
        return f"{run.missing:,} events never came"
    if run.failures / run.requests > parse_share(ground.scenario.failures):
        return f"{run.failures:,} of {run.requests:,} requests had no answer"
    return None


def _sentence(knee: Knee, rungs: list[Rung], target: tuple[float, float]) -> str:
    quantile, limit = target
    under = f"{quantile * 100:g} % stay under {show_seconds(limit)}"
    if knee.highest_met is None:
        return f"no rate was found at which {under}"
    if knee.lowest_not_met is None:
        return (
            f"{under} up to {knee.highest_met:,.5g} requests a second, the highest that was tried"
        )
    edge = next(each for each in rungs if each.rate == knee.lowest_not_met)
    why = edge.reason or (edge.verdict.value if edge.verdict else "no figure")
    return (
        f"{under} up to {knee.highest_met:,.5g} requests a second;"
        f" at {knee.lowest_not_met:,.5g}: {why}"
    )


def _draw(path: Path, rungs: list[Rung], target: tuple[float, float]) -> None:
    points = [
        CurvePoint(
            rate=each.rate,
            seconds=each.figure.estimate,
            low=each.figure.low or each.figure.estimate,
            high=each.figure.high or each.figure.estimate,
            verdict=each.verdict,
        )
        for each in rungs
        if each.verdict and each.figure
    ]
    if not points:
        raise UseError("no rate gave a figure, so there is nothing to draw", where=str(path))
    quantile, limit = target
    drawing = curve_svg(points, target_seconds=limit, title=f"{quantile * 100:g} % of requests")
    try:
        path.write_text(drawing, encoding="utf-8")
    except OSError as exc:
        raise UseError(f"cannot be written: {exc.strerror}", where=str(path)) from exc


def _exit_code(ground: Ground, knee: Knee, rungs: list[Rung], *, strict: bool) -> ExitCode:
    """The scenario's own rate is what must be met; how far it goes beyond is a figure."""
    if knee.highest_met is not None and knee.highest_met >= ground.scenario.rate:
        return ExitCode.PASS
    own = min(rungs, key=lambda each: abs(each.rate - ground.scenario.rate))
    if own.verdict is TargetVerdict.MISSED:
        return ExitCode.CHECK_FAILED
    if own.verdict is None and own.reason == _DRIVER:
        raise MachineryError(f"{_DRIVER} at the scenario's own rate", remedy="free a core")
    return ExitCode.UNDECIDED if strict else ExitCode.PASS
