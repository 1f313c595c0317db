"""Tests that are benchmarks as a whole, by their mark, as pytest-codspeed measures them.

``@pytest.mark.codspeed_benchmark`` says so itself. ``@pytest.mark.benchmark`` on a test without
the fixture means this to pytest-codspeed and nothing to pytest-benchmark, so it counts only in a
project that uses codspeed: where it is installed, or named in a file that says what is needed.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter_ns

import pytest

from perfproof.measure.blocks import Subject
from perfproof.measure.pytest_fixture import StandAt

__all__ = ["drop_foreign_options", "has_fixture", "measure_whole", "uses_codspeed", "whole_mark"]

_FIXTURES = frozenset({"benchmark", "benchmark_weave", "codspeed_benchmark"})
_CODSPEED_OPTIONS = frozenset({"max_rounds"})
"""Keywords of the mark that pytest-benchmark refuses; they say how long, which is our affair."""

_STATEMENTS = (
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    "pytest.ini",
    "noxfile.py",
    "Pipfile",
    "environment.yml",
    "requirements*.txt",
    "requirements/*.txt",
)


def uses_codspeed(root: Path) -> bool:
    """Whether the project at ``root`` measures with pytest-codspeed."""
    if importlib.util.find_spec("pytest_codspeed") is not None:
        return True
    stated = (path for pattern in _STATEMENTS for path in root.glob(pattern) if path.is_file())
    return any(b"codspeed" in path.read_bytes() for path in stated)


def has_fixture(item: pytest.Item) -> bool:
    """Whether the test uses a benchmark fixture, itself or through another fixture."""
    return not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def whole_mark(item: pytest.Item, *, codspeed: bool) -> bool:
    """Whether the test is marked to be measured as a whole."""
    if has_fixture(item):
        return False
    return item.get_closest_marker("codspeed_benchmark") is not None or (
        codspeed and item.get_closest_marker("benchmark") is not None
    )


def drop_foreign_options(items: Iterable[pytest.Item]) -> None:
    """Take from marks what only pytest-codspeed knows, at which pytest-benchmark would fail."""
    for node in dict.fromkeys(node for item in items for node in item.listchain()):
        for place, mark in enumerate(node.own_markers):
            if mark.name == "benchmark" and not _CODSPEED_OPTIONS.isdisjoint(mark.kwargs):
                kept = {k: v for k, v in mark.kwargs.items() if k not in _CODSPEED_OPTIONS}
                node.own_markers[place] = pytest.mark.benchmark(*mark.args, **kept).mark


def measure_whole(item: pytest.Item, stand_at: StandAt) -> None:
    """Make a call of the test measure it: set up once, then called again and again."""
    if type(item) is pytest.Function and not _is_asynchronous(item.obj):
        item.obj = _measured(item.obj, stand_at)
    else:
        # Whoever runs it otherwise (a loop for a coroutine, a TestCase) is measured with it.
        item.runtest = _measured(item.runtest, stand_at)  # type: ignore[method-assign]


def _is_asynchronous(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _measured(function: Callable[..., object], stand_at: StandAt) -> Callable[..., None]:
    @functools.wraps(function)
    def measured(*args: object, **kwargs: object) -> None:
        # First once as ever: a test that fails or is skipped has no figure.
        function(*args, **kwargs)

        def time_block(calls: int) -> int:
            repeated = range(calls)
            start = perf_counter_ns()
            for _ in repeated:
                function(*args, **kwargs)
            return perf_counter_ns() - start

        stand_at(lambda benchmark: Subject(benchmark=benchmark, time_block=time_block))

    return measured
