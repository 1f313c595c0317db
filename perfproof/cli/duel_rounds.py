"""Rounds of process pairs until every duel has its verdict or the budget is spent."""

from __future__ import annotations

import math
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from perfproof.cli.duel_standing import SUITE_END, Standing, both_sides, nulls_of
from perfproof.judge.duel import Errors, Question
from perfproof.measure.berths import Berths, Crew
from perfproof.measure.lanes import Lanes
from perfproof.measure.lockstep import Chance, Pairing, PairPlan, Station, measure_pair
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Benchmark, Part, Sample, Side, Trouble

__all__ = ["Arena", "Rounds", "Watcher"]

_NULL_SHARE = 0.1
"""Of the measuring: base against itself has its turn whenever it would get less."""
_FULL_PAIR = 6
"""Benchmarks in a pair below which its start costs more than its blocks: it then takes more."""


class Watcher(Protocol):
    """Who keeps the records and is told how far the duels are."""

    def append(self, record: Benchmark | Sample | Trouble) -> None:
        """Keep one record."""

    def pair_over(self, open_duels: int, seconds_left: float) -> None:
        """A process pair is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """What the rounds are fought over, and how.

    Attributes:
        suites: Suites with the benchmarks that stand on both sides, in an order both keep.
        sides: Where each side's workers run.
        plan: How a pair measures.
        question: Margin and most pairs of each duel.
        errors: Chances of error over the suite.
        berths: Cores that pairs start and are measured on.
        fixed: Give every benchmark the most pairs, however clear it is.
        programs: Ids whose CPU time is judged too.
    """

    suites: Sequence[tuple[Suite, Sequence[str]]]
    sides: Mapping[Side, Surroundings]
    plan: PairPlan
    question: Question
    errors: Errors
    berths: Berths
    fixed: bool = False
    programs: frozenset[str] = frozenset()

    @property
    def ids(self) -> tuple[str, ...]:
        """Every benchmark of the family."""
        return tuple(each for _, ids in self.suites for each in ids)


@dataclass(frozen=True, slots=True)
class _Task:
    """One process pair that is to be measured."""

    suite: Suite
    ids: Sequence[str]
    part: Part


@dataclass(slots=True)
class Rounds:
    """The duels of one session, or their confirmation.

    Attributes:
        arena: What is fought over.
        standing: Takes the pairs and says what they show; in a confirmation peak memory, too, is
            given the pairs that it wants, otherwise only time.
        chance: Seeds, orders and calibrated calls.
        watcher: Who keeps the records.
        part: What the pairs are for; a confirmation has no nulls of its own.
        first_pair: Number of the first pair.
        nulls: The same for base against itself.
        lost: What gave no figure, with the first cause.
        pairs: Number of the next pair.
    """

    arena: Arena
    standing: Standing
    chance: Chance
    watcher: Watcher
    part: Part = "duel"
    first_pair: int = 0
    nulls: Standing = field(init=False)
    lost: dict[str, Trouble] = field(init=False, default_factory=dict)
    pairs: int = field(init=False, default=0)
    _open: frozenset[str] = field(init=False)
    _waiting: deque[_Task] = field(init=False, default_factory=deque)
    _under_way: dict[int, _Task] = field(init=False, default_factory=dict)
    _called: Counter[Part] = field(init=False, default_factory=Counter)

    def __post_init__(self) -> None:
        self.pairs = self.first_pair
        most = nulls_of(len(self.arena.ids)) if self.part == "duel" else 0
        chosen = self.chance.draw.sample(self.arena.ids, most)
        programs = self.arena.programs.intersection(chosen)
        arena = self.arena
        self.nulls = Standing(chosen, chosen, arena.question, arena.errors, programs)
        self._open = frozenset(self.arena.ids)

    def fight(self, until: float) -> None:
        """Round after round until all is decided or the time (monotonic seconds) is over.

        The first round is always finished: a budget too small for it shows what it was too
        small for instead of nothing. Pairs that are under way at the end are thrown away.
        """
        with Lanes(self.arena.berths) as lanes:
            while True:
                while lanes.has_room and (task := self._next_task()) is not None:
                    lanes.start(self._pair(task, lanes.crew))
                if not lanes.busy:
                    return
                pairing = lanes.finished(self._patience(until))
                if pairing is None:
                    return
                self._take(pairing)
                self.watcher.pair_over(len(self._open), until - time.monotonic())

    def _patience(self, until: float) -> float | None:
        """Seconds that the next pair may take; ``None`` for as long as it takes."""
        all_seen = all(self.standing.taken[each] or each in self.lost for each in self.arena.ids)
        return max(0.0, until - time.monotonic()) if all_seen and until < math.inf else None

    def _next_task(self) -> _Task | None:
        if not self._waiting:
            self._begin_a_round()
        return self._waiting.popleft() if self._waiting else None

    def _begin_a_round(self) -> None:
        under_way = Counter(
            each for task in self._under_way.values() if task.part != "null" for each in task.ids
        )
        last = self.arena.question.last
        taken = self.standing.taken
        wanted = {each for each in self._open if taken[each] + under_way[each] < last}
        if not wanted:
            return
        self._call(wanted, self.part)
        if self._called["null"] < _NULL_SHARE * self._called.total():
            self._call(self.nulls.ids - self.lost.keys(), "null")

    def _call(self, wanted: Collection[str], part: Part) -> None:
        for suite, all_ids in self.arena.suites:
            mine = [each for each in all_ids if each in wanted]
            if suite.runner == "pytest-benchmark":
                self.chance.draw.shuffle(mine)
            if mine:
                self._called[part] += len(mine)
                self._waiting.append(_Task(suite, mine, part))

    def _pair(self, task: _Task, crew: Crew) -> Callable[[], Pairing]:
        sides = self.arena.sides
        where: dict[Side, Surroundings] = {
            "base": sides["base"],
            "head": sides["base" if task.part == "null" else "head"],
        }
        station = Station(
            surroundings=where,
            berths=self.arena.berths,
            crew=crew,
            number=self.pairs,
            part=task.part,
            wanted=(lambda _: True) if task.part == "null" else (lambda each: each in self._open),
        )
        self._under_way[self.pairs] = task
        self.pairs += 1
        # A generator of its own: what a pair draws does not hang on which thread is faster.
        chance = Chance(random.Random(self.chance.seed()), self.chance.calls)
        quads = self.arena.plan.quads * (1 if len(task.ids) >= _FULL_PAIR else 2)
        plan = replace(self.arena.plan, quads=quads)
        return partial(measure_pair, task.suite, task.ids, station, plan, chance)

    def _take(self, pairing: Pairing) -> None:
        task = self._under_way.pop(pairing.number)
        for trouble in pairing.troubles:
            self.watcher.append(trouble)
            self.lost.setdefault(trouble.benchmark or SUITE_END, trouble)
        if pairing.remaining:
            self._waiting.appendleft(replace(task, ids=pairing.remaining))
        standing = self.nulls if task.part == "null" else self.standing
        for base, head in both_sides(pairing.samples):
            if base.benchmark not in self.lost and standing.has_room(base.benchmark):
                standing.take(base, head)
                self.watcher.append(base)
                self.watcher.append(head)
        self._open = self._undecided()

    def _undecided(self) -> frozenset[str]:
        """What wants a further pair."""
        states = [one for each in self.standing.in_time() for one in each.items()]
        if self.part == "confirmation":
            states += self.standing.by_memory().items()
        return frozenset(
            each
            for each, state in states
            if each not in self.lost
            and (state.go_on or (self.arena.fixed and self.standing.has_room(each)))
        )
