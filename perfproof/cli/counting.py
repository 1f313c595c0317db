"""``perfproof counts``: what a call executes and allocates, of one version or of two."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

import msgspec

from perfproof.cli.printing import aside, show
from perfproof.cli.project import find_meant, open_project, system_of
from perfproof.cli.versions import survey
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, UseError
from perfproof.judge.counting import (
    BY_KERNEL_TOLERANCES,
    TOLERANCES,
    compare_counts,
    span_of,
)
from perfproof.measure.checkout import Checkout, side_by_side
from perfproof.measure.counts import (
    Census,
    CountPlan,
    Given,
    take_census,
    why_no_allocations,
    why_no_counters,
    why_no_instructions,
)
from perfproof.measure.environments import environments
from perfproof.measure.repository import Repository
from perfproof.measure.selection import Selection
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Side, Trouble
from perfproof.record.counting import (
    CountComparison,
    CountFigure,
    CountReport,
    CountVerdict,
    Meter,
    Span,
    Tally,
)
from perfproof.report.counting import count_lines, counted_lines

__all__ = ["countable", "run", "take"]

_REASONS = {
    "instructions": why_no_instructions,
    "kernel": why_no_counters,
    "allocations": why_no_allocations,
}
_MEANT = {"kernel": "instructions"}
"""What is counted, where that is not the name of how."""


def run(arguments: argparse.Namespace) -> ExitCode:
    """Count the chosen benchmarks; with ``--compare``, those of two versions."""
    project = open_project(arguments)
    absent = _absent(arguments)
    kinds = tuple(kind for kind, reason in absent.items() if reason is None)
    if not kinds and not arguments.json:
        raise UseError(
            "nothing can be counted here",
            remedy="install valgrind (instructions) or perfproof[memory] (allocations)",
        )
    selection = Selection(tuple(arguments.node_ids), arguments.keyword)
    if arguments.compare is not None:
        return _of_two(project, arguments, selection, kinds)
    meant = find_meant(project, system_of(arguments), selection)
    suites = [
        (suite, tuple(each.id for each in group)) for suite, group in meant.chosen.items() if group
    ]
    given = take(suites, {"base": meant.surroundings}, kinds, _plan(arguments))
    counts, whole = _figures(given.tallies)
    show(lambda width: counted_lines(counts, whole, width=width))
    if arguments.json:
        print(_as_json(counts, whole, given.troubles, absent))
    return _exit_code(given.troubles, (), strict=arguments.strict)


def take(
    suites: Sequence[tuple[Suite, Sequence[str]]],
    sides: Mapping[Side, Surroundings],
    kinds: Sequence[str],
    plan: CountPlan,
) -> Given:
    """Count, and say what gave no count."""
    given = take_census(Census(suites=suites, sides=sides, kinds=kinds, plan=plan))
    for trouble in given.troubles:
        side = f" on the {trouble.side}" if trouble.side else ""
        aside(f"not counted: {trouble.benchmark} {trouble.kind}{side}: {trouble.reason}")
    return given


def countable(kinds: Sequence[str] = ("instructions", "allocations")) -> tuple[str, ...]:
    """Which of the kinds can be counted here; of the others it is said why they cannot."""
    possible: list[str] = []
    for kind in kinds:
        reason = _REASONS[kind]()
        if reason is None:
            possible.append(kind)
        else:
            aside(f"{_MEANT.get(kind, kind)} are not counted: {reason}")
    return tuple(possible)


def _absent(arguments: argparse.Namespace) -> dict[str, str | None]:
    """For each kind that is asked for, why it cannot be counted here, if it cannot; said aside."""
    by = _by(arguments)
    asked = tuple(by if kind == "instructions" else kind for kind in _kinds(arguments))
    possible = countable(asked)
    return {kind: None if kind in possible else _REASONS[kind]() for kind in asked}


def _kinds(arguments: argparse.Namespace) -> tuple[str, ...]:
    return (arguments.only,) if arguments.only else ("instructions", "allocations")


def _by(arguments: argparse.Namespace) -> str:
    """How instructions are counted: as asked, else exactly, else at all."""
    if arguments.by is not None:
        return "kernel" if arguments.by == "kernel" else "instructions"
    return "kernel" if why_no_instructions() and not why_no_counters() else "instructions"


def _as_json(
    counts: Mapping[str, Mapping[Meter, Span]],
    whole: frozenset[str],
    troubles: Sequence[Trouble],
    absent: Mapping[str, str | None],
) -> str:
    report = CountReport(
        counts=tuple(
            CountFigure(benchmark=name, meter=meter, span=span, whole=name in whole)
            for name, spans in counts.items()
            for meter, span in spans.items()
        ),
        absent={
            _MEANT.get(kind, kind): reason for kind, reason in absent.items() if reason is not None
        },
        troubles=tuple(f"{x.benchmark} {x.kind}: {x.reason}" for x in troubles),
    )
    return msgspec.json.encode(report).decode()


def _plan(arguments: argparse.Namespace) -> CountPlan:
    return CountPlan(hash_seeds=tuple(range(1, arguments.seeds + 1)))


def _of_two(
    project: Project, arguments: argparse.Namespace, selection: Selection, kinds: Sequence[str]
) -> ExitCode:
    """Both versions counted at the same time, from the same checkouts as a duel's."""
    base, *rest = arguments.compare
    if len(rest) > 1:
        raise UseError("takes a base and at most a head", where="--compare")
    repository = Repository(project.root)
    with (
        side_by_side(repository, base, rest[0] if rest else None) as checkouts,
        environments(checkouts, "same", project.settings.requirements, aside) as made,
    ):
        ground = survey(project.settings, checkouts, system_of(arguments), selection, made)
        given = take(ground.suites, ground.sides, kinds, _plan(arguments))
    results = compare_counts(
        given.tallies, BY_KERNEL_TOLERANCES if "kernel" in kinds else TOLERANCES
    )
    print(_title(checkouts))
    show(lambda width: count_lines(results, width=width))
    return _exit_code(given.troubles, results, strict=arguments.strict)


def _title(checkouts: tuple[Checkout, Checkout]) -> str:
    base, head = (f"{each.ref} ({each.commit[:10]})" for each in checkouts)
    return f"{head} against {base}"


def _figures(
    tallies: Sequence[Tally],
) -> tuple[dict[str, dict[Meter, Span]], frozenset[str]]:
    groups: dict[str, dict[Meter, list[Tally]]] = {}
    for tally in tallies:
        groups.setdefault(tally.benchmark, {}).setdefault(tally.meter, []).append(tally)
    spans = {
        benchmark: {meter: span_of(group) for meter, group in by_meter.items()}
        for benchmark, by_meter in groups.items()
    }
    return spans, frozenset(each.benchmark for each in tallies if each.whole)


def _exit_code(
    troubles: Sequence[Trouble], results: Sequence[CountComparison], *, strict: bool
) -> ExitCode:
    """1 for any count that has grown and for a benchmark that failed; 3 for undecided, if asked."""
    verdicts = {each.verdict for each in results}
    if CountVerdict.MORE in verdicts or any(each.kind != "skipped" for each in troubles):
        return ExitCode.CHECK_FAILED
    undecided = CountVerdict.UNDECIDED in verdicts
    return ExitCode.UNDECIDED if strict and undecided else ExitCode.PASS
