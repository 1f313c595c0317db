"""What every command begins with: the project, its suites, and the benchmarks that are meant."""

from __future__ import annotations

import argparse
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from perfproof.cli.printing import aside
from perfproof.configuration.settings import SYSTEM_VARIABLE, Project, Settings, find_project
from perfproof.errors import UseError
from perfproof.measure.lockstep import PairPlan
from perfproof.measure.selection import Selection
from perfproof.measure.suites import Suite, collect, find_suites
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Benchmark, Plan
from perfproof.record.quantity import parse_seconds, parse_share

__all__ = [
    "MOST_PAIRS",
    "Meant",
    "complaint",
    "find_meant",
    "margin_of",
    "open_project",
    "pair_plan_of",
    "plan_of",
    "system_of",
]

MOST_PAIRS = 120
"""Pairs after which a duel is undecided, where nobody asks for another number."""

_LEAST_LISTING_SECONDS = 120.0
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class Meant:
    """The benchmarks that a command is about."""

    chosen: Mapping[Suite, tuple[Benchmark, ...]]
    surroundings: Surroundings

    @property
    def benchmarks(self) -> tuple[Benchmark, ...]:
        """All of them, in the order of their suites."""
        return tuple(each for group in self.chosen.values() for each in group)

    def only(self, ids: frozenset[str]) -> Meant:
        """The same, for these ids alone."""
        chosen = {
            suite: kept
            for suite, group in self.chosen.items()
            if (kept := tuple(each for each in group if each.id in ids))
        }
        return Meant(chosen, self.surroundings)


def open_project(arguments: argparse.Namespace) -> Project:
    """The project around the current folder, or the one that ``--config`` names.

    ``--pytest`` and ``--pyperf`` say where the suites stand, instead of the settings.
    """
    project = find_project(Path.cwd(), arguments.config)
    said = {
        key: tuple(value)
        for key in ("pytest", "pyperf")
        if (value := getattr(arguments, key, None)) is not None
    }
    if not said:
        return project
    if len(said) == 1:
        # Who names one kind of suite does not want the other to be searched for.
        said = {"pytest": (), "pyperf": (), **said}
    settings = msgspec.structs.replace(project.settings, command=(), **said)
    return msgspec.structs.replace(project, settings=settings)


def system_of(arguments: argparse.Namespace) -> str | None:
    """The module of ``--system``, or of the environment variable of the same meaning.

    Raises:
        UseError: Not the name of a module.
    """
    named: str | None = arguments.system or os.environ.get(SYSTEM_VARIABLE) or None
    if named is not None and not _MODULE.fullmatch(named):
        raise UseError(f"'{named}' is not the name of a module", where="--system")
    return named


def find_meant(project: Project, system: str | None, selection: Selection | None = None) -> Meant:
    """Collect the project's suites and choose from them.

    Raises:
        UseError: No suite, a suite that cannot be imported, or nothing that was chosen.
    """
    surroundings = Surroundings(
        project.root, {SYSTEM_VARIABLE: system} if system is not None else {}
    )
    settings = project.settings
    suites = find_suites(project.root, settings.pytest, settings.pyperf, settings.command)
    found = collect(
        suites,
        surroundings,
        timeout_seconds=listing_timeout(settings),
        complain=complaint if selection is not None and selection.chooses else None,
    )
    meant = Meant(found, surroundings)
    if selection is None:
        return meant
    return meant.only(frozenset(each.id for each in selection.choose(meant.benchmarks)))


def listing_timeout(settings: Settings) -> float:
    """Seconds that a suite may take to name its benchmarks: it is imported whole for that."""
    return max(_LEAST_LISTING_SECONDS, parse_seconds(settings.timeout))


def complaint(error: UseError) -> None:
    """Say what could not be listed, where it was perhaps not asked for."""
    aside(f"perfproof: not listed: {error}")


def margin_of(project: Project, arguments: argparse.Namespace, key: str) -> float:
    """The slowdown that matters, 0.05 is 5 %."""
    if arguments.margin is None:
        return project.settings.share(key)
    try:
        margin = parse_share(arguments.margin)
    except ValueError as exc:
        raise UseError(str(exc), where="--margin") from exc
    if not 0 < margin < 1:
        raise UseError("must lie between 0 % and 100 %", where="--margin")
    return margin


def plan_of(project: Project, arguments: argparse.Namespace) -> Plan:
    """The project's plan with what the command line says instead."""
    plan = project.settings.plan(seed=arguments.seed or secrets.randbits(32))
    said = {
        key: value
        for key in ("processes", "blocks")
        if (value := getattr(arguments, key, None)) is not None
    }
    return msgspec.structs.replace(plan, **said) if said else plan


def pair_plan_of(project: Project) -> PairPlan:
    """How the project's duels measure a process pair."""
    settings = project.settings
    return PairPlan(
        block_seconds=parse_seconds(settings.block),
        # Each side warms caches that the other then uses too.
        warmup_seconds=parse_seconds(settings.warmup) / 2,
        timeout_seconds=parse_seconds(settings.timeout),
    )
