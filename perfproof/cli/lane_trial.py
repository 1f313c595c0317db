"""Null duels in each way of using the cores, in short turns drawn by chance."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from perfproof.cli.berthing import named_berths
from perfproof.cli.duel_standing import pair_of
from perfproof.errors import WorkerError
from perfproof.judge.duel import pair_location
from perfproof.judge.duel.lane_choice import Tried, TriedPair, Way
from perfproof.measure.berths import Berths, Crew
from perfproof.measure.lanes import Lanes
from perfproof.measure.lockstep import Chance, Pairing, PairPlan, Station, measure_pair
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings

__all__ = ["Trial", "candidates", "try_ways"]

_FEW_CORES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What every way is tried with, and for how long.

    Attributes:
        suite: One suite, both sides of every pair.
        ids: Its benchmarks.
        surroundings: Where its workers run.
        plan: How a pair measures.
        seconds: For all ways together, where no number of pairs is asked for.
        turn_seconds: Of one way before another has its turn.
        pairs: Just as many in each way, however long that takes.
    """

    suite: Suite
    ids: Sequence[str]
    surroundings: Surroundings
    plan: PairPlan
    seconds: float = 60.0
    turn_seconds: float = 6.5
    pairs: int | None = None


def candidates(cores: int) -> tuple[str, ...]:
    """Ways worth trying on so many cores, the usual one first; one where there is no choice.

    One lane with the others for starting, one on each core (and on half of them where there are
    many), or no binding at all.
    """
    if cores < 2:
        return ("1",) if cores else ("free",)
    some = {1, cores} if cores <= _FEW_CORES else {1, cores // 2, cores}
    return (*(str(lanes) for lanes in sorted(some)), "free")


def try_ways(names: Sequence[str], trial: Trial, draw: random.Random) -> tuple[Tried, ...]:
    """Give each way turn after turn, as many rounds of them as the time pays for.

    Short turns in an order drawn anew each round: whatever else runs on the machine meets all ways
    alike. What a way was measuring at the end of its turn is thrown away.

    Raises:
        UseError: A way that this machine does not have.
        WorkerError: A pair gave no figures; the suite is our own.
    """
    chance = Chance(draw)
    pairs: dict[str, list[TriedPair]] = {name: [] for name in names}
    rounds = max(1, int(trial.seconds // (len(names) * trial.turn_seconds)))
    while rounds > 0 if trial.pairs is None else min(map(len, pairs.values())) < trial.pairs:
        rounds -= 1
        for name in draw.sample(names, len(names)):
            _Turn(trial, named_berths(name), chance).take(pairs[name])
    return tuple(Tried(_way(name), tuple(found)) for name, found in pairs.items())


def _way(name: str) -> Way:
    berths = named_berths(name)
    return Way(name, berths.lanes, beside=berths.ahead > 0)


@dataclass(slots=True)
class _Clocked:
    """A pair under way with the times that it passes.

    Attributes:
        measure: Measures it.
        begun: When it began, monotonic seconds.
        ended: When it was over.
        arrivals: When it came to each benchmark.
    """

    measure: Callable[[], Pairing]
    begun: float = 0.0
    ended: float = 0.0
    arrivals: list[float] = field(default_factory=list)

    def __call__(self) -> Pairing:
        self.begun = time.monotonic()
        pairing = self.measure()
        self.ended = time.monotonic()
        return pairing

    def arrive(self, _: str) -> bool:
        """Note the time; every benchmark is wanted."""
        self.arrivals.append(time.monotonic())
        return True


class _Turn:
    """One way for a few seconds."""

    def __init__(self, trial: Trial, berths: Berths, chance: Chance) -> None:
        self._trial = trial
        self._berths = berths
        self._chance = chance
        self._under_way: dict[int, _Clocked] = {}
        self._begun = 0

    def take(self, found: list[TriedPair]) -> None:
        """Measure pairs until the turn is over or there are enough; they are added to ``found``."""
        until = time.monotonic() + self._trial.turn_seconds
        before, most = len(found), self._trial.pairs
        with Lanes(self._berths) as lanes:
            while most is None or len(found) < most:
                while lanes.has_room:
                    lanes.start(self._pair(lanes.crew))
                # One pair at least: on a slow machine the turn is as long as that takes.
                first = len(found) == before
                pairing = lanes.finished(None if first else max(0.0, until - time.monotonic()))
                if pairing is None:
                    return
                found.append(self._tried(pairing))

    def _pair(self, crew: Crew) -> Callable[[], Pairing]:
        number = self._begun
        self._begun += 1
        # A generator of its own: what a pair draws does not hang on which thread is faster.
        chance = Chance(random.Random(self._chance.seed()), self._chance.calls)
        here, trial = self._trial.surroundings, self._trial

        def measure() -> Pairing:
            station = Station(
                surroundings={"base": here, "head": here},
                berths=self._berths,
                crew=crew,
                number=number,
                part="null",
                wanted=clocked.arrive,
            )
            return measure_pair(trial.suite, trial.ids, station, trial.plan, chance)

        clocked = _Clocked(measure)
        self._under_way[number] = clocked
        return clocked

    def _tried(self, pairing: Pairing) -> TriedPair:
        for trouble in pairing.troubles:
            raise WorkerError(
                f"{trouble.kind} on the {trouble.side}: {trouble.reason}", where=trouble.benchmark
            )
        clocked = self._under_way.pop(pairing.number)
        sides = {(each.benchmark, each.side): each for each in pairing.samples}
        times = clocked.arrivals
        # The end of the last visit is not seen: the visits before it stand for it.
        visit = (times[-1] - times[0]) / (len(times) - 1)
        return TriedPair(
            log_ratios=tuple(
                pair_location(pair_of(sides[each, "base"], sides[each, "head"]))
                for each in self._trial.ids
            ),
            visit_seconds=visit,
            other_seconds=max(0.0, clocked.ended - clocked.begun - visit * len(times)),
        )
