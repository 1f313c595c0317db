"""The figures of benchmarks that targets need, each measured where one needs it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from perfproof.cli.counting import take
from perfproof.cli.leak_file import keeping
from perfproof.cli.leaking import LookPlan, Surveyed, look_for_leaks
from perfproof.cli.measuring import Order, measure, nothing_measured, sessions_folder
from perfproof.cli.printing import aside
from perfproof.cli.project import Meant, plan_of, system_of
from perfproof.cli.stored import only, read_one_version
from perfproof.configuration.settings import Project
from perfproof.errors import UseError
from perfproof.judge import Beside
from perfproof.judge.kept import KeptMemory, kept_memory
from perfproof.measure.counts import CountPlan, why_no_allocations, why_no_instructions
from perfproof.measure.leaks.recording import memray_or_refuse
from perfproof.measure.selection import Selection
from perfproof.record import FigureKind, LeakVerdict, Session, Trouble
from perfproof.record.quantity import parse_seconds
from perfproof.report.leaks import leak_sentence
from perfproof.store.journal import Journal

__all__ = ["Seen", "measured_figures", "stored_figures"]

_METERS: Mapping[str, tuple[FigureKind, ...]] = {
    "instructions": (FigureKind.INSTRUCTIONS,),
    "allocations": (FigureKind.ALLOCATIONS, FigureKind.BYTES),
}
"""What each way of counting gives."""

_WHY_NOT: Mapping[str, Callable[[], str | None]] = {
    "instructions": why_no_instructions,
    "allocations": why_no_allocations,
}
_HASH_SEEDS = (1, 2)
"""As `perfproof counts` takes them; a process for each."""

_NO_PEAK = "the system tells no peak memory of a process"
_Needs = Mapping[FigureKind, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What targets of benchmarks are held against.

    Attributes:
        session: Times, peak memory and counts; nothing but its header where none were needed.
        beside: What a session does not hold.
        path: The session's file, where one was written.
    """

    session: Session
    beside: Beside = field(default_factory=Beside)
    path: Path | None = None


def stored_figures(path: Path, selection: Selection) -> Seen:
    """What a session's file holds of the chosen benchmarks; all else is said to be absent."""
    session = read_one_version(path)
    chosen = {each.id for each in selection.choose(session.benchmarks)}
    absent: dict[FigureKind, str] = {
        kind: f"the session's file holds no {kind} of it; check without --session measures it"
        for kind in FigureKind
        if kind is not FigureKind.TIME
    }
    return Seen(only(session, chosen), Beside(absent=absent))


def measured_figures(
    project: Project, arguments: argparse.Namespace, meant: Meant, needs: _Needs
) -> Seen:
    """Measure: times and peak memory in one session, then counts, then what is kept."""
    absent: dict[FigureKind, str] = {}
    counted = _countable(needs, absent)
    timed = meant.only(needs[FigureKind.TIME] | needs[FigureKind.PEAK_MEMORY])
    order = Order(timed, plan_of(project, arguments), system_of(arguments), None, arguments.quiet)
    path = None
    if timed.benchmarks or counted:
        order = replace(order, beside=partial(_count, meant, counted, _ids(timed)))
        session, path = measure(project, order)
    else:
        session = nothing_measured(project, order)
    if not any(each.peak_rss_bytes for each in session.samples):
        absent[FigureKind.PEAK_MEMORY] = _NO_PEAK
    kept, troubles = _kept(project, arguments, meant.only(needs[FigureKind.KEPT_MEMORY]), absent)
    session = msgspec.structs.replace(
        session, benchmarks=meant.benchmarks, troubles=(*session.troubles, *troubles)
    )
    return Seen(session, Beside(kept, absent), path)


def _countable(needs: _Needs, absent: dict[FigureKind, str]) -> Mapping[str, frozenset[str]]:
    """Ids by what can be counted here; why the rest cannot goes to ``absent``."""
    found = {}
    for meter, kinds in _METERS.items():
        ids = frozenset().union(*(needs[kind] for kind in kinds))
        if not ids:
            continue
        reason = _WHY_NOT[meter]()
        if reason is None:
            found[meter] = ids
        else:
            absent.update(dict.fromkeys(kinds, f"{meter} are not counted here: {reason}"))
    return found


def _count(
    meant: Meant, wanted: Mapping[str, frozenset[str]], known: frozenset[str], journal: Journal
) -> None:
    """Count into the session's file, so that it can be held against its limits again."""
    every = frozenset().union(*wanted.values()) if wanted else frozenset()
    for benchmark in meant.only(every - known).benchmarks:
        journal.append(benchmark)
    for meter, ids in wanted.items():
        suites = [
            (suite, tuple(each.id for each in group))
            for suite, group in meant.only(ids).chosen.items()
        ]
        given = take(
            suites, {"base": meant.surroundings}, (meter,), CountPlan(hash_seeds=_HASH_SEEDS)
        )
        for tally in given.tallies:
            journal.append(tally)
        for trouble in given.troubles:
            journal.append(trouble)


def _kept(
    project: Project,
    arguments: argparse.Namespace,
    meant: Meant,
    absent: dict[FigureKind, str],
) -> tuple[Mapping[str, KeptMemory], tuple[Trouble, ...]]:
    """What the benchmarks keep of an operation; the surveys behind it are kept in a file."""
    if not meant.benchmarks:
        return {}, ()
    try:
        memray_or_refuse()
    except UseError as exc:
        absent[FigureKind.KEPT_MEMORY] = f"{exc.what}; {exc.remedy}"
        return {}, ()
    plan = LookPlan(
        timeout_seconds=max(60.0, parse_seconds(project.settings.timeout)),
        jobs=len(os.sched_getaffinity(0)),
    )
    path = _leaks_path(project)
    with keeping(path, project.root, system=system_of(arguments)) as keep:
        found = look_for_leaks(meant, plan, quiet=arguments.quiet, keep=keep)
    aside(f"leaks: kept in {path}")
    return _figures(found), found.troubles


def _figures(found: Surveyed) -> dict[str, KeptMemory]:
    # Of two surveys of a benchmark the later one decided, and a result stands after its own.
    last = {each.benchmark: each for each in found.surveys}
    figures = {}
    for result in found.results:
        kept = kept_memory(result, last[result.benchmark])
        reason = kept.reason
        if result.leaks:
            reason = f"keeps {leak_sentence(result.leaks[0])}"
        elif result.verdict is LeakVerdict.FREE and result.visible_every is not None:
            reason = f"one object kept every {result.visible_every:,} operations would be seen"
        figures[result.benchmark] = replace(kept, reason=reason)
    return figures


def _leaks_path(project: Project) -> Path:
    folder = sessions_folder(project).with_name("leaks")
    folder.mkdir(exist_ok=True)
    return folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.leaks.jsonl"


def _ids(meant: Meant) -> frozenset[str]:
    return frozenset(each.id for each in meant.benchmarks)
