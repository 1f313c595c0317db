"""Unmodified pytest-benchmark suites, through the public ``benchmark`` fixture.

pytest runs the tests as ever. The fixture object is theirs; only how it times a function is
ours: it stops at the benchmark and measures the blocks that the controller asks for. What a
test sees afterwards (``benchmark.stats``) are the figures of this run. Suites written for
pytest-codspeed run the same way, and tests that they mark to be measured as a whole are.
"""

from __future__ import annotations

import importlib.util
import os
import random
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from perfproof.measure.blocks import Subject, serve
from perfproof.measure.channel import Begin, Broken, Channel, Entered, Found, Left, sayable
from perfproof.measure.origins import Origins, StrangeOriginError
from perfproof.measure.pytest_fixture import CodspeedFixture, MeasuredFixture, StandAt
from perfproof.measure.pytest_items import TARGET_MARK, described
from perfproof.measure.whole_tests import (
    drop_foreign_options,
    has_fixture,
    measure_whole,
    uses_codspeed,
    whole_mark,
)
from perfproof.record import Benchmark, TroubleKind

__all__ = ["walk_pytest"]

_RAISED = re.compile(r"[\w.]+(Error|Exception|Warning|Exit|Interrupt|Failed|Used)\b")
_OURS_TOO = "Module already imported so cannot be rewritten; perfproof"
_WHOLE_PROJECT = (".",)
_OWN_CHOICE = {
    # A suite that is switched off in ordinary test runs is measured all the same.
    "benchmark_skip": False,
    "benchmark_disable": False,
    "benchmark_enable": True,
    "benchmark_only": False,
    "codspeed": False,
    # All of it in this process, in the order that was drawn for it (pytest-xdist, -randomly).
    "numprocesses": 0,
    "dist": "no",
    "distload": False,
    "randomly_reorganize": False,
    # One failure shall not take the figures of the others away.
    "maxfail": 0,
    # Nobody reads a worker's tables.
    "no_summary": True,
    "benchmark_quiet": True,
    # No file of an ordinary run is to be written or compared with.
    "benchmark_autosave": None,
    "benchmark_save": None,
    "benchmark_json": None,
    "benchmark_compare": None,
    "benchmark_compare_fail": None,
    "benchmark_histogram": None,
}
"""What a measured suite's options say, whatever its ``addopts`` say."""


def walk_pytest(channel: Channel, begin: Begin) -> None:
    """Run the suite's benchmarks, stopping at each one that is asked for."""
    # Under pytest-codspeed's own runner it would put its fixture in the place of ours.
    os.environ.pop("CODSPEED_ENV", None)
    plugin = _SuitePlugin(channel, begin)
    arguments = [
        "-p",
        "no:cacheprovider",
        "-p",
        "benchmark",
        "-q",
        "--no-header",
        # perfproof is a plugin of pytest too (the mark `leak_free`), and is imported here already.
        "-W",
        f"ignore:{_OURS_TOO}:pytest.PytestAssertRewriteWarning",
        # Ids are paths from here, and a checkout of ours may stand inside another project.
        f"--rootdir={Path.cwd()}",
        f"--confcutdir={Path.cwd()}",
        "--benchmark-storage=file://.perfproof/pytest-benchmark",
        *_switched_off("pytest_cov", "--no-cov"),
        *begin.paths,
    ]
    _same_chance(begin, "")
    code = pytest.main(arguments, plugins=[plugin])
    if code == pytest.ExitCode.NO_TESTS_COLLECTED and not plugin.errors:
        return
    if plugin.errors or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        channel.send(Broken(reason="; ".join(plugin.errors) or f"pytest ended with {code!s}"))


def _switched_off(module: str, *arguments: str) -> tuple[str, ...]:
    return arguments if importlib.util.find_spec(module) is not None else ()


def _same_chance(begin: Begin, node_id: str) -> None:
    """Where two versions are measured, both draw the same from :mod:`random` unless they seed."""
    if begin.padding:
        random.seed(f"{begin.padding} {node_id}")


class _SuitePlugin:
    """Chooses and orders the tests, hands the fixture our timing, reports how each test ended."""

    def __init__(self, channel: Channel, begin: Begin) -> None:
        self._channel = channel
        self._begin = begin
        self._trouble: dict[str, tuple[TroubleKind, str]] = {}
        self._measured: set[str] = set()
        self._left: set[str] = set()
        self._codspeed = uses_codspeed(Path.cwd())
        self._origins = Origins.of_duel(Path.cwd(), os.environ.get("PYTHONPATH", ""))
        self.errors: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, object, object]:
        # All is parsed, and no plugin has read it yet.
        for option, value in _OWN_CHOICE.items():
            setattr(config.option, option, value)
        if self._begin.padding:
            config.option.randomly_seed = self._begin.padding
        if "benchmark" in (config.option.markexpr or ""):
            config.option.markexpr = ""
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line(
            "markers", f"{TARGET_MARK}(limit, figure='time'): a limit for perfproof, as in '0.5 ms'"
        )
        config.addinivalue_line("markers", "codspeed_benchmark: measure the test as a whole")
        # The last one registered wins: it stands in for pytest-codspeed's own.
        config.pluginmanager.register(CodspeedFixture())

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Of a whole project, leave out the test files that do not speak of benchmarks."""
        if self._begin.paths != _WHOLE_PROJECT or collection_path.suffix != ".py":
            return None
        if collection_path.name in ("conftest.py", "__init__.py"):
            return None
        return True if b"benchmark" not in collection_path.read_bytes() else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        chosen = [item for item in items if has_fixture(item) or self._is_whole(item)]
        if self._begin.ids:
            wanted = {node_id: place for place, node_id in enumerate(self._begin.ids)}
            chosen = [item for item in chosen if item.nodeid in wanted]
            chosen.sort(key=lambda item: wanted[item.nodeid])
        drop_foreign_options(chosen)
        kept = set(map(id, chosen))
        config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
        items[:] = chosen

    def _is_whole(self, item: pytest.Item) -> bool:
        return whole_mark(item, codspeed=self._codspeed)

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
            if self._origins is not None:
                self._origins.check(thorough=True)
        except (pytest.UsageError, StrangeOriginError) as exc:
            self.errors.append(str(exc).removesuffix("."))
        return True

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._channel.send(Entered(benchmark=nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        _same_chance(self._begin, item.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        if self._is_whole(item):
            measure_whole(item, self._standing(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        value = yield
        if isinstance(value, BenchmarkFixture) and fixturedef.argname == "benchmark":
            MeasuredFixture.take_over(value, self._standing(request.node, value))
        return value

    def _standing(self, item: pytest.Item, fixture: BenchmarkFixture | None = None) -> StandAt:
        def stand_at(make: Callable[[Benchmark], Subject]) -> None:
            if item.nodeid in self._measured:
                pytest.fail("the test was run again; what it measured first counts", pytrace=False)
            if self._origins is not None:
                try:
                    self._origins.check()
                except StrangeOriginError as exc:
                    pytest.fail(str(exc), pytrace=False)
            self._measured.add(item.nodeid)
            group = fixture.group if fixture is not None else None
            serve(self._channel, make(described(item, group=group)))

        return stand_at

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self._trouble.setdefault(report.nodeid, ("skipped", _skipped(report)))
        elif not report.passed:
            # Also the outcome "rerun" of pytest-rerunfailures: that attempt has failed.
            reason = f"{report.when}: {_last_line(report.longreprtext)}"
            self._trouble.setdefault(report.nodeid, ("failed", reason))
        if report.when == "teardown" and report.nodeid not in self._left:
            self._leave(report.nodeid)

    def _leave(self, node_id: str) -> None:
        self._left.add(node_id)
        trouble = self._trouble.pop(node_id, None)
        if trouble is None and node_id not in self._measured:
            trouble = ("failed", "the test passed without calling its benchmark fixture")
        kind, reason = trouble or (None, "")
        self._channel.send(Left(benchmark=node_id, trouble=kind, reason=reason))


def _skipped(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return sayable(f"expected to fail, and did: {report.wasxfail}".removesuffix(": "))
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
    return sayable(str(reason))


def _last_line(text: str) -> str:
    """The line of a traceback that says what was raised."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [line[2:].strip() for line in lines if line.startswith("E ")]
    raised = [line for line in marked if _RAISED.match(line)]
    return sayable((raised or marked or lines[-1:] or ["no reason given"])[0])
