"""Unmodified pyperf scripts, through the public ``pyperf.Runner``.

The script runs as ``__main__`` in a fresh process, with ``pyperf.Runner`` a subclass that stops
at each ``bench_*`` call. Command-line arguments of the script and ``runner.args`` work as in a
worker process of pyperf itself, and so does what ``bench_*`` returns: the figures of this run, or
``None`` for a benchmark that this worker was not asked for. Starting further workers is left to
perfproof.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import inspect
import os
import random
import runpy
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Any, NoReturn

import pyperf

from perfproof.measure.blocks import Subject, serve
from perfproof.measure.channel import Begin, Broken, Channel, Found, Left, sayable
from perfproof.measure.command_runs import RunError, Runs
from perfproof.measure.origins import Origins, StrangeOriginError
from perfproof.measure.pyperf_figures import Figures, uses_figures
from perfproof.measure.pyperf_statement import statement_timer
from perfproof.record import Benchmark

__all__ = ["walk_pyperf"]


def walk_pyperf(channel: Channel, begin: Begin) -> None:
    """Run one script, stopping at each of its benchmarks that is asked for."""
    (script,) = begin.paths
    _MeasuredRunner.visit = _Visit(channel, begin, script)
    pyperf.Runner = _MeasuredRunner
    sys.argv = [script, "--worker", "--loops=1", "--warmups=0", "--values=1"]
    # As Python itself does for a script: its own folder comes first.
    sys.path.insert(0, str(Path(script).resolve().parent))
    if begin.padding:
        # Where two versions are measured, both draw the same unless the script seeds.
        random.seed(begin.padding)
    try:
        runpy.run_path(str(Path(script).absolute()), run_name="__main__")
    except SystemExit as exc:
        if exc.code not in (None, 0):
            channel.send(Broken(reason=f"{script}: ended with {exc.code!r}"))
    except StrangeOriginError as exc:
        channel.send(Broken(reason=f"{script}: {exc}".removesuffix(".")))
    except Exception as exc:  # the script is the user's: any error is reported
        channel.send(Broken(reason=f"{script}: {_said(exc)}"))


class _Visit:
    """The walk through one script: what is asked for, and where the answers go."""

    def __init__(self, channel: Channel, begin: Begin, script: str) -> None:
        self._channel = channel
        self._begin = begin
        self._script = script
        self._wanted = frozenset(begin.ids)
        self._seen: set[str] = set()
        text = Path(script).read_bytes()
        self._source = _hashed(text)
        self._figures_wanted = uses_figures(text)
        self._origins = Origins.of_duel(Path.cwd(), os.environ.get("PYTHONPATH", ""))

    def stop(
        self,
        name: str,
        time_block: Callable[[int], int],
        source: str | None,
        *,
        inner: int = 1,
        program: Runs | None = None,
    ) -> pyperf.Benchmark | None:
        """Name the benchmark, or measure it; then say how it ended.

        Args:
            name: Of the benchmark.
            time_block: Nanoseconds of so many calls.
            source: Hash of its source, where it has one of its own.
            inner: Calls that are made at once.
            program: What a call runs, where that is another process.

        Raises:
            StrangeOriginError: The code that it measures is not the one of this side.
        """
        benchmark = Benchmark(
            id=f"{self._script}::{name}",
            name=name,
            runner="pyperf",
            source_hash=source or self._source,
            program=program is not None,
        )
        if benchmark.id in self._seen:
            raise ValueError(f"duplicated benchmark name: {name!r}")
        self._seen.add(benchmark.id)
        if self._origins is not None:
            self._origins.check(thorough=self._begin.task == "list")
        figures = Figures(name, time_block)
        if self._begin.task == "list":
            self._channel.send(Found(benchmark=benchmark))
            return figures.told() if self._figures_wanted else None
        if self._wanted and benchmark.id not in self._wanted:
            return None
        subject = Subject(
            benchmark=benchmark,
            time_block=time_block,
            inner=inner,
            program=program,
            seen=figures.saw,
        )
        return self._measure(subject, figures)

    def _measure(self, subject: Subject, figures: Figures) -> pyperf.Benchmark | None:
        benchmark = subject.benchmark
        try:
            if subject.program is not None:
                subject.program.weigh()
            serve(self._channel, subject)
        except Exception as exc:  # the benchmark is the user's
            told = RuntimeError(f"the command {exc}") if isinstance(exc, RunError) else exc
            self._channel.send(Left(benchmark=benchmark.id, trouble="failed", reason=_said(told)))
            return None
        self._channel.send(Left(benchmark=benchmark.id))
        return figures.told() if self._figures_wanted else None


class _MeasuredRunner(pyperf.Runner):  # type: ignore[misc]  # pyperf is untyped
    """pyperf's Runner, with every measuring method handed to the visit."""

    visit: _Visit

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.argparser.error = _refuse

    def bench_time_func(
        self, name: str, time_func: Callable[..., float], *args: Any, **options: Any
    ) -> pyperf.Benchmark | None:
        """Time ``time_func(loops, *args)``, which times itself and returns seconds."""
        inner = _inner_loops(options)
        self.parse_args()

        def time_loops(loops: int) -> int:
            return round(time_func(loops, *args) * 1e9)

        return self.visit.stop(name, _by_calls(time_loops, inner), _source(time_func), inner=inner)

    def bench_func(
        self, name: str, func: Callable[..., object], *args: Any, **options: Any
    ) -> pyperf.Benchmark | None:
        """Time ``func(*args)``."""
        inner = _inner_loops(options)
        self.parse_args()
        function = functools.partial(func, *args) if args else func

        def time_loops(loops: int) -> int:
            repeated = range(loops)
            start = perf_counter_ns()
            for _ in repeated:
                function()
            return perf_counter_ns() - start

        return self.visit.stop(name, _by_calls(time_loops, inner), _source(func), inner=inner)

    def bench_async_func(
        self, name: str, func: Callable[..., Awaitable[object]], *args: Any, **options: Any
    ) -> pyperf.Benchmark | None:
        """Time ``await func(*args)`` inside a running loop."""
        loop_factory = options.pop("loop_factory", None) or asyncio.new_event_loop
        inner = _inner_loops(options)
        self.parse_args()
        function = functools.partial(func, *args) if args else func

        async def timed(loops: int) -> int:
            repeated = range(loops)
            start = perf_counter_ns()
            for _ in repeated:
                await function()
            return perf_counter_ns() - start

        def time_loops(loops: int) -> int:
            loop = loop_factory()
            asyncio.set_event_loop(loop)
            try:
                elapsed: int = loop.run_until_complete(timed(loops))
            finally:
                asyncio.set_event_loop(None)
                loop.close()
            return elapsed

        return self.visit.stop(name, _by_calls(time_loops, inner), _source(func), inner=inner)

    def timeit(
        self,
        name: str,
        stmt: str | Sequence[str] | None = None,
        setup: str | Sequence[str] = "pass",
        teardown: str | Sequence[str] = "pass",
        inner_loops: int | None = None,
        duplicate: int | None = None,
        metadata: object = None,  # noqa: ARG002  # pyperf's signature
        globals: dict[str, Any] | None = None,
    ) -> pyperf.Benchmark | None:
        """Time a statement, as :mod:`timeit` does."""
        self.parse_args()
        repeats = duplicate or 1
        body = _lines(name if stmt is None else stmt) * repeats
        if not body:
            raise ValueError("need at least one statement")
        time_loops = statement_timer(body, _lines(setup), _lines(teardown), globals)
        inner = (inner_loops or 1) * repeats
        time_block = _by_calls(time_loops, inner)
        return self.visit.stop(name, time_block, _hashed("\n".join(body).encode()), inner=inner)

    def bench_command(self, name: str, command: Sequence[str]) -> pyperf.Benchmark | None:
        """Time a command from its start to its end."""
        self.parse_args()
        runs = Runs(command)
        source = _hashed(os.fsencode("\0".join(command)))
        return self.visit.stop(name, runs.time_block, source, program=runs)


def _inner_loops(options: dict[str, Any]) -> int:
    inner = options.pop("inner_loops", None) or 1
    options.pop("metadata", None)
    if options:
        raise TypeError(f"unexpected keyword argument {', '.join(map(repr, sorted(options)))}")
    return int(inner)


def _refuse(message: str) -> NoReturn:
    """In the place of argparse's, which prints and exits without a reason that we could tell."""
    raise ValueError(f"{message} (a script is run without arguments of its own)")


def _by_calls(time_loops: Callable[[int], int], inner: int) -> Callable[[int], int]:
    """The time of so many calls, where a loop does ``inner`` of them at once."""
    if inner == 1:
        return time_loops

    def time_block(calls: int) -> int:
        loops = max(1, round(calls / inner))
        return round(time_loops(loops) * calls / (loops * inner))

    return time_block


def _lines(statements: str | Sequence[str]) -> list[str]:
    each = (statements,) if isinstance(statements, str) else statements
    return [line for statement in each if (line := statement.rstrip())]


def _source(function: Callable[..., object]) -> str | None:
    """Of a function that stands in the script; one from elsewhere is what is measured."""
    function = inspect.unwrap(function)
    if getattr(function, "__module__", None) != "__main__":
        return None
    try:
        return _hashed(inspect.getsource(function).encode())
    except (OSError, TypeError):
        return None


def _hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _said(exc: BaseException) -> str:
    return sayable(f"{type(exc).__name__}: {exc}".splitlines()[0])
