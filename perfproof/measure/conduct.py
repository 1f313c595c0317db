"""A session: rounds of fresh processes, in each of which every benchmark is measured once.

Rounds rather than benchmarks come first: a slow minute of the machine then touches one process
of every benchmark instead of all processes of one. The order inside a round is drawn by chance.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from perfproof.errors import WorkerError
from perfproof.measure.channel import (
    At,
    Blocks,
    Broken,
    Entered,
    Finished,
    FromWorker,
    Leave,
    Left,
    Measure,
    Prepare,
    Ready,
)
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import SilentError, Surroundings, WorkerProcess
from perfproof.record import Benchmark, Plan, Sample, Trouble, TroubleKind

__all__ = ["Progress", "Sink", "conduct"]

_MAX_HASH_SEED = 4294967295
_MAX_BLOCKS = 200
"""Of a suite that demands more rounds: enough for any interval, little enough to store."""

_Thing = TypeVar("_Thing")


class Sink(Protocol):
    """Where records go as soon as they are there."""

    def append(self, record: Benchmark | Sample | Trouble) -> None:
        """Keep one record."""


class Progress(Protocol):
    """Who is told how far the session is."""

    def advanced(self, benchmark: str, process: int) -> None:
        """One benchmark is done with (measured or given up) in one process."""


def conduct(
    chosen: Mapping[Suite, Sequence[Benchmark]],
    plan: Plan,
    surroundings: Surroundings,
    sink: Sink,
    progress: Progress,
) -> None:
    """Measure every chosen benchmark in ``plan.processes`` fresh processes.

    A benchmark that fails, hangs or kills its worker is written down as a trouble and left out
    of later rounds; the others go on.

    Args:
        chosen: Benchmarks by the suite that they stand in.
        plan: How to measure; its seed draws orders and hash seeds.
        surroundings: Where workers run.
        sink: Gets the benchmarks first, then samples and troubles as they come.
        progress: Told after each benchmark of each process.
    """
    for benchmarks in chosen.values():
        for benchmark in benchmarks:
            sink.append(benchmark)
    session = _Conductor(plan, surroundings, sink, progress)
    chance = random.Random(plan.seed)
    waiting = {suite: [each.id for each in benchmarks] for suite, benchmarks in chosen.items()}
    for process in range(plan.processes):
        for suite in _shuffled(waiting, chance):
            ids = _shuffled([each for each in waiting[suite] if each not in session.lost], chance)
            session.visit(suite, ids, process, hash_seed=chance.randint(1, _MAX_HASH_SEED))


def _shuffled(things: Iterable[_Thing], chance: random.Random) -> list[_Thing]:
    drawn = list(things)
    chance.shuffle(drawn)
    return drawn


class _Conductor:
    def __init__(
        self, plan: Plan, surroundings: Surroundings, sink: Sink, progress: Progress
    ) -> None:
        self._plan = plan
        self._surroundings = surroundings
        self._sink = sink
        self._progress = progress
        self._calls: dict[str, int] = {}
        self._order = 0
        self.lost: set[str] = set()

    def visit(self, suite: Suite, ids: list[str], process: int, *, hash_seed: int) -> None:
        """Measure ``ids`` in one process; in a new one for the rest each time one is lost."""
        while ids:
            left = self._one_worker(suite, ids, process, hash_seed)
            if len(left) == len(ids):
                raise WorkerError("a worker ended without measuring anything", where=str(suite))
            ids = left

    def _one_worker(self, suite: Suite, ids: list[str], process: int, hash_seed: int) -> list[str]:
        """Lead one worker as far as it comes; the ids that it did not come to."""
        visit = _Visit(list(ids), process)
        begin = suite.begin_measuring(ids)
        with WorkerProcess(self._surroundings, begin, hash_seed=hash_seed) as worker:
            try:
                self._lead(worker, visit)
            except SilentError as exc:
                self._give_up(visit, "timeout", str(exc))
                worker.end(at_once=True)
            except WorkerError as exc:
                self._give_up(visit, "worker", exc.what)
        return visit.remaining

    def _lead(self, worker: WorkerProcess, visit: _Visit) -> None:
        while True:
            answer = worker.hear(self._plan.timeout_seconds)
            if isinstance(answer, Entered):
                visit.current = answer.benchmark
                continue
            if isinstance(answer, At):
                visit.current = answer.benchmark.id
                answer = self._measure(worker, answer, visit)
            if isinstance(answer, Left):
                self._left(answer, visit)
            elif isinstance(answer, Broken):
                raise WorkerError(answer.reason)
            elif isinstance(answer, Finished):
                self._finished(visit)
                return

    def _measure(self, worker: WorkerProcess, at: At, visit: _Visit) -> FromWorker:
        """Prepare, measure, leave; the first answer that is not part of it ends it early."""
        plan = self._plan
        benchmark = at.benchmark.id
        worker.tell(
            Prepare(
                warmup_ns=round(plan.warmup_seconds * 1e9),
                block_ns=round(plan.block_seconds * 1e9),
                calls=self._calls.get(benchmark),
            )
        )
        ready = worker.hear(plan.timeout_seconds)
        if not isinstance(ready, Ready):
            return ready
        self._calls[benchmark] = ready.calls
        count = min(at.fixed_blocks, _MAX_BLOCKS) if at.fixed_blocks else plan.blocks
        worker.tell(Measure(ready.calls, count, round(plan.sample_seconds * 1e9)))
        blocks = worker.hear(plan.timeout_seconds)
        if not isinstance(blocks, Blocks):
            return blocks
        self._keep(benchmark, visit.process, ready.calls, blocks)
        worker.tell(Leave())
        return worker.hear(plan.timeout_seconds)

    def _keep(self, benchmark: str, process: int, calls: int, blocks: Blocks) -> None:
        count = len(blocks.block_ns)
        self._sink.append(
            Sample(
                benchmark=benchmark,
                process=process,
                calls=calls,
                block_ns=blocks.block_ns,
                yardstick_ns=blocks.yardstick_ns,
                order=tuple(range(self._order, self._order + count)),
                slot=(0,) * count,
                preemptions=blocks.preemptions,
                cpu_ns=blocks.cpu_ns,
                peak_rss_bytes=blocks.peak_rss_bytes,
            )
        )
        self._order += count

    def _left(self, left: Left, visit: _Visit) -> None:
        if left.trouble is not None:
            self._trouble(left.benchmark, visit.process, left.trouble, left.reason)
        visit.done(left.benchmark)
        self._progress.advanced(left.benchmark, visit.process)

    def _finished(self, visit: _Visit) -> None:
        for benchmark in visit.remaining:
            self._trouble(benchmark, visit.process, "failed", "the suite ended without it")
            self._progress.advanced(benchmark, visit.process)
        visit.remaining = []

    def _give_up(self, visit: _Visit, kind: TroubleKind, reason: str) -> None:
        """Blame the benchmark the worker stood at; without one, the whole rest."""
        blamed = [visit.current] if visit.current is not None else list(visit.remaining)
        for benchmark in blamed:
            self._trouble(benchmark, visit.process, kind, reason)
            visit.done(benchmark)
            self._progress.advanced(benchmark, visit.process)

    def _trouble(self, benchmark: str, process: int, kind: TroubleKind, reason: str) -> None:
        self.lost.add(benchmark)
        self._sink.append(Trouble(benchmark=benchmark, process=process, kind=kind, reason=reason))


class _Visit:
    """How far one worker has come."""

    def __init__(self, ids: list[str], process: int) -> None:
        self.remaining = ids
        self.process = process
        self.current: str | None = None

    def done(self, benchmark: str) -> None:
        if benchmark in self.remaining:
            self.remaining.remove(benchmark)
        self.current = None
