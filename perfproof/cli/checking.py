"""``perfproof check``: benchmarks and loads against their targets."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import msgspec
import numpy as np

from perfproof.cli.check_benchmarks import Seen, measured_figures, stored_figures
from perfproof.cli.check_loads import LoadsHeld, hold_loads, plan_loads, stored_loads
from perfproof.cli.check_plan import Asked, asked_of, find_held, no_target
from perfproof.cli.printing import aside, show
from perfproof.cli.project import open_project
from perfproof.cli.running import exit_code_of
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode
from perfproof.judge import CheckedTargets, Target, check_targets
from perfproof.record import Session, TargetReport, TargetResult, TargetVerdict
from perfproof.report import target_lines
from perfproof.report.visible import visible

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """Hold what is chosen against every limit that names it."""
    project = open_project(arguments)
    asked = asked_of(project, arguments)
    level = project.settings.share("level")
    plans = plan_loads(project, asked.loads, level)
    seen = figures_of(project, arguments, asked) if asked.benchmarks else None
    checked = CheckedTargets((), (), ()) if seen is None else held_against(seen, asked, level)
    if not checked.results and not checked.unmeasured and not asked.loads:
        raise no_target()
    stored = arguments.session is not None
    loads = stored_loads(asked.loads) if stored else hold_loads(project, plans, arguments)
    session = None if seen is None else seen.session
    # Who chooses benchmarks does not mean the targets of others.
    unheld = checked.unmatched if stored and asked.whole else ()
    sentences = [*lost_sentences(checked, session), *map(unheld_sentence, unheld)]
    tell((*checked.results, *loads.results), sentences, json=arguments.json)
    code = verdict_of(session, checked, loads, strict=arguments.strict)
    if code is ExitCode.PASS and arguments.strict and any(each.hard for each in unheld):
        return ExitCode.UNDECIDED
    return code


def figures_of(project: Project, arguments: argparse.Namespace, asked: Asked) -> Seen:
    """What a stored session holds, or what is measured now."""
    if arguments.session is not None:
        return stored_figures(arguments.session, asked.selection)
    meant, needs = find_held(project, arguments, asked)
    if not any(needs.values()) and not asked.loads:
        raise no_target()
    seen = measured_figures(project, arguments, meant, needs)
    if seen.path is not None:
        say = aside if arguments.json else print
        say(f"session: {seen.path}")
    return seen


def held_against(seen: Seen, asked: Asked, level: float) -> CheckedTargets:
    """Every target and mark, against what was seen."""
    return check_targets(
        seen.session,
        asked.targets,
        level=level,
        rng=np.random.default_rng(seen.session.header.plan.seed),
        beside=seen.beside,
    )


def lost_sentences(checked: CheckedTargets, session: Session | None) -> list[str]:
    """What gave no figure, with the first cause that is known."""
    causes: dict[str | None, str] = {}
    for trouble in session.troubles if session is not None else ():
        causes.setdefault(trouble.benchmark, f" ({trouble.kind}: {trouble.reason})")
    return [
        f"{visible(name)}: gave no figure to hold against {visible(target.origin)}"
        f"{visible(causes.get(name, ''))}"
        for target, name in checked.unmeasured
    ]


def unheld_sentence(target: Target) -> str:
    """That a session's file holds nothing of what a target names."""
    return visible(
        f"{target.origin}: '{target.pattern}' ({target.kind}) names no benchmark of the session,"
        " so nothing was held against it"
    )


def tell(results: Sequence[TargetResult], lost: Sequence[str], *, json: bool) -> None:
    """One table of everything, or the same as one line for machines."""
    if json:
        report = TargetReport(results=tuple(results), lost=tuple(lost))
        print(msgspec.json.encode(report).decode())
        return
    show(lambda width: target_lines(results, width=width))
    for sentence in lost:
        print(sentence)


def verdict_of(
    session: Session | None, checked: CheckedTargets, loads: LoadsHeld, *, strict: bool
) -> ExitCode:
    """1 for a hard target missed or a benchmark without figure; 3 for undecided if asked.

    4 for a load that says more of its driver than of the system.
    """
    results = (*checked.results, *loads.results)
    hard = {each.verdict for each in results if each.hard}
    if TargetVerdict.MISSED in hard or _lost(session, checked.unmeasured):
        return ExitCode.CHECK_FAILED
    if session is not None and exit_code_of(session):
        return ExitCode.CHECK_FAILED
    if not loads.sound:
        return ExitCode.MACHINERY
    incomplete = session is not None and not session.complete
    undecided = TargetVerdict.UNDECIDED in hard or incomplete
    return ExitCode.UNDECIDED if strict and undecided else ExitCode.PASS


def _lost(session: Session | None, unmeasured: Sequence[tuple[Target, str]]) -> list[str]:
    """Benchmarks of hard targets without a figure, but for those that the suite itself skips."""
    troubles = session.troubles if session is not None else ()
    skipped = {each.benchmark for each in troubles if each.kind == "skipped"}
    return [name for target, name in unmeasured if target.hard and name not in skipped]
