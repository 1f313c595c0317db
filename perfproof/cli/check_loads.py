"""Loads against their limits: each scenario's load is put on once, for all of its targets."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfproof.cli.load_sides import Ground, Slot, slot_run
from perfproof.cli.loading import KeptRuns
from perfproof.cli.printing import aside
from perfproof.configuration.settings import Project
from perfproof.errors import MachineryError, SettingError, UseError
from perfproof.judge.load_limits import LoadTarget, check_load, without_run
from perfproof.judge.quantiles import values_needed
from perfproof.judge.tails import bottleneck
from perfproof.measure.load.commands import Place
from perfproof.measure.load.driving import Driver, require_parts
from perfproof.measure.load.scenario import Scenario, read_scenario
from perfproof.record import TargetResult, TargetVerdict
from perfproof.record.load import LoadRun
from perfproof.record.quantity import parse_share, show_seconds

__all__ = ["LoadPlan", "LoadsHeld", "hold_loads", "plan_loads", "stored_loads"]


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """One scenario and its targets."""

    scenario: Scenario
    targets: tuple[LoadTarget, ...]


@dataclass(frozen=True, slots=True)
class LoadsHeld:
    """What became of the loads.

    Attributes:
        results: One a target.
        sound: Whether each run of a hard target says something of the system; where the driver was
            the bottleneck or died, nothing may pass.
    """

    results: tuple[TargetResult, ...] = ()
    sound: bool = True


def plan_loads(
    project: Project, targets: Iterable[LoadTarget], level: float
) -> tuple[LoadPlan, ...]:
    """Read the scenarios, and refuse what could never be met before anything is measured.

    Raises:
        UseError: A scenario that cannot be read, too few requests, or a limit that its timeout
            hides.
    """
    groups: dict[str, list[LoadTarget]] = {}
    for each in targets:
        groups.setdefault(each.scenario, []).append(each)
    plans = []
    for name, group in groups.items():
        scenario = read_scenario(project.path(name))
        for target in group:
            _refuse_blind(target, scenario, level)
        plans.append(LoadPlan(scenario, tuple(group)))
    return tuple(plans)


def _refuse_blind(target: LoadTarget, scenario: Scenario, level: float) -> None:
    if target.limit_seconds >= scenario.timeout_seconds:
        raise SettingError(
            f"{show_seconds(target.limit_seconds)} is not below the timeout of {scenario.timeout}"
            f" in {target.scenario}, so missing it could not be seen",
            where=target.origin,
            remedy="raise timeout there, or lower the limit",
        )
    requests = round(scenario.rate * scenario.seconds)
    needed = values_needed(target.quantile, level=level)
    if requests < needed:
        raise SettingError(
            f"{target.scenario} makes {requests:,} requests; a {target.quantile * 100:g} %"
            f" quantile takes {needed:,}",
            where=target.origin,
            remedy=f"raise duration to {show_seconds(needed / scenario.rate * 1.005)} or more",
        )


def hold_loads(
    project: Project, plans: Sequence[LoadPlan], arguments: argparse.Namespace
) -> LoadsHeld:
    """Put each load on and hold its targets; what cannot be put on here is open, never passed."""
    held = [_held(project, plan, arguments) for plan in plans]
    return LoadsHeld(
        results=tuple(result for each in held for result in each.results),
        sound=all(each.sound for each in held),
    )


def _held(project: Project, plan: LoadPlan, arguments: argparse.Namespace) -> LoadsHeld:
    if not arguments.quiet:
        name, scenario = plan.targets[0].scenario, plan.scenario
        aside(f"perfproof: load {name}: {scenario.rate:g}/s for {scenario.duration}")
    hard = any(each.hard for each in plan.targets)
    try:
        require_parts(plan.scenario)
    except UseError as exc:
        return _without(plan, TargetVerdict.UNDECIDED, f"{exc.what}; {exc.remedy}")
    try:
        run = _run(project, plan, arguments)
    except MachineryError as exc:
        lost = _without(plan, TargetVerdict.UNDECIDED, f"the load's driver failed: {exc}")
        return LoadsHeld(lost.results, sound=not hard)
    except UseError as exc:
        # The user's server does not come up, or nothing answers: that is no limit met.
        return _without(plan, TargetVerdict.MISSED, f"no load could be put on: {exc}")
    level, failures = project.settings.share("level"), parse_share(plan.scenario.failures)
    results = [check_load(each, run, failures=failures, level=level) for each in plan.targets]
    # Where it missed all the same, that is what is said.
    open_ones = [each for each in results if each.verdict is TargetVerdict.UNDECIDED]
    late = bottleneck(run) is not None and any(each.hard for each in open_ones)
    return LoadsHeld(tuple(results), sound=not late)


def stored_loads(targets: Iterable[LoadTarget]) -> LoadsHeld:
    """What is said of loads where a stored session is judged."""
    reason = "a session's file holds no load; check without --session puts it on"
    return LoadsHeld(tuple(without_run(each, TargetVerdict.UNDECIDED, reason) for each in targets))


def _run(project: Project, plan: LoadPlan, arguments: argparse.Namespace) -> LoadRun:
    scenario = plan.scenario
    # A file for each scenario, as `perfproof load` writes it.
    named = argparse.Namespace(scenario=Path(plan.targets[0].scenario), output=None)
    with Driver() as driver:
        ground = Ground(
            project=project,
            scenario=scenario,
            seed=arguments.seed or secrets.randbits(32),
            level=project.settings.share("level"),
            keep=KeptRuns(project, named, scenario),
            driver=driver,
        )
        here = Place(folder=project.root, variables={})
        slot = Slot(rate=scenario.rate, seconds=scenario.seconds)
        run = slot_run(ground, here, slot)
        ground.keep.add(run)
        if bottleneck(run) is not None:
            # Something else may have had the core for a moment.
            run = slot_run(ground, here, slot)
            ground.keep.add(run)
        return run


def _without(plan: LoadPlan, verdict: TargetVerdict, reason: str) -> LoadsHeld:
    said = reason.removesuffix(".")
    return LoadsHeld(tuple(without_run(each, verdict, said) for each in plan.targets))
