"""`perfproof compare [BASE] [HEAD]` with git refs: both versions measured side by side, now."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from perfproof.cli.duel_rounds import Arena, Rounds
from perfproof.cli.measuring import Order, open_journal
from perfproof.cli.printing import show
from perfproof.cli.project import Meant, plan_of, system_of
from perfproof.cli.versions import Ground, survey
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, UseError
from perfproof.judge.duel import Errors, NullsJudgement, Question, State, downgraded
from perfproof.measure.checkout import Checkout, side_by_side
from perfproof.measure.lockstep import Chance, PairPlan
from perfproof.measure.repository import Repository
from perfproof.measure.selection import Selection
from perfproof.record import Benchmark, Comparison, Comparisons, Sample, Trouble, Verdict
from perfproof.record.quantity import parse_seconds, show_share
from perfproof.report import comparison_lines
from perfproof.store import Journal

__all__ = ["compare_versions"]

_MOST_PAIRS = 120
_SECONDS_A_BENCHMARK = 8.0
_LEAST_BUDGET_SECONDS = 30.0
_CONFIRM_ALPHA = 0.05
_LINE_EVERY_SECONDS = 10.0


def compare_versions(project: Project, arguments: argparse.Namespace, margin: float) -> ExitCode:
    """Check both versions out, survey what stands on both, duel, judge, print."""
    budget = stated_budget(arguments)
    repository = Repository(project.root)
    base_ref = arguments.base or repository.default_base()
    selection = Selection(expression=arguments.keyword)
    with side_by_side(repository, base_ref, arguments.head) as checkouts:
        refuse_the_same(*checkouts)
        system = system_of(arguments)
        ground = survey(project.settings, checkouts, system, selection)
        order = Order(Meant({}, ground.sides["head"]), plan_of(project, arguments), system)
        arena = arena_of(project, ground, margin)
        begun = time.monotonic()
        with open_journal(project, order) as journal:
            for benchmark in ground.benchmarks:
                journal.append(benchmark)
            rounds = Rounds(
                arena, Chance(random.Random(order.plan.seed)), _Watch(journal, arguments)
            )
            rounds.fight(begun + (budget or usual_budget(len(arena.ids))))
            confirmed = confirm(rounds, arguments)
            journal.seal(elapsed_seconds=round(time.monotonic() - begun, 3))
    comparisons = told(rounds, ground, checkouts, confirmed)
    show(lambda width: comparison_lines(comparisons, width=width))
    for trouble in rounds.lost.values():
        print(f"{trouble.benchmark}: {trouble.kind} on the {trouble.side}: {trouble.reason}")
    return verdict_of(comparisons, rounds.lost, strict=arguments.strict)


def refuse_the_same(base: Checkout, head: Checkout) -> None:
    """Two names of one commit have nothing to compare.

    Raises:
        UseError: They are the same commit.
    """
    if base.commit == head.commit:
        raise UseError(
            f"{base.ref} and {head.ref} are the same version ({base.commit[:12]})",
            remedy="name another base, as in `perfproof compare HEAD~1`",
        )


def arena_of(project: Project, ground: Ground, margin: float) -> Arena:
    """The whole suite as one family of duels, on one core."""
    settings = project.settings
    alpha = settings.share("alpha")
    return Arena(
        suites=ground.suites,
        sides=ground.sides,
        plan=PairPlan(
            block_seconds=parse_seconds(settings.block),
            warmup_seconds=parse_seconds(settings.warmup),
            timeout_seconds=parse_seconds(settings.timeout),
        ),
        question=Question(margin=margin, last=_MOST_PAIRS),
        errors=Errors(alpha=alpha, same=alpha),
        core=max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
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


def usual_budget(duels: int) -> float:
    """Seconds for a suite of so many."""
    return max(_LEAST_BUDGET_SECONDS, _SECONDS_A_BENCHMARK * duels)


def confirm(rounds: Rounds, arguments: argparse.Namespace) -> frozenset[str] | None:
    """Fight every slower verdict again in fresh pairs; which held. ``None`` when not asked."""
    if arguments.no_confirm:
        return None
    slower = {each for each, state in rounds.states().items() if state.verdict is Verdict.SLOWER}
    if not slower:
        return frozenset()
    arena = replace(
        rounds.arena,
        suites=[
            (suite, kept)
            for suite, ids in rounds.arena.suites
            if (kept := tuple(each for each in ids if each in slower))
        ],
        errors=Errors(alpha=_CONFIRM_ALPHA, same=_CONFIRM_ALPHA),
    )
    again = Rounds(arena, rounds.chance, _Silent(), first_pair=rounds.pairs)
    again.fight(time.monotonic() + usual_budget(len(slower)))
    states = again.states()
    return frozenset(
        each for each in slower if each in states and states[each].verdict is Verdict.SLOWER
    )


def told(
    rounds: Rounds,
    ground: Ground,
    checkouts: tuple[Checkout, Checkout],
    confirmed: frozenset[str] | None,
) -> Comparisons:
    """The duels as comparisons, downgraded where the session does not bear them."""
    nulls = rounds.nulls()
    results = []
    for name, state in rounds.states().items():
        held = _held(downgraded(state, nulls), name, confirmed)
        if held.ratio is not None and name in rounds.seconds:
            results.append(_comparison(name, held, rounds))
    base, head = checkouts
    return Comparisons(
        base=_named(base),
        head=_named(head),
        alpha=rounds.arena.errors.alpha,
        results=tuple(results),
        added=ground.added,
        removed=ground.removed,
        changed_source=ground.changed_source,
        notes=(_nulls_note(nulls), f"{rounds.pairs} process pairs, base and head alternating"),
    )


def _named(checkout: Checkout) -> str:
    short = checkout.commit[:10]
    return short if checkout.commit == checkout.ref else f"{checkout.ref} ({short})"


def _held(state: State, name: str, confirmed: frozenset[str] | None) -> State:
    if state.verdict is not Verdict.SLOWER or confirmed is None or name in confirmed:
        return state
    return replace(
        state, verdict=Verdict.UNDECIDED, reason="slower at first, not so in fresh pairs"
    )


def _comparison(name: str, state: State, rounds: Rounds) -> Comparison:
    assert state.ratio is not None
    seconds = {side: float(np.exp(np.median(logs))) for side, logs in rounds.seconds[name].items()}
    return Comparison(
        benchmark=name,
        ratio=state.ratio,
        margin=rounds.arena.question.margin,
        verdict=state.verdict,
        detectable=state.detectable,
        base_seconds=seconds["base"],
        head_seconds=seconds["head"],
        base_processes=state.pairs,
        head_processes=state.pairs,
        reason=state.reason,
    )


def _nulls_note(nulls: NullsJudgement) -> str:
    if nulls.reason is not None:
        return f"no verdict can be believed: {nulls.reason}"
    if not nulls.nulls:
        return "no comparison of base with itself: the session was too short for one"
    return (
        f"base against itself: {nulls.red} of {nulls.nulls} null comparisons red;"
        f" noise floor {show_share(nulls.floor)}"
    )


def verdict_of(comparisons: Comparisons, lost: Mapping[str, Trouble], *, strict: bool) -> ExitCode:
    """1 for any slower or failed benchmark; 3 for any undecided, if asked."""
    verdicts = {result.verdict for result in comparisons.results}
    if Verdict.SLOWER in verdicts or any(each.kind != "skipped" for each in lost.values()):
        return ExitCode.CHECK_FAILED
    undecided = Verdict.UNDECIDED in verdicts or not comparisons.results
    return ExitCode.UNDECIDED if strict and undecided else ExitCode.PASS


@dataclass(slots=True)
class _Watch:
    """Keeps records in the journal; says now and then how far the duels are."""

    journal: Journal
    arguments: argparse.Namespace
    next_line: float = 0.0

    def append(self, record: Benchmark | Sample | Trouble) -> None:
        """Keep one record."""
        self.journal.append(record)

    def round_over(self, open_duels: int, seconds_left: float) -> None:
        """One line on stderr, not more often than every ten seconds."""
        now = time.monotonic()
        if self.arguments.quiet or now < self.next_line:
            return
        self.next_line = now + _LINE_EVERY_SECONDS
        left = f"at most {max(0.0, seconds_left):.0f} s left"
        print(f"{open_duels} of the duels undecided, {left}", file=sys.stderr, flush=True)


class _Silent:
    """For the confirmation, which is no part of the stored session."""

    def append(self, record: Benchmark | Sample | Trouble) -> None:
        """Not kept."""

    def round_over(self, open_duels: int, seconds_left: float) -> None:
        """Not said."""
