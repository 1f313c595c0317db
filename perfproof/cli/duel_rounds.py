"""Rounds of process pairs until every duel has its verdict or the budget is spent."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from perfproof.judge import process_location
from perfproof.judge.duel import (
    DuelJudge,
    Errors,
    Null,
    NullsJudgement,
    Pair,
    Question,
    State,
    judge_nulls,
    judge_suite,
)
from perfproof.judge.duel import Side as PairSide
from perfproof.measure.lockstep import Chance, Pairing, PairPlan, Station, measure_pair
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Benchmark, Sample, Side, Trouble

__all__ = ["Arena", "Rounds", "Watcher", "pair_of"]

_NULL_EVERY = 4
_MOST_NULLS = 8
_FEWEST_NULL_PAIRS = 2


class Watcher(Protocol):
    """Who keeps the records and is told how far the duels are."""

    def append(self, record: Benchmark | Sample | Trouble) -> None:
        """Keep one record."""

    def round_over(self, open_duels: int, seconds_left: float) -> None:
        """A round of pairs is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """What the rounds are fought over, and how.

    Attributes:
        suites: Suites with the benchmarks that stand on both sides, in an order both keep.
        sides: Where each side's workers run.
        plan: How a pair measures.
        question: Margin and most pairs of each duel.
        errors: Chances of error over the suite.
        core: Core that workers are bound to; ``None`` leaves them free.
    """

    suites: Sequence[tuple[Suite, Sequence[str]]]
    sides: Mapping[Side, Surroundings]
    plan: PairPlan
    question: Question
    errors: Errors
    core: int | None

    @property
    def ids(self) -> tuple[str, ...]:
        """Every benchmark of the family."""
        return tuple(each for _, ids in self.suites for each in ids)


@dataclass(slots=True)
class Rounds:
    """The duels of one session."""

    arena: Arena
    chance: Chance
    watcher: Watcher
    first_pair: int = 0
    judges: dict[str, DuelJudge] = field(init=False)
    lost: dict[str, Trouble] = field(init=False, default_factory=dict)
    seconds: dict[str, dict[str, list[float]]] = field(init=False, default_factory=dict)
    _nulls: dict[str, DuelJudge] = field(init=False)
    pairs: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        question = self.arena.question
        self.pairs = self.first_pair
        self.judges = {each: DuelJudge(question) for each in self.arena.ids}
        chosen = self.chance.draw.sample(self.arena.ids, min(_MOST_NULLS, len(self.arena.ids)))
        self._nulls = {each: DuelJudge(question) for each in chosen}

    def fight(self, until: float) -> None:
        """Round after round until all is decided or the time (monotonic seconds) is over.

        The first round is always finished: a budget too small for it shows what it was too
        small for instead of nothing.
        """
        number = 0
        while open_ids := self.open_ids():
            if number and time.monotonic() > until:
                return
            self._round(open_ids, null=False)
            if number % _NULL_EVERY == 1:
                self._round([each for each in self._nulls if each not in self.lost], null=True)
            number += 1
            self.watcher.round_over(len(self.open_ids()), until - time.monotonic())

    def states(self) -> dict[str, State]:
        """What each duel says now; those that lost a side are not among them."""
        states = judge_suite(self.judges, self.arena.errors)
        return {each: state for each, state in states.items() if each not in self.lost}

    def open_ids(self) -> list[str]:
        """Duels that want another pair."""
        return [each for each, state in self.states().items() if state.go_on]

    def nulls(self) -> NullsJudgement:
        """What base against base says of the session."""
        states = judge_suite(self._nulls, self.arena.errors)
        seen = [
            Null.of(located, states[name])
            for name, judge in self._nulls.items()
            if judge.pairs >= _FEWEST_NULL_PAIRS and (located := judge.located()) is not None
        ]
        return judge_nulls(seen, red_chance=2 * self.arena.errors.alpha)

    def _round(self, ids: Sequence[str], *, null: bool) -> None:
        wanted = frozenset(ids)
        for suite, all_ids in self.arena.suites:
            mine = [each for each in all_ids if each in wanted]
            if suite.runner == "pytest-benchmark":
                self.chance.draw.shuffle(mine)
            while mine:
                pairing = self._pair(suite, mine, null=null)
                self._take(pairing, null=null)
                mine = list(pairing.remaining)

    def _pair(self, suite: Suite, ids: Sequence[str], *, null: bool) -> Pairing:
        sides = self.arena.sides
        where: dict[Side, Surroundings] = {
            "base": sides["base"],
            "head": sides["base" if null else "head"],
        }
        station = Station(where, self.arena.core, self.pairs)
        self.pairs += 1
        return measure_pair(suite, ids, station, self.arena.plan, self.chance)

    def _take(self, pairing: Pairing, *, null: bool) -> None:
        for trouble in pairing.troubles:
            self.watcher.append(trouble)
            if trouble.benchmark is not None:
                self.lost.setdefault(trouble.benchmark, trouble)
        judges = self._nulls if null else self.judges
        for base, head in _both_sides(pairing.samples):
            name = base.benchmark
            if name in self.lost or judges[name].pairs >= self.arena.question.last:
                continue
            judges[name].feed(pair_of(base, head))
            if not null:
                self._keep(base, head)

    def _keep(self, *sides: Sample) -> None:
        for sample in sides:
            self.watcher.append(sample)
            mine = self.seconds.setdefault(sample.benchmark, {"base": [], "head": []})
            mine[sample.side or ""].append(process_location(sample))


def _both_sides(samples: Sequence[Sample]) -> list[tuple[Sample, Sample]]:
    heads = {each.benchmark: each for each in samples if each.side == "head"}
    return [
        (each, heads[each.benchmark])
        for each in samples
        if each.side == "base" and each.benchmark in heads
    ]


def pair_of(base: Sample, head: Sample) -> Pair:
    """Two samples of one process pair as the judge takes them."""
    return Pair(base=_side(base), head=_side(head))


def _side(sample: Sample) -> PairSide:
    fewest = min(sample.preemptions) if sample.preemptions else 0
    marks = tuple(count > fewest for count in sample.preemptions or ())
    # A block below the clock's step counts as one: it errs on both sides alike.
    return PairSide(tuple(max(1, ns) for ns in sample.block_ns), sample.slot, marks)
