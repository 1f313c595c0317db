"""A test as the record knows it: id, group, parameters, source and target from its mark."""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import pytest

from perfproof.record import Benchmark, FigureKind, Parameter, parse_limit

__all__ = ["TARGET_MARK", "described"]

TARGET_MARK = "perfproof_target"
"""The mark that carries a limit: ``perfproof_target("0.5 ms")``, or of another figure
``perfproof_target("10", figure="allocations")``; a test can have one for each figure."""


def described(item: pytest.Item, group: str | None = None) -> Benchmark:
    """The benchmark that a test is.

    Args:
        item: The collected test.
        group: Its group, where the test itself has set one.

    Raises:
        pytest.UsageError: One of its target marks carries no limit.
    """
    mark = item.get_closest_marker("benchmark")
    limits = _limits(item)
    if group is None and mark is not None:
        group = mark.kwargs.get("group")
    return Benchmark(
        id=item.nodeid,
        name=item.name,
        runner="pytest-benchmark",
        group=group,
        parameters=_parameters(item),
        source_hash=_source_hash(item),
        target_seconds=limits.pop(FigureKind.TIME, None),
        limits=limits,
    )


def _limits(item: pytest.Item) -> dict[FigureKind, float]:
    """The limit of each figure that a mark names; of several for one figure the closest counts."""
    limits: dict[FigureKind, float] = {}
    for mark in item.iter_markers(TARGET_MARK):
        try:
            kind = _kind(mark)
            limits.setdefault(kind, parse_limit(kind, mark.args[0]))
        except ValueError as exc:
            raise pytest.UsageError(f"{item.nodeid}: mark {TARGET_MARK}: {exc}") from exc
    return limits


def _kind(mark: pytest.Mark) -> FigureKind:
    if len(mark.args) != 1 or not isinstance(mark.args[0], str) or mark.kwargs.keys() - {"figure"}:
        raise ValueError(
            "takes one limit, as in '0.5 ms', and perhaps what it is of, as in"
            " ('10', figure='allocations')"
        )
    known = [each.value for each in FigureKind if each is not FigureKind.LATENCY]
    named = mark.kwargs.get("figure", FigureKind.TIME.value)
    if named not in known:
        raise ValueError(f"unknown figure {named!r}; the figures are {', '.join(known)}")
    return FigureKind(named)


def _parameters(item: pytest.Item) -> dict[str, Parameter]:
    callspec = getattr(item, "callspec", None)
    given: dict[str, Any] = callspec.params if callspec is not None else {}
    plain = (str, int, float, bool)
    return {
        key: value if value is None or type(value) in plain else type(value).__name__
        for key, value in given.items()
    }


def _source_hash(item: pytest.Item) -> str | None:
    function = getattr(item, "function", None)
    try:
        source = inspect.getsource(inspect.unwrap(function)) if function is not None else None
    except (OSError, TypeError):
        return None
    return hashlib.sha256(source.encode()).hexdigest()[:16] if source is not None else None
