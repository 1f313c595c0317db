"""``perfproof leaks``: what each benchmark keeps of every operation."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec

from perfproof.cli.leak_file import Keep, keeping, look_of, no_file
from perfproof.cli.printing import aside, show
from perfproof.cli.project import Meant, find_meant, open_project, system_of
from perfproof.errors import ExitCode, UseError
from perfproof.judge.leaks import judge_survey, judge_surveys
from perfproof.measure.leaks.marking import plugin_variables
from perfproof.measure.leaks.recording import memray_or_refuse
from perfproof.measure.leaks.surveying import SurveyPlan, survey
from perfproof.measure.selection import Selection
from perfproof.measure.suites import Suite
from perfproof.record import Benchmark, LeakReport, LeakResult, LeakVerdict, Survey, Trouble
from perfproof.record.quantity import parse_seconds
from perfproof.report.leaks import leak_lines
from perfproof.report.visible import visible

__all__ = [
    "LookPlan",
    "Surveyed",
    "exit_code_of",
    "look_at",
    "look_for_leaks",
    "look_longer",
    "report_of",
    "run",
]

FIRST_SECONDS = 1.2
"""Rounds of the first look; nearly every benchmark is done with it."""

_LONGER = 2.5
"""The second look, at what the first has found, takes so many times as long."""


class Surveyed(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found: verdicts, and the marks behind them."""

    results: tuple[LeakResult, ...]
    surveys: tuple[Survey, ...]
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPlan:
    """How a suite is looked at.

    Attributes:
        first_seconds: Of the first look's rounds.
        timeout_seconds: How long a process may be silent.
        native: Whether frames of C code are recorded.
        jobs: Processes at once; leaks are counted and not timed, so they do not mind each other.
    """

    first_seconds: float = FIRST_SECONDS
    timeout_seconds: float = 60.0
    native: bool = False
    jobs: int = 1


def run(arguments: argparse.Namespace) -> ExitCode:
    """Repeat the chosen benchmarks and marked tests in growing rounds; say what survives."""
    memray_or_refuse()
    project = open_project(arguments)
    os.environ.update(plugin_variables(os.environ.get("PYTEST_PLUGINS", "")))
    selection = Selection(tuple(arguments.node_ids), arguments.keyword)
    plan = LookPlan(
        first_seconds=_seconds(arguments.seconds),
        timeout_seconds=max(60.0, parse_seconds(project.settings.timeout)),
        native=arguments.native,
        jobs=arguments.jobs or len(os.sched_getaffinity(0)),
    )
    if arguments.compare is not None:
        from perfproof.cli.leaks_compared import run_compared

        return run_compared(project, arguments, selection, plan)
    meant = find_meant(project, system_of(arguments), selection)
    with keeping(arguments.output, project.root, system=system_of(arguments)) as keep:
        found = look_for_leaks(meant, plan, quiet=arguments.quiet, keep=keep)
    if arguments.json:
        print(msgspec.json.encode(report_of(found)).decode())
    else:
        show(lambda _: leak_lines(found.results, found.troubles))
    return exit_code_of(found, strict=arguments.strict)


def _seconds(text: str | None) -> float:
    if text is None:
        return FIRST_SECONDS
    try:
        return parse_seconds(text)
    except ValueError as exc:
        raise UseError(str(exc), where="--seconds") from exc


def look_for_leaks(
    meant: Meant, plan: LookPlan, *, quiet: bool = True, keep: Keep = no_file
) -> Surveyed:
    """Every benchmark in fresh processes of its own, so many at once."""
    work = [(suite, each) for suite, group in meant.chosen.items() for each in group]

    def looked(one: tuple[Suite, Benchmark]) -> tuple[Survey | LeakResult | Trouble, ...]:
        seen = tuple(look_at(*one, meant, plan))
        keep(look_of(one[1].id, seen))
        return seen

    results: list[LeakResult] = []
    surveys: list[Survey] = []
    troubles: list[Trouble] = []
    with ThreadPoolExecutor(plan.jobs) as pool:
        looks = pool.map(looked, work)
        try:
            for number, seen in enumerate(looks, start=1):
                for each in seen:
                    if isinstance(each, Trouble):
                        troubles.append(each)
                    elif isinstance(each, Survey):
                        surveys.append(each)
                    else:
                        results.append(each)
                if not quiet:
                    said = [each.verdict for each in seen if isinstance(each, LeakResult)]
                    word = said[0] if said else "no verdict"
                    name = visible(work[number - 1][1].id)
                    aside(f"perfproof: {number} of {len(work)}: {name}: {word}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Surveyed(results=tuple(results), surveys=tuple(surveys), troubles=tuple(troubles))


def look_at(
    suite: Suite, benchmark: Benchmark, meant: Meant, plan: LookPlan
) -> Iterator[Survey | LeakResult | Trouble]:
    """One benchmark: a short look; where that sees anything, a longer one in another process."""
    order = SurveyPlan(
        budget_seconds=plan.first_seconds,
        timeout_seconds=plan.timeout_seconds,
        native=plan.native,
        seed=secrets.randbelow(1 << 32),
    )
    first = survey(suite, benchmark, meant.surroundings, order)
    yield first
    if isinstance(first, Trouble):
        return
    judged = judge_survey(first)
    if judged.verdict is LeakVerdict.FREE:
        yield judged
    else:
        yield from look_longer(suite, benchmark, meant, plan, judged)


def look_longer(
    suite: Suite, benchmark: Benchmark, meant: Meant, plan: LookPlan, first: LeakResult
) -> Iterator[Survey | LeakResult | Trouble]:
    """The longer look in another process, and what both say together."""
    order = SurveyPlan(
        budget_seconds=_LONGER * plan.first_seconds,
        timeout_seconds=plan.timeout_seconds,
        native=plan.native,
        seed=secrets.randbelow(1 << 32),
    )
    second = survey(suite, benchmark, meant.surroundings, order)
    yield second
    if isinstance(second, Survey):
        yield judge_surveys(first, judge_survey(second))


def exit_code_of(found: Surveyed, *, strict: bool) -> ExitCode:
    """1 for a leak or a benchmark that failed; 4 where a process of ours died; 3 if asked."""
    kinds = {each.kind for each in found.troubles} - {"skipped"}
    verdicts = {each.verdict for each in found.results}
    if LeakVerdict.LEAK in verdicts or kinds - {"worker"}:
        return ExitCode.CHECK_FAILED
    if kinds:
        return ExitCode.MACHINERY
    if strict and LeakVerdict.UNDECIDED in verdicts:
        return ExitCode.UNDECIDED
    return ExitCode.PASS


def report_of(found: Surveyed) -> LeakReport:
    """The verdicts alone; where all was skipped, why."""
    skipped = [each.reason for each in found.troubles if each.kind == "skipped"]
    return LeakReport(
        results=found.results,
        troubles=tuple(
            f"{each.benchmark}: {each.reason}" for each in found.troubles if each.kind != "skipped"
        ),
        skipped=skipped[0]
        if skipped and len(skipped) == len(found.troubles + found.results)
        else None,
    )
