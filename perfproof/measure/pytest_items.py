"""A test as the record knows it: id, group, parameters, source and target from its mark."""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import pytest

from perfproof.record import Benchmark, Parameter
from perfproof.record.quantity import parse_seconds

__all__ = ["TARGET_MARK", "described"]

TARGET_MARK = "perfproof_target"
"""The mark that carries a limit, as in ``@pytest.mark.perfproof_target("0.5 ms")``."""


def described(item: pytest.Item, group: str | None = None) -> Benchmark:
    """The benchmark that a test is.

    Args:
        item: The collected test.
        group: Its group, where the test itself has set one.

    Raises:
        pytest.UsageError: Its target mark carries no duration.
    """
    mark = item.get_closest_marker("benchmark")
    if group is None and mark is not None:
        group = mark.kwargs.get("group")
    return Benchmark(
        id=item.nodeid,
        name=item.name,
        runner="pytest-benchmark",
        group=group,
        parameters=_parameters(item),
        source_hash=_source_hash(item),
        target_seconds=_target(item),
    )


def _target(item: pytest.Item) -> float | None:
    mark = item.get_closest_marker(TARGET_MARK)
    if mark is None:
        return None
    if len(mark.args) != 1 or mark.kwargs or not isinstance(mark.args[0], str):
        raise pytest.UsageError(
            f"{item.nodeid}: mark {TARGET_MARK} takes one duration, as in '0.5 ms'"
        )
    try:
        return parse_seconds(mark.args[0])
    except ValueError as exc:
        raise pytest.UsageError(f"{item.nodeid}: mark {TARGET_MARK}: {exc}") from exc


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
