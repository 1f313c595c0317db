"""A process pair: a base and a head worker led through the same suite in lockstep.

At each benchmark both stop; the controller hands single blocks to one and then the other, in ABBA
or BAAB order drawn by chance for each quad, so that neighbours meet the same mode of the machine.
The calls of a block are calibrated once, by the base, and hold for both sides and all pairs.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field

from perfproof.measure.berths import Berths, Crew
from perfproof.measure.channel import At, Blocks, Left, Prepare
from perfproof.measure.rein import Rein, SideLostError, SideStoppedError
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings, WorkerProcess
from perfproof.record import Part, Sample, Side, Trouble

__all__ = ["Chance", "PairPlan", "Pairing", "Station", "measure_pair"]

_SIDES: tuple[Side, Side] = ("base", "head")
_MAX_SEED = 4294967295


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPlan:
    """How a pair measures.

    Attributes:
        quads: Quads of blocks of each benchmark in a pair.
        block_seconds: Aimed length of a block.
        warmup_seconds: Time each side runs before its first block.
        pair_seconds: No further quad of a benchmark starts after this time.
        timeout_seconds: A side that gives no answer for this long is ended.
    """

    quads: int = 10
    block_seconds: float = 0.003
    warmup_seconds: float = 0.02
    pair_seconds: float = 1.0
    timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Station:
    """Where a pair runs.

    Attributes:
        surroundings: Folder and variables of each side; the base's twice in a null pair.
        berths: Cores that it starts and is measured on.
        crew: Whom its workers belong to.
        number: Which pair of the session, from 0.
        part: What it is for.
        wanted: Whether a benchmark is still to be measured when the pair comes to it; what
            was decided meanwhile is passed by.
    """

    surroundings: Mapping[Side, Surroundings]
    berths: Berths
    crew: Crew
    number: int
    part: Part = "duel"
    wanted: Callable[[str], bool] = lambda _: True


@dataclass(slots=True)
class Pairing:
    """What a pair gave, as far as it came.

    Attributes:
        number: Which pair of the session.
        samples: Two of each benchmark that was measured, one a side.
        troubles: What gave no figure, on which side, and why.
        remaining: Ids that it did not come to, as a side was lost.
    """

    number: int
    samples: list[Sample] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    remaining: Sequence[str] = ()


def measure_pair(
    suite: Suite,
    ids: Sequence[str],
    station: Station,
    plan: PairPlan,
    chance: Chance,
) -> Pairing:
    """Measure ``ids`` in one fresh process a side.

    Args:
        suite: What both walk through.
        ids: Benchmarks that stand on both sides, in an order that both keep.
        station: Where the pair runs.
        plan: How it measures.
        chance: Seeds, orders, and the calls that the session has calibrated so far.
    """
    begin = suite.begin_measuring(ids, padding=chance.seed())
    reins: dict[Side, Rein] = {}
    # The lane outlives the workers: what they tear down shall not meet the next pair.
    with contextlib.ExitStack() as lane, contextlib.ExitStack() as workers:
        # One for both: where strings fall in tables is the same then, and moves from pair to pair.
        hash_seed = chance.seed()
        for side in _SIDES:
            worker = WorkerProcess(station.surroundings[side], begin, hash_seed=hash_seed)
            workers.enter_context(station.crew.aboard(worker))
            reins[side] = Rein(side, worker, plan.timeout_seconds)
        pids = [rein.pid for rein in reins.values()]
        walk = _Walk(reins, station, plan, chance)
        if not station.berths.others:
            lane.enter_context(station.berths.measuring(pids))
            return walk.through(ids)
        station.berths.starting(pids)
        return walk.through(ids, moor=lambda: workers.enter_context(station.berths.measuring(pids)))


@dataclass(slots=True)
class Chance:
    """What a session draws, and what it has calibrated.

    Attributes:
        draw: Where chance comes from.
        calls: Calls of a block by benchmark.
    """

    draw: random.Random
    calls: MutableMapping[str, int] = field(default_factory=dict)

    def seed(self) -> int:
        """A seed for a worker."""
        return self.draw.randint(1, _MAX_SEED)

    def quad(self) -> tuple[tuple[Side, Side], tuple[Side, Side]]:
        """ABBA or BAAB, as two halves."""
        first, second = _SIDES if self.draw.random() < 0.5 else _SIDES[::-1]
        return (first, second), (second, first)


class _Walk:
    """The controller's way through the suite with both workers."""

    def __init__(
        self, reins: Mapping[Side, Rein], station: Station, plan: PairPlan, chance: Chance
    ) -> None:
        self._reins = reins
        self._station = station
        self._plan = plan
        self._chance = chance
        self._moor: Callable[[], None] | None = None
        self._leaving: str | None = None
        self._order = 0
        self._given = Pairing(station.number)

    def through(self, ids: Sequence[str], moor: Callable[[], None] | None = None) -> Pairing:
        """Visit each benchmark; a lost side ends the pair, the rest is for another one.

        Args:
            ids: Where to stop.
            moor: Takes a lane; called once, when both stand at their first benchmark.
        """
        self._moor = moor
        for place, benchmark in enumerate(ids):
            try:
                self._visit(benchmark)
            except SideLostError as lost:
                self._given.remaining = ids[place + 1 :]
                left = Left(benchmark, lost.kind, lost.reason)
                # Fixtures of the whole suite are torn down within its last test: what was
                # measured before that is good.
                suite = not self._given.remaining and benchmark == self._leaving
                self._trouble(None if suite else benchmark, lost.side, left)
                break
        return self._given

    def _visit(self, benchmark: str) -> None:
        arrived = {side: rein.reach(benchmark) for side, rein in self._reins.items()}
        standing = {side: each for side, each in arrived.items() if isinstance(each, At)}
        if len(standing) == len(_SIDES):
            self._take_the_lane()
            try:
                if self._station.wanted(benchmark):
                    self._duel(benchmark, standing)
            except SideStoppedError as stopped:
                self._trouble(benchmark, stopped.side, stopped.left)
                del standing[stopped.side]
        self._leaving = benchmark
        for side in standing:
            self._trouble(benchmark, side, self._reins[side].leave(benchmark))
        for side, each in arrived.items():
            if isinstance(each, Left):
                self._trouble(benchmark, side, each)

    def _take_the_lane(self) -> None:
        moor, self._moor = self._moor, None
        if moor is not None:
            moor()

    def _duel(self, benchmark: str, at: Mapping[Side, At]) -> None:
        if at["base"].fixed_calls != at["head"].fixed_calls:
            raise SideStoppedError(
                "head", Left(benchmark, "failed", "base and head demand different iterations")
            )
        if at["base"].output_hash != at["head"].output_hash:
            raise SideStoppedError(
                "head",
                Left(
                    benchmark,
                    "failed",
                    'its output differs from the base\'s; if it may, set output = "may differ"',
                ),
            )
        calls = self._chance.calls.get(benchmark)
        # Who is warmed up first stands still while the other one is, and is cold again at the
        # first block: once the calls are known, chance says who that is.
        for side in _SIDES if calls is None else self._chance.quad()[0]:
            calls = self._reins[side].prepare(
                Prepare(
                    warmup_ns=round(self._plan.warmup_seconds * 1e9),
                    block_ns=round(self._plan.block_seconds * 1e9),
                    calls=calls,
                )
            )
        assert calls is not None
        self._chance.calls[benchmark] = calls
        taken = self._blocks(calls, at["base"].fixed_blocks)
        for side in _SIDES:
            self._given.samples.append(taken.sample(benchmark, self._station, calls, side))

    def _blocks(self, calls: int, fixed: int | None) -> _Taken:
        """Quads until the plan, the suite or the time has had enough; at least one half."""
        taken = _Taken()
        until = time.monotonic() + self._plan.pair_seconds
        halves = min(fixed, 2 * self._plan.quads) if fixed else 2 * self._plan.quads
        while halves > 0 and (not taken.count or time.monotonic() < until):
            for half, sides in enumerate(self._chance.quad()):
                # Of what takes seconds a call, half a quad is all that there is time for.
                if halves <= 0 or (half and time.monotonic() >= until):
                    break
                halves -= 1
                for place, side in enumerate(sides):
                    blocks = self._reins[side].block(calls)
                    taken.add(side, blocks, self._order, 2 * half + place)
                    self._order += 1
        return taken

    def _trouble(self, benchmark: str | None, side: Side, left: Left) -> None:
        if left.trouble is not None:
            null = self._station.part == "null"
            self._given.troubles.append(
                Trouble(
                    benchmark=benchmark,
                    process=self._station.number,
                    kind=left.trouble,
                    reason=left.reason,
                    side="base" if null else side,
                )
            )


class _Taken:
    """Blocks of both sides as they come."""

    def __init__(self) -> None:
        self._blocks: dict[Side, list[tuple[Blocks, int, int]]] = {side: [] for side in _SIDES}

    @property
    def count(self) -> int:
        """Blocks of the base so far."""
        return len(self._blocks["base"])

    def add(self, side: Side, blocks: Blocks, order: int, slot: int) -> None:
        self._blocks[side].append((blocks, order, slot))

    def sample(self, benchmark: str, station: Station, calls: int, side: Side) -> Sample:
        """One side as a record."""
        mine = self._blocks[side]
        preemptions = [each.preemptions for each, _, _ in mine]
        return Sample(
            benchmark=benchmark,
            process=station.number,
            calls=calls,
            block_ns=tuple(each.block_ns[0] for each, _, _ in mine),
            order=tuple(order for _, order, _ in mine),
            slot=tuple(slot for _, _, slot in mine),
            preemptions=tuple(each[0] for each in preemptions if each) or None,
            cpu_ns=tuple(each.cpu_ns[0] for each, _, _ in mine if each.cpu_ns) or None,
            side=side,
            part=station.part,
            peak_rss_bytes=mine[-1][0].peak_rss_bytes,
        )
