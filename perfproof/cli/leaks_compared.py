"""``perfproof leaks --compare BASE [HEAD]``: which of two versions keeps more of an operation."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from perfproof.cli.leak_file import Keep, Seen, keeping, look_of
from perfproof.cli.leaking import LookPlan, look_at, look_longer
from perfproof.cli.printing import aside, show
from perfproof.cli.project import Meant, system_of
from perfproof.cli.versions import Ground
from perfproof.cli.versions import survey as survey_versions
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, UseError
from perfproof.judge.leak_change import compare_leaks
from perfproof.measure.checkout import Checkout, side_by_side
from perfproof.measure.environments import environments
from perfproof.measure.repository import Repository
from perfproof.measure.selection import Selection
from perfproof.measure.suites import Suite
from perfproof.record import (
    Benchmark,
    LeakChange,
    LeakComparison,
    LeakResult,
    LeakVerdict,
    Side,
    Trouble,
)
from perfproof.report.leak_change import change_lines

__all__ = ["LeaksCompared", "run_compared"]

_SIDES: tuple[Side, Side] = ("base", "head")


class LeaksCompared(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints: comparisons, and what gave none."""

    comparisons: tuple[LeakComparison, ...]
    troubles: tuple[Trouble, ...]


def run_compared(
    project: Project, arguments: argparse.Namespace, selection: Selection, plan: LookPlan
) -> ExitCode:
    """Look at both versions of each benchmark; 1 where the head keeps more."""
    base, *rest = arguments.compare
    if len(rest) > 1:
        raise UseError("takes a base and at most a head", where="--compare")
    repository = Repository(project.root)
    system = system_of(arguments)
    with (
        side_by_side(repository, base, rest[0] if rest else None) as checkouts,
        environments(checkouts, "same", project.settings.requirements, aside) as made,
        keeping(
            arguments.output,
            project.root,
            system=system,
            versions=(checkouts[0].ref, checkouts[1].ref),
        ) as keep,
    ):
        ground = survey_versions(project.settings, checkouts, system, selection, made)
        found = _compare(ground, plan, keep, quiet=arguments.quiet)
    if arguments.json:
        print(msgspec.json.encode(found).decode())
    else:
        print(_title(checkouts))
        show(lambda _: change_lines(found.comparisons, found.troubles))
    return _exit_code(found, strict=arguments.strict)


def _compare(ground: Ground, plan: LookPlan, keep: Keep, *, quiet: bool) -> LeaksCompared:
    known = {each.id: each for each in ground.benchmarks}
    work = [(suite, known[name]) for suite, names in ground.suites for name in names]
    sides = {side: Meant({}, ground.sides[side]) for side in _SIDES}

    def looked(one: tuple[Suite, Benchmark]) -> dict[Side, list[Seen]]:
        return _look_at_both(*one, sides, plan)

    comparisons: list[LeakComparison] = []
    troubles: list[Trouble] = []
    with ThreadPoolExecutor(plan.jobs) as pool:
        looks = pool.map(looked, work)
        try:
            for number, ((_, benchmark), seen) in enumerate(zip(work, looks, strict=True), start=1):
                for side in _SIDES:
                    keep(look_of(benchmark.id, seen[side], side))
                troubles += _troubles(seen)
                results = [_result_of(seen[side]) for side in _SIDES]
                word = "no verdict"
                if results[0] is not None and results[1] is not None:
                    comparisons.append(compare_leaks(results[0], results[1]))
                    word = comparisons[-1].verdict
                if not quiet:
                    aside(f"perfproof: {number} of {len(work)}: {benchmark.id}: {word}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return LeaksCompared(comparisons=tuple(comparisons), troubles=tuple(troubles))


def _look_at_both(
    suite: Suite, benchmark: Benchmark, sides: Mapping[Side, Meant], plan: LookPlan
) -> dict[Side, list[Seen]]:
    """Both sides; where only one was looked at for long, the other is too.

    A leak that a short look misses on the base would otherwise be new on the head.
    """
    seen = {side: list(look_at(suite, benchmark, sides[side], plan)) for side in _SIDES}
    results = {side: _result_of(seen[side]) for side in _SIDES}
    if any(each is None for each in results.values()):
        return seen
    if all(_once(each) for each in results.values()):
        return seen
    for side, result in results.items():
        if result is not None and _once(result):
            seen[side] += look_longer(suite, benchmark, sides[side], plan, result)
    return seen


def _once(result: LeakResult | None) -> bool:
    return result is not None and result.verdict is LeakVerdict.FREE and result.surveys == 1


def _result_of(seen: Sequence[Seen]) -> LeakResult | None:
    """What is said of a side; of two results the later; none where something went wrong."""
    if any(isinstance(each, Trouble) for each in seen):
        return None
    results = [each for each in seen if isinstance(each, LeakResult)]
    return results[-1] if results else None


def _troubles(seen: Mapping[Side, Sequence[Seen]]) -> Iterator[Trouble]:
    for side in _SIDES:
        for each in seen[side]:
            if isinstance(each, Trouble):
                yield msgspec.structs.replace(each, side=side)


def _title(checkouts: tuple[Checkout, Checkout]) -> str:
    base, head = (f"{each.ref} ({each.commit[:10]})" for each in checkouts)
    return f"{head} against {base}"


def _exit_code(found: LeaksCompared, *, strict: bool) -> ExitCode:
    """1 for a head that keeps more or a benchmark that failed; 4 where a process of ours died."""
    kinds = {each.kind for each in found.troubles} - {"skipped"}
    verdicts = {each.verdict for each in found.comparisons}
    if LeakChange.LEAKIER in verdicts or kinds - {"worker"}:
        return ExitCode.CHECK_FAILED
    if kinds:
        return ExitCode.MACHINERY
    if strict and LeakChange.UNDECIDED in verdicts:
        return ExitCode.UNDECIDED
    return ExitCode.PASS
