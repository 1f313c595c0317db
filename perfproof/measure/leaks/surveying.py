"""The controller's side: one benchmark in one fresh process, and what it found."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from perfproof.errors import WorkerError
from perfproof.measure.channel import Broken, Finished, Left
from perfproof.measure.leaks.order import ORDER_VARIABLE, SURVEY_FILE, SurveyOrder
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import SilentError, Surroundings, WorkerProcess
from perfproof.record import Benchmark, Survey, Trouble, TroubleKind

__all__ = ["SurveyPlan", "survey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyPlan:
    """How a benchmark is surveyed.

    Attributes:
        budget_seconds: About how long its rounds take together.
        timeout_seconds: How long its process may say nothing.
        native: Whether frames of C code are recorded too.
        seed: Hash seed of its process.
    """

    budget_seconds: float
    timeout_seconds: float
    native: bool = False
    seed: int = 0


def survey(
    suite: Suite, benchmark: Benchmark, surroundings: Surroundings, plan: SurveyPlan
) -> Survey | Trouble:
    """Repeat one benchmark in growing rounds, in a fresh process.

    Returns:
        What survived, or why nothing can be said: it failed, was skipped, or died.
    """
    with tempfile.TemporaryDirectory(prefix="perfproof-leaks-", ignore_cleanup_errors=True) as made:
        # Servers that a suite starts as another user (PostgreSQL as root) pass through it.
        Path(made).chmod(0o711)
        order = SurveyOrder(folder=made, budget_seconds=plan.budget_seconds, native=plan.native)
        variables = {
            **surroundings.variables,
            ORDER_VARIABLE: msgspec.json.encode(order).decode(),
        }
        around = replace(surroundings, variables=variables, module="perfproof.measure.leaks.worker")
        begin = suite.begin_measuring([benchmark.id])
        try:
            with WorkerProcess(around, begin, hash_seed=plan.seed) as worker:
                trouble = _heard(worker, benchmark, plan.timeout_seconds)
        except WorkerError as exc:
            return _trouble(benchmark, "worker", str(exc).removesuffix("."))
        if trouble is not None:
            return trouble
        return _read(Path(made) / SURVEY_FILE, benchmark)


def _heard(worker: WorkerProcess, benchmark: Benchmark, timeout_seconds: float) -> Trouble | None:
    trouble = None
    while True:
        try:
            answer = worker.hear(timeout_seconds)
        except SilentError as exc:
            return _trouble(benchmark, "timeout", str(exc))
        if isinstance(answer, Left) and answer.benchmark == benchmark.id and answer.trouble:
            reason = answer.reason
            if answer.trouble == "failed":
                reason = f"it fails when it is repeated: {reason}"
            trouble = _trouble(benchmark, answer.trouble, reason)
        elif isinstance(answer, Broken):
            return _trouble(benchmark, "failed", answer.reason)
        elif isinstance(answer, Finished):
            return trouble


def _read(path: Path, benchmark: Benchmark) -> Survey | Trouble:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Survey)
    except FileNotFoundError:
        reason = "no mark between its rounds could be read; the machine is too busy"
        return _trouble(benchmark, "worker", reason)
    except (OSError, msgspec.MsgspecError) as exc:
        return _trouble(benchmark, "worker", f"its survey cannot be read: {exc}")


def _trouble(benchmark: Benchmark, kind: TroubleKind, reason: str) -> Trouble:
    return Trouble(benchmark=benchmark.id, process=None, kind=kind, reason=reason)
