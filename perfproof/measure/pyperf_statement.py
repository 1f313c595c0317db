"""A statement as ``pyperf.Runner.timeit`` times it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from time import perf_counter_ns
from typing import Any

__all__ = ["statement_timer"]

_SOURCE = """\
def inner(_it, _timer):
    {setup}
    _t0 = _timer()
    for _i in _it:
        {body}
    _t1 = _timer()
    {teardown}
    return _t1 - _t0
"""
"""pyperf's own: the teardown sees the names of the setup, and neither is timed."""


def statement_timer(
    body: Sequence[str],
    setup: Sequence[str],
    teardown: Sequence[str],
    variables: dict[str, Any] | None,
) -> Callable[[int], int]:
    """A function that gives the nanoseconds of so many loops over the statements.

    Args:
        body: What is timed.
        setup: Run before the loops of each block.
        teardown: Run after them.
        variables: Global names that the statements see.

    Raises:
        SyntaxError: A part that is no statement.
    """
    source = _SOURCE.format(
        setup=_indented(setup, 4), body=_indented(body, 8), teardown=_indented(teardown, 4)
    )
    code = compile(source, "<timeit-src>", "exec")

    def time_loops(loops: int) -> int:
        names = dict(variables or {})
        made: dict[str, Any] = {}
        exec(code, names, made)  # noqa: S102  # the user's own statement, as timeit does
        elapsed: int = made["inner"](repeat(None, loops), perf_counter_ns)
        return elapsed

    return time_loops


def _indented(statements: Sequence[str], spaces: int) -> str:
    text = "\n".join(statements) or "pass"
    return text.replace("\n", "\n" + " " * spaces)
