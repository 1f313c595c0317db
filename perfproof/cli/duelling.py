"""`perfproof compare [BASE] [HEAD]` with git refs: both versions measured side by side, now."""

from __future__ import annotations

import argparse
import contextlib
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from perfproof.cli.allocating import AllocationPass, seconds_in
from perfproof.cli.berthing import berths_of
from perfproof.cli.duel_outcome import Fought, told, verdict_of
from perfproof.cli.duel_rounds import Arena, Rounds
from perfproof.cli.duel_standing import SUITE_END, Standing
from perfproof.cli.handing_over import Handover
from perfproof.cli.joining import joined
from perfproof.cli.measuring import Order, open_journal
from perfproof.cli.printing import aside, show
from perfproof.cli.project import MOST_PAIRS, Meant, margin_of, pair_plan_of, plan_of, system_of
from perfproof.cli.versions import Ground, survey
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, UseError
from perfproof.judge.allocations import allocation_changes
from perfproof.judge.duel import Errors, Question
from perfproof.measure.checkout import Checkout, side_by_side
from perfproof.measure.environments import environments
from perfproof.measure.lockstep import Chance
from perfproof.measure.repository import Repository
from perfproof.measure.selection import Selection
from perfproof.measure.suites import Suite
from perfproof.record import Benchmark, Comparisons, Duel, Sample, Trouble
from perfproof.record.counting import Evidence, Tally
from perfproof.record.quantity import parse_seconds
from perfproof.report import comparison_lines
from perfproof.report.allocations import change_lines
from perfproof.report.counting import evidence_lines
from perfproof.store import Journal

__all__ = ["Bout", "compare_versions", "tell", "tell_counts"]

_SECONDS_A_BENCHMARK = 8.0
_LEAST_BUDGET_SECONDS = 30.0
_LINE_EVERY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Bout:
    """What is duelled.

    Attributes:
        base: A git ref; ``None`` for the merge base with the default branch.
        head: A git ref; ``None`` for the working tree.
        selection: The benchmarks that are meant.
    """

    base: str | None
    head: str | None
    selection: Selection


def compare_versions(
    project: Project, arguments: argparse.Namespace, bout: Bout, handover: Handover
) -> ExitCode:
    """Check both versions out, survey what stands on both, duel, judge, print."""
    budget = stated_budget(arguments)
    margin = margin_of(project, arguments, "duel_margin")
    repository = Repository(project.root)
    base_ref = bout.base or repository.default_base()
    system = system_of(arguments)
    needs = project.settings.requirements
    with (
        side_by_side(repository, base_ref, bout.head) as checkouts,
        environments(not_the_same(checkouts), arguments.env, needs, aside) as made,
    ):
        ground = survey(project.settings, checkouts, system, bout.selection, made)
        order = Order(Meant({}, ground.sides["head"]), plan_of(project, arguments), system)
        arena = arena_of(project, arguments, ground, margin)
        asked = asked_of(arena, checkouts)
        begun = time.monotonic()
        with open_journal(project, order, asked) as journal:
            for benchmark in ground.benchmarks:
                journal.append(benchmark)
            watch = _Watch(journal, quiet=arguments.quiet)
            duels = Standing(arena.ids, arena.ids, arena.question, arena.errors, arena.programs)
            rounds = Rounds(arena, duels, Chance(random.Random(order.plan.seed)), watch)
            with watch.naming_the_file():
                rounds.fight(begun + (budget or usual_budget(arena)))
                again = None if arguments.no_confirm else confirm(rounds, watch)
            elapsed = round(time.monotonic() - begun, 3)
            fought = Fought(
                asked=asked,
                duels=duels,
                nulls=rounds.nulls,
                confirmation=again.standing if again else None,
                lost={**again.lost, **rounds.lost} if again else rounds.lost,
                seconds=elapsed,
            )
            comparisons = _on(ground, checkouts, told(fought))
            evidence: tuple[Evidence, ...] = ()
            counting = AllocationPass(wanted=not (arguments.counts or arguments.no_allocations))
            tallies = counting.over(ground.suites, ground.sides, seconds_in(fought))
            for tally in tallies:
                journal.append(tally)
            if arguments.counts:
                evidence = joined(fought, comparisons, ground, journal.append)
            journal.seal(elapsed_seconds=elapsed)
    code = tell(fought, comparisons, strict=arguments.strict)
    handover.take(comparisons, fought.lost.values(), seconds=elapsed)
    tell_counts(comparisons, tallies, evidence)
    counting.end()
    return code


def tell_counts(
    comparisons: Comparisons, tallies: Sequence[Tally], evidence: Sequence[Evidence]
) -> None:
    """Print what was counted beside the times: in passing, or at length with what it explains."""
    if evidence:
        show(lambda width: evidence_lines(evidence, width=width))
        return
    changes = allocation_changes(tallies)
    ids = [each.benchmark for each in comparisons.results]
    show(lambda width: change_lines(changes, ids, width=width))


def tell(fought: Fought, comparisons: Comparisons, *, strict: bool) -> ExitCode:
    """Print the verdicts and what gave none; the exit code that follows."""
    show(lambda width: comparison_lines(comparisons, width=width))
    for trouble in fought.lost.values():
        what = trouble.benchmark or SUITE_END
        print(f"{what}: {trouble.kind} on the {trouble.side}: {trouble.reason}")
    return verdict_of(comparisons, failed=fought.failed, strict=strict)


def _on(
    ground: Ground, checkouts: tuple[Checkout, Checkout], comparisons: Comparisons
) -> Comparisons:
    """With what only the two versions themselves can tell."""
    copied = sorted({each for checkout in checkouts for each in checkout.copied})
    beside = (f"taken from the working tree for both, as git ignores it: {', '.join(copied)}",)
    return msgspec.structs.replace(
        comparisons,
        added=ground.added,
        removed=ground.removed,
        changed_source=ground.changed_source,
        notes=(*ground.notes, *(beside if copied else ()), *comparisons.notes),
    )


def not_the_same(checkouts: tuple[Checkout, Checkout]) -> tuple[Checkout, Checkout]:
    """Both, as two names of one commit have nothing to compare.

    Raises:
        UseError: They are the same commit.
    """
    base, head = checkouts
    if base.commit == head.commit:
        raise UseError(
            f"{base.ref} and {head.ref} are the same version ({base.commit[:12]})",
            remedy="name another base, as in `perfproof compare HEAD~1`",
        )
    return checkouts


def arena_of(
    project: Project, arguments: argparse.Namespace, ground: Ground, margin: float
) -> Arena:
    """The whole suite as one family of duels."""
    settings = project.settings
    alpha = settings.share("alpha")
    return Arena(
        suites=ground.suites,
        sides=ground.sides,
        plan=pair_plan_of(project),
        question=Question(margin=margin, last=arguments.pairs or MOST_PAIRS),
        errors=Errors(alpha=alpha, same=alpha),
        berths=berths_of(project, arguments),
        fixed=arguments.pairs is not None,
        programs=frozenset(each.id for each in ground.benchmarks if each.program),
    )


def asked_of(arena: Arena, checkouts: tuple[Checkout, Checkout]) -> Duel:
    """What is asked, for the file."""
    base, head = checkouts
    return Duel(
        base=base.commit,
        base_name=base.ref,
        head=head.commit,
        head_name=head.ref,
        margin=arena.question.margin,
        alpha=arena.errors.alpha,
        most_pairs=arena.question.last,
        fixed=arena.fixed,
        quads=arena.plan.quads,
        cores=arena.berths.cores,
        lanes=arena.berths.lanes,
    )


def stated_budget(arguments: argparse.Namespace) -> float | None:
    """Seconds that ``--budget`` allows for all duels.

    Raises:
        UseError: Not a duration.
    """
    if arguments.budget is None:
        return None
    try:
        return parse_seconds(arguments.budget)
    except ValueError as exc:
        raise UseError(str(exc), where="--budget") from exc


def usual_budget(arena: Arena) -> float:
    """Seconds for a suite of so many; as many as it takes where the pairs are fixed."""
    if arena.fixed:
        return math.inf
    return max(_LEAST_BUDGET_SECONDS, _SECONDS_A_BENCHMARK * len(arena.ids))


def confirm(rounds: Rounds, watch: _Watch) -> Rounds:
    """Fight every slower or larger verdict again in fresh pairs.

    What is larger comes alone into its pairs: a process keeps what an earlier benchmark left in
    it, and nobody else shall be blamed for that.
    """
    standing = rounds.standing.again(rounds.lost)
    suites: list[tuple[Suite, tuple[str, ...]]] = []
    for suite, ids in rounds.arena.suites:
        together = tuple(each for each in ids if each in standing.ids - standing.memories.keys())
        suites += [(suite, together)] if together else []
        suites += [(suite, (each,)) for each in ids if each in standing.memories]
    arena = replace(rounds.arena, suites=suites, errors=standing.errors)
    again = Rounds(
        arena, standing, rounds.chance, watch, part="confirmation", first_pair=rounds.pairs
    )
    if standing.ids:
        again.fight(time.monotonic() + usual_budget(arena))
    return again


@dataclass(slots=True)
class _Watch:
    """Keeps records in the journal; says now and then how far the duels are."""

    journal: Journal
    quiet: bool
    next_line: float = 0.0

    def append(self, record: Benchmark | Sample | Trouble) -> None:
        """Keep one record."""
        self.journal.append(record)

    def pair_over(self, open_duels: int, seconds_left: float) -> None:
        """One line on stderr, not more often than every ten seconds."""
        now = time.monotonic()
        if self.quiet or now < self.next_line:
            return
        self.next_line = now + _LINE_EVERY_SECONDS
        left = f", at most {max(0.0, seconds_left):.0f} s left" if seconds_left < math.inf else ""
        aside(f"{open_duels} of the duels undecided{left}")

    @contextlib.contextmanager
    def naming_the_file(self) -> Iterator[None]:
        """Say where what was measured is kept, when somebody interrupts."""
        try:
            yield
        except KeyboardInterrupt:
            aside(f"interrupted; what was measured is kept in {self.journal.path}")
            raise
