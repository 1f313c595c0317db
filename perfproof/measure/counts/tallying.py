"""The controller's side of counting: one worker a hash seed, led from benchmark to benchmark."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from time import monotonic

from perfproof.measure.channel import At, Count, Counted, Left
from perfproof.measure.counts.callgrind import (
    OUTPUT_VARIABLE,
    VARIABLES,
    not_randomised,
    under_callgrind,
)
from perfproof.measure.counts.loops import CountPlan, calls_of
from perfproof.measure.counts.meters import METERS
from perfproof.measure.rein import Rein, SideLostError, SideStoppedError
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings, WorkerProcess
from perfproof.record import Side, Trouble
from perfproof.record.counting import Tally

__all__ = ["Census", "Given", "take_census"]

_PADDING = 1
"""Random numbers that a suite draws without a seed of its own are the same in every process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What is counted.

    Attributes:
        suites: Suites with the benchmarks that are meant.
        sides: Where the workers of each side run; a single version is the base.
        kinds: Of ``instructions`` (valgrind), ``kernel`` (instructions too), ``allocations``.
        plan: How.
        heard: Told of each benchmark that is done with.
    """

    suites: Sequence[tuple[Suite, Sequence[str]]]
    sides: Mapping[Side, Surroundings]
    kinds: Sequence[str]
    plan: CountPlan = field(default_factory=CountPlan)
    heard: Callable[[str], None] = lambda _: None


@dataclass(slots=True)
class Given:
    """What counting gave: raw counts, and what gave none with the first cause."""

    tallies: list[Tally] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def take_census(census: Census) -> Given:
    """Count every benchmark in one process for each kind, hash seed and side.

    Counts do not depend on who else runs, so the sides are counted at the same time. The calls of
    a loop are found once, on the base.

    Raises:
        WorkerError: A worker could not be started.
    """
    given = Given()
    calls: dict[tuple[str, str], int] = {}
    for kind in census.kinds:
        for suite, ids in census.suites:
            for seed in census.plan.hash_seeds:
                lost = {each.benchmark for each in given.troubles}
                left = [each for each in ids if each not in lost]
                known = census.plan.brevity is not None or all(
                    (kind, each) in calls for each in left
                )
                walks = [
                    _Walk(census, suite, side, _Process(kind, seed, calls)) for side in census.sides
                ]
                _together(walks, left, at_once=known)
                for walk in walks:
                    given.tallies += walk.given.tallies
                    given.troubles += walk.given.troubles
    return given


def _together(walks: Sequence[_Walk], ids: Sequence[str], *, at_once: bool) -> None:
    """Each in a thread of its own, which outlives the worker that it starts."""
    failures: list[BaseException] = []

    def run(walk: _Walk) -> None:
        try:
            walk.over(ids)
        except BaseException as exc:  # raised again where it is waited for
            failures.append(exc)

    threads = [Thread(target=run, args=(walk,), daemon=True, name="counting") for walk in walks]
    try:
        for thread in threads:
            thread.start()
            if not at_once:
                thread.join()
        for thread in threads:
            thread.join()
    except BaseException:
        for walk in walks:
            walk.stop()
        raise
    if failures:
        raise failures[0]


@dataclass(frozen=True, slots=True)
class _Process:
    """What one worker counts, and the calls that are known so far."""

    kind: str
    hash_seed: int
    calls: dict[tuple[str, str], int]


@contextmanager
def _around(surroundings: Surroundings, kind: str) -> Iterator[Surroundings]:
    """The surroundings of a worker that counts in this way."""
    if kind == "kernel":
        variables = {**surroundings.variables, **VARIABLES}
        yield replace(surroundings, variables=variables, wrapper=not_randomised())
        return
    if kind != "instructions":
        yield surroundings
        return
    # Its name is as long on both sides: what lies on the stack starts at the same place.
    with tempfile.TemporaryDirectory(prefix="perfproof-") as folder:
        output = Path(folder) / "callgrind"
        variables = {**surroundings.variables, **VARIABLES, OUTPUT_VARIABLE: str(output)}
        yield replace(surroundings, variables=variables, wrapper=under_callgrind(output))


class _CountingRein(Rein):
    """Leads a worker that counts."""

    def count(self, order: Count) -> Counted:
        """Loops, counted."""
        self._tell(order)
        answer = self._expected()
        if not isinstance(answer, Counted):
            raise SideLostError(self.side, "worker", f"unexpected {type(answer).__name__}")
        return answer


class _Walk:
    """One side's way through a suite, in one worker; in a further one when that is lost."""

    def __init__(self, census: Census, suite: Suite, side: Side, process: _Process) -> None:
        self._census = census
        self._suite = suite
        self._side: Side = side
        self._process = process
        self._worker: WorkerProcess | None = None
        self._stopped = False
        self.given = Given()

    def over(self, ids: Sequence[str]) -> None:
        """Count every benchmark of ``ids``."""
        while ids and not self._stopped:
            ids = self._in_one_worker(ids)

    def stop(self) -> None:
        """End it from another thread; nothing further is started."""
        self._stopped = True
        if self._worker is not None:
            self._worker.kill()

    def _over(self) -> bool:
        brevity = self._census.plan.brevity
        return brevity is not None and monotonic() > brevity.until

    def _given_up(self, ids: Sequence[str]) -> Sequence[str]:
        for benchmark in ids:
            self._trouble(Left(benchmark, "skipped", "the time for counting was over"))
        return ()

    def _in_one_worker(self, ids: Sequence[str]) -> Sequence[str]:
        """Count as far as it comes; the ids that it did not come to."""
        begin = self._suite.begin_measuring(ids, padding=_PADDING)
        timeout = self._census.plan.timeout_seconds
        seed = self._process.hash_seed
        with (
            _around(self._census.sides[self._side], self._process.kind) as surroundings,
            WorkerProcess(surroundings, begin, hash_seed=seed) as worker,
        ):
            self._worker = worker
            rein = _CountingRein(self._side, worker, timeout)
            for place, benchmark in enumerate(ids):
                if self._over():
                    worker.end(at_once=True)
                    return self._given_up(ids[place:])
                try:
                    self._visit(rein, benchmark)
                except SideLostError as lost:
                    self._trouble(Left(benchmark, lost.kind, lost.reason))
                    worker.end(at_once=True)
                    return ids[place + 1 :]
                self._census.heard(benchmark)
        return ()

    def _visit(self, rein: _CountingRein, benchmark: str) -> None:
        arrived = rein.reach(benchmark)
        if isinstance(arrived, At):
            try:
                counted = self._count(rein, arrived)
            except SideStoppedError as stopped:
                self._trouble(stopped.left)
                return
            arrived = rein.leave(benchmark)
            if arrived.trouble is None and isinstance(counted, Counted):
                self._keep(benchmark, counted)
            elif arrived.trouble is None:
                arrived = Left(benchmark, "skipped", str(counted))
        self._trouble(arrived)

    def _count(self, rein: _CountingRein, at: At) -> Counted | str:
        """What was counted, or why nothing was."""
        brevity = self._census.plan.brevity
        if brevity is None:
            counted = self._at_length(rein, at.benchmark.id)
        else:
            few = brevity.calls(at.benchmark.id, at.fixed_calls)
            if few is None:
                return "its calls take too long for a short pass; `perfproof counts` counts them"
            unseen = max(2, min(2 * few, 32))
            loops = brevity.loops(few)
            kind = self._process.kind
            counted = rein.count(Count(kind=kind, loops=loops, unseen=unseen, brief=True))
        return counted if counted.calls else "it runs in a process of its own"

    def _at_length(self, rein: _CountingRein, benchmark: str) -> Counted:
        kind = self._process.kind
        key = (kind, benchmark)
        # On every side and in every process, so that all have done the same before they count.
        first = rein.count(Count(kind=kind, loops=(1,), unseen=1))
        if not first.calls:
            return first
        if key not in self._process.calls:
            self._process.calls[key] = calls_of(kind, first.figures[0][0])
        few = self._process.calls[key]
        return rein.count(Count(kind=kind, loops=(few, 3 * few) * 3, unseen=8 * few))

    def _keep(self, benchmark: str, counted: Counted) -> None:
        for place, meter in enumerate(METERS[self._process.kind].meters):
            self.given.tallies.append(
                Tally(
                    benchmark=benchmark,
                    meter=meter,
                    hash_seed=self._process.hash_seed,
                    calls=counted.calls,
                    counted=tuple(each[place] for each in counted.figures),
                    whole=counted.whole,
                    side=self._side if len(self._census.sides) > 1 else None,
                )
            )

    def _trouble(self, left: Left) -> None:
        if left.trouble is not None:
            side = self._side if len(self._census.sides) > 1 else None
            self.given.troubles.append(
                Trouble(
                    benchmark=left.benchmark,
                    process=None,
                    kind=left.trouble,
                    reason=left.reason,
                    side=side,
                )
            )
