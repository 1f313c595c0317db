"""One side of a pair: what the controller can ask of its worker, and how that can go wrong."""

from __future__ import annotations

from perfproof.errors import WorkerError
from perfproof.measure.channel import (
    At,
    Blocks,
    Broken,
    Count,
    Entered,
    Finished,
    FromWorker,
    Leave,
    Left,
    Measure,
    Prepare,
    Ready,
)
from perfproof.measure.worker_process import SilentError, WorkerProcess
from perfproof.record import Side, TroubleKind

__all__ = ["Rein", "SideLostError", "SideStoppedError"]

_NO_LIMIT_NS = 1 << 60


class SideStoppedError(Exception):
    """The benchmark ended on one side while it was measured: it raised, or was skipped."""

    def __init__(self, side: Side, left: Left) -> None:
        super().__init__(side, left)
        self.side = side
        self.left = left


class SideLostError(Exception):
    """One side hung or died; nothing more can be had of this pair."""

    def __init__(self, side: Side, kind: TroubleKind, reason: str) -> None:
        super().__init__(side, kind, reason)
        self.side = side
        self.kind = kind
        self.reason = reason


class Rein:
    """Leads one worker; every answer is waited for with a bound.

    Raises from every method:
        SideLostError: The worker hung or died.
        SideStoppedError: The benchmark ended in the middle of its measuring.
    """

    def __init__(self, side: Side, worker: WorkerProcess, timeout_seconds: float) -> None:
        self.side = side
        self._worker = worker
        self._timeout_seconds = timeout_seconds
        self._ahead: At | None = None
        self._stands_at: str | None = None

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._worker.pid

    def reach(self, benchmark: str) -> At | Left:
        """Go on until the worker stands at the benchmark, or has left it without stopping."""
        if self._stands_at is not None:
            # Given up without a word; it would wait there for good.
            self._tell_leave()
        while True:
            answer = self._ahead or self._hear()
            self._ahead = None
            if isinstance(answer, At) and answer.benchmark.id == benchmark:
                self._stands_at = benchmark
                return answer
            if isinstance(answer, At):
                # It stays there: the controller comes to it in its turn.
                self._ahead = answer
                reason = f"went on to {answer.benchmark.id} without it"
                return Left(benchmark, "failed", reason)
            if isinstance(answer, Left) and answer.benchmark == benchmark:
                return answer
            if isinstance(answer, Broken):
                raise SideLostError(self.side, "failed", answer.reason)
            if isinstance(answer, Finished):
                return Left(benchmark, "failed", "the suite ended without it")
            if not isinstance(answer, Entered | Left):
                raise SideLostError(self.side, "worker", f"unexpected {type(answer).__name__}")

    def prepare(self, order: Prepare) -> int:
        """Warm up; the calls of a block."""
        self._tell(order)
        answer = self._expected()
        if not isinstance(answer, Ready):
            raise SideLostError(self.side, "worker", f"unexpected {type(answer).__name__}")
        return answer.calls

    def block(self, calls: int) -> Blocks:
        """One block, without the yardstick: the other side is beside it."""
        self._tell(Measure(calls, 1, _NO_LIMIT_NS, beside=False))
        answer = self._expected()
        if not isinstance(answer, Blocks):
            raise SideLostError(self.side, "worker", f"unexpected {type(answer).__name__}")
        return answer

    def leave(self, benchmark: str) -> Left:
        """Let the suite go on; how the benchmark ended afterwards."""
        self._tell_leave()
        answer = self.reach(benchmark)
        again = isinstance(answer, At)
        while isinstance(answer, At):
            answer = self.reach(benchmark)
        if again and answer.trouble is None:
            return Left(benchmark, "failed", "called `benchmark` more than once")
        return answer

    def _tell_leave(self) -> None:
        self._stands_at = None
        self._tell(Leave())

    def _expected(self) -> FromWorker:
        answer = self._hear()
        if isinstance(answer, Left):
            self._stands_at = None
            raise SideStoppedError(self.side, answer)
        return answer

    def _tell(self, order: Prepare | Measure | Count | Leave) -> None:
        try:
            self._worker.tell(order)
        except WorkerError as exc:
            raise SideLostError(self.side, "worker", exc.what) from exc

    def _hear(self) -> FromWorker:
        try:
            return self._worker.hear(self._timeout_seconds)
        except SilentError as exc:
            raise SideLostError(self.side, "timeout", str(exc)) from exc
        except WorkerError as exc:
            raise SideLostError(self.side, "worker", exc.what) from exc
