"""``perfproof load SCENARIO``: open-loop load on an endpoint, its tails held against limits."""

from __future__ import annotations

import argparse
import secrets
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from perfproof import __version__
from perfproof.cli.load_sides import Ground, Slot, compare_sides, slot_run
from perfproof.cli.load_sweep import sweep
from perfproof.cli.measuring import sessions_folder
from perfproof.cli.printing import aside, show
from perfproof.cli.project import open_project
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, MachineryError, SettingError, UseError
from perfproof.judge.quantiles import TooFewValuesError, values_needed
from perfproof.judge.tails import (
    LATENESS_RULE,
    bottleneck,
    latency_quantile,
    lowest_seconds,
    tail_verdict,
)
from perfproof.measure.load.commands import Place
from perfproof.measure.load.driving import Driver, require_parts
from perfproof.measure.load.scenario import Scenario, read_scenario
from perfproof.measure.machine import Machine
from perfproof.measure.revision import read_commit
from perfproof.record import TargetVerdict
from perfproof.record.load import LOAD_SCHEMA, LoadHeader, LoadRun, LoadSession
from perfproof.record.quantity import parse_share, show_seconds
from perfproof.report.load import QuantileLine, run_lines
from perfproof.store.loads import LOAD_SUFFIX, write_load

__all__ = ["KeptRuns", "run"]

_ALWAYS_SHOWN = (0.5, 0.9, 0.99, 0.999)


def run(arguments: argparse.Namespace) -> ExitCode:
    """One run, a sweep of rates, or base against head; as the command line says."""
    project = open_project(arguments)
    scenario = scenario_of(arguments)
    require_parts(scenario)
    keep = KeptRuns(project, arguments, scenario)
    with Driver() as driver:
        ground = Ground(
            project=project,
            scenario=scenario,
            seed=arguments.seed or secrets.randbits(32),
            level=project.settings.share("level"),
            keep=keep,
            driver=driver,
        )
        if arguments.base is not None:
            return compare_sides(ground, arguments)
        if arguments.sweep:
            return sweep(ground, arguments)
        return one_run(ground, strict=arguments.strict)


def one_run(ground: Ground, *, strict: bool) -> ExitCode:
    """Put the scenario's load on once and judge it."""
    scenario = ground.scenario
    require_enough(scenario, ground.level)
    here = Place(folder=ground.project.root, variables={})
    seen = slot_run(ground, here, Slot(rate=scenario.rate, seconds=scenario.seconds))
    ground.keep.add(seen)
    lines = quantile_lines(seen, scenario, ground.level)
    show(lambda _: run_lines(seen, lines, scenario.shown_url))
    refuse_bottleneck(seen)
    code = exit_code(seen, scenario, lines)
    return ExitCode.PASS if code is ExitCode.UNDECIDED and not strict else code


def scenario_of(arguments: argparse.Namespace) -> Scenario:
    """The scenario with what the command line says instead.

    Raises:
        UseError: A value that is refused.
    """
    scenario = read_scenario(arguments.scenario)
    said = {
        key: value
        for key in ("rate", "duration", "url")
        if (value := getattr(arguments, key, None)) is not None
    }
    if not said:
        return scenario
    table = {**msgspec.to_builtins(scenario), **said}
    try:
        return msgspec.convert(table, Scenario)
    except msgspec.ValidationError as exc:
        raise SettingError(f"refused: {exc}", where=arguments.scenario.name) from exc


def require_enough(scenario: Scenario, level: float) -> None:
    """Refuse, before the measuring, a limit that so few requests could never meet.

    Raises:
        UseError: With the number needed.
    """
    requests = round(scenario.rate * scenario.seconds)
    for quantile in scenario.quantile_limits:
        needed = values_needed(quantile, level=level)
        if requests < needed:
            raise UseError(
                f"{scenario.rate:g} requests a second for {scenario.duration} are"
                f" {requests:,} requests; a {quantile * 100:g} % quantile takes {needed:,}",
                where="limits",
                remedy=f"raise duration to {show_seconds(needed / scenario.rate * 1.005)} or more",
            )


def quantile_lines(run: LoadRun, scenario: Scenario, level: float) -> list[QuantileLine]:
    """The usual quantiles and those with a limit."""
    limits = scenario.quantile_limits
    lines = []
    for quantile in sorted({*_ALWAYS_SHOWN, *limits}):
        limit = limits.get(quantile)
        try:
            figure = latency_quantile(run, quantile, level=level)
        except TooFewValuesError as exc:
            line = QuantileLine(
                quantile=quantile,
                figure=None,
                needed=exc.needed,
                limit_seconds=limit,
                verdict=None if limit is None else _one_sided(run, quantile, limit, level),
            )
        else:
            verdict = None if limit is None else tail_verdict(figure, limit)
            line = QuantileLine(
                quantile=quantile, figure=figure, limit_seconds=limit, verdict=verdict
            )
        lines.append(line)
    return lines


def _one_sided(run: LoadRun, quantile: float, limit: float, level: float) -> TargetVerdict:
    """Too few requests can still say that a limit was missed, never that it was met."""
    missed = lowest_seconds(run, quantile, level=level) >= limit
    return TargetVerdict.MISSED if missed else TargetVerdict.UNDECIDED


def exit_code(run: LoadRun, scenario: Scenario, lines: list[QuantileLine]) -> ExitCode:
    """1 for a missed limit, too many failures, a message astray or an event missing; 3 if open."""
    too_many = run.failures / run.requests > parse_share(scenario.failures)
    verdicts = {each.verdict for each in lines}
    if too_many or run.misdeeds or TargetVerdict.MISSED in verdicts:
        return ExitCode.CHECK_FAILED
    return ExitCode.UNDECIDED if TargetVerdict.UNDECIDED in verdicts else ExitCode.PASS


def refuse_bottleneck(run: LoadRun) -> None:
    """Refuse a run that says more of the driver than of the system.

    Raises:
        MachineryError: With both figures and the rule.
    """
    found = bottleneck(run)
    if found is not None:
        raise MachineryError(
            f"the driver was the bottleneck: 99 % were sent up to"
            f" {show_seconds(found.lateness_seconds)} late, where 99 % took"
            f" {show_seconds(found.latency_seconds)} ({LATENESS_RULE})",
            remedy="lower the rate, free a core, or set `awake = true`",
        )


class KeptRuns:
    """The session's file: written anew after every run, so that a crash loses one."""

    def __init__(self, project: Project, arguments: argparse.Namespace, scenario: Scenario) -> None:
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        machine = Machine()
        self._session = LoadSession(
            header=LoadHeader(
                schema=LOAD_SCHEMA,
                id=secrets.token_hex(16),
                started=started,
                tool_version=__version__,
                fingerprint=machine.fingerprint(),
                environment=machine.environment(),
                commit=read_commit(project.root),
                scenario=arguments.scenario.name,
                url=scenario.shown_url,
            )
        )
        stamp = started[:23].replace(":", "").replace("-", "").replace(".", "")
        name = f"{stamp}_{self._session.header.id[:8]}{LOAD_SUFFIX}"
        self.path: Path = arguments.output or _loads_folder(project) / name

    def named(self, base: str, head: str) -> None:
        """Say which versions the sides are."""
        header = msgspec.structs.replace(self._session.header, base=base, head=head)
        self._session = msgspec.structs.replace(self._session, header=header)

    def add(self, run: LoadRun) -> None:
        """Keep one run."""
        if not self._session.runs:
            aside(f"kept in {self.path}")
        self._session = msgspec.structs.replace(self._session, runs=(*self._session.runs, run))
        write_load(self.path, self._session)


def _loads_folder(project: Project) -> Path:
    folder = sessions_folder(project).with_name("loads")
    folder.mkdir(exist_ok=True)
    return folder
