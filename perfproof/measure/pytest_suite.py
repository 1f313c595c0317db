"""Unmodified pytest-benchmark suites, through the public ``benchmark`` fixture.

pytest runs the tests as ever. The fixture object is theirs; only how it times a function is
ours: it stops at the benchmark and measures the blocks that the controller asks for. What a
test sees afterwards (``benchmark.stats``) are the figures of this run.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture, PauseInstrumentation

from perfproof.measure.blocks import Subject, serve
from perfproof.measure.channel import Begin, Broken, Channel, Entered, Found, Left, sayable
from perfproof.measure.pytest_items import TARGET_MARK, described
from perfproof.record import Benchmark, TroubleKind

__all__ = ["walk_pytest"]

_FIXTURES = frozenset({"benchmark", "benchmark_weave"})
_RAISED = re.compile(r"[\w.]+(Error|Exception|Warning|Exit|Interrupt|Failed)\b")


def walk_pytest(channel: Channel, begin: Begin) -> None:
    """Run the suite's benchmarks, stopping at each one that is asked for."""
    plugin = _SuitePlugin(channel, begin)
    arguments = [
        "-p",
        "no:cacheprovider",
        "-q",
        "--no-header",
        # Ids are paths from here, and a checkout of ours may stand inside another project.
        f"--rootdir={Path.cwd()}",
        f"--confcutdir={Path.cwd()}",
        # A suite that is switched off in ordinary test runs is measured all the same.
        "--benchmark-enable",
        "--benchmark-storage=file://.perfproof/pytest-benchmark",
        *_switched_off("xdist", "-n0"),
        *_switched_off("pytest_cov", "--no-cov"),
        *_switched_off("pytest_randomly", "--randomly-dont-reorganize"),
        *begin.paths,
    ]
    code = pytest.main(arguments, plugins=[plugin])
    if code == pytest.ExitCode.NO_TESTS_COLLECTED and not plugin.errors:
        return
    if plugin.errors or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        channel.send(Broken(reason="; ".join(plugin.errors) or f"pytest ended with {code!s}"))


def _switched_off(module: str, *arguments: str) -> tuple[str, ...]:
    return arguments if importlib.util.find_spec(module) is not None else ()


class _SuitePlugin:
    """Chooses and orders the tests, hands the fixture our timing, reports how each test ended."""

    def __init__(self, channel: Channel, begin: Begin) -> None:
        self._channel = channel
        self._begin = begin
        self._trouble: dict[str, tuple[TroubleKind, str]] = {}
        self._measured: set[str] = set()
        self.errors: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line(
            "markers", f"{TARGET_MARK}(limit): limit of one call, as in '0.5 ms', for perfproof"
        )

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        chosen = [item for item in items if _FIXTURES & set(getattr(item, "fixturenames", ()))]
        if self._begin.ids:
            wanted = {node_id: place for place, node_id in enumerate(self._begin.ids)}
            chosen = [item for item in chosen if item.nodeid in wanted]
            chosen.sort(key=lambda item: wanted[item.nodeid])
        kept = set(map(id, chosen))
        config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
        items[:] = chosen

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.errors.append(f"{report.nodeid or 'the suite'}: {_last_line(report.longreprtext)}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if self._begin.task != "list":
            return None
        try:
            for item in session.items:
                self._channel.send(Found(benchmark=described(item)))
        except pytest.UsageError as exc:
            self.errors.append(str(exc))
        return True

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._channel.send(Entered(benchmark=nodeid))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        value = yield
        if isinstance(value, BenchmarkFixture) and fixturedef.argname == "benchmark":
            node: pytest.Item = request.node
            self._take_over(value, node)
        return value

    def _take_over(self, fixture: BenchmarkFixture, node: pytest.Item) -> None:
        # The object stays the one that pytest-benchmark made, so that autouse fixtures which
        # keep it, its marks and its report hooks all go on working.
        fixture.__class__ = _MeasuredFixture
        assert isinstance(fixture, _MeasuredFixture)

        def stand_at(make: Callable[[Benchmark], Subject]) -> None:
            subject = make(described(node, group=fixture.group))
            self._measured.add(node.nodeid)
            serve(self._channel, subject)

        fixture.stand_at = stand_at

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
            self._trouble.setdefault(report.nodeid, ("skipped", sayable(str(reason))))
        elif report.failed:
            reason = f"{report.when}: {_last_line(report.longreprtext)}"
            self._trouble.setdefault(report.nodeid, ("failed", reason))
        if report.when == "teardown":
            self._leave(report.nodeid)

    def _leave(self, node_id: str) -> None:
        trouble = self._trouble.pop(node_id, None)
        if trouble is None and node_id not in self._measured:
            trouble = ("failed", "the test passed without calling its benchmark fixture")
        kind, reason = trouble or (None, "")
        self._channel.send(Left(benchmark=node_id, trouble=kind, reason=reason))


class _MeasuredFixture(BenchmarkFixture):
    """pytest-benchmark's fixture with the blocks of perfproof instead of its own rounds."""

    stand_at: Callable[[Callable[[Benchmark], Subject]], None]

    def _raw(self, function_to_benchmark: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        run = self._make_runner(function_to_benchmark, args, kwargs)

        def time_block(calls: int) -> int:
            with PauseInstrumentation():
                seconds: float = run(range(calls))
            return round(seconds * 1e9)

        self._serve(time_block, fixed_calls=None, fixed_blocks=None)
        return function_to_benchmark(*args, **kwargs)

    def _raw_pedantic(
        self,
        target: Callable[..., Any],
        args: Any = (),
        kwargs: Any = None,
        setup: Callable[[], Any] | None = None,
        teardown: Callable[..., Any] | None = None,
        rounds: int = 1,
        warmup_rounds: int = 0,
        iterations: int = 1,
    ) -> Any:
        _check_pedantic(rounds, warmup_rounds, iterations, setup)
        result: Any = None

        def one_round(calls: int) -> int:
            nonlocal result
            used_args, used_kwargs = _arguments(args, kwargs, setup)
            run = self._make_runner(target, used_args, used_kwargs)
            elapsed: float
            with PauseInstrumentation():
                if calls > 1:
                    elapsed = run(range(calls))
                else:
                    elapsed, result = run(None)
            if teardown is not None:
                teardown(*used_args, **used_kwargs)
            return round(elapsed * 1e9)

        for _ in range(warmup_rounds):
            one_round(iterations)
        self._serve(one_round, fixed_calls=iterations, fixed_blocks=rounds)
        if iterations > 1:
            used_args, used_kwargs = _arguments(args, kwargs, setup)
            result = target(*used_args, **used_kwargs)
            if teardown is not None:
                teardown(*used_args, **used_kwargs)
        return result

    def _serve(
        self, time_block: Callable[[int], int], fixed_calls: int | None, fixed_blocks: int | None
    ) -> None:
        stats: list[Any] = []

        def seen(calls: int, elapsed_ns: int) -> None:
            if not stats:
                stats.append(self._make_stats(calls))
            stats[0].update(elapsed_ns / 1e9)

        self.stand_at(
            lambda benchmark: Subject(
                benchmark=benchmark,
                time_block=time_block,
                fixed_calls=fixed_calls,
                fixed_blocks=fixed_blocks,
                seen=seen,
            )
        )


def _check_pedantic(
    rounds: object, warmup_rounds: object, iterations: object, setup: object
) -> None:
    """The refusals of pytest-benchmark's own pedantic mode."""
    if not isinstance(iterations, int) or iterations < 1:
        raise ValueError("Must have positive int for `iterations`.")
    if not isinstance(rounds, int) or rounds < 1:
        raise ValueError("Must have positive int for `rounds`.")
    if not isinstance(warmup_rounds, int) or warmup_rounds < 0:
        raise ValueError("Must have positive int for `warmup_rounds`.")
    if iterations > 1 and setup:
        raise ValueError("Can't use more than 1 `iterations` with a `setup` function.")


def _arguments(
    args: Any, kwargs: dict[str, Any] | None, setup: Callable[[], Any] | None
) -> tuple[Any, dict[str, Any]]:
    if setup is not None:
        made = setup()
        if made:
            if args or kwargs:
                raise TypeError("Can't use `args` or `kwargs` if `setup` returns the arguments.")
            return made[0], made[1]
    return args, kwargs or {}


def _last_line(text: str) -> str:
    """The line of a traceback that says what was raised."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [line[2:].strip() for line in lines if line.startswith("E ")]
    raised = [line for line in marked if _RAISED.match(line)]
    return sayable((raised or marked or lines[-1:] or ["no reason given"])[0])
