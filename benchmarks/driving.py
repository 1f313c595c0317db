"""Coroutines that never suspend, driven to their end inside one running event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


def in_running_loop(work: Callable[[], _R]) -> _R:
    """Return what `work` returns, called inside an event loop that runs meanwhile."""

    async def step() -> _R:
        return work()

    return asyncio.run(step())


def driven(function: Callable[_P, Awaitable[_R]], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Return what `await function(*args, **kwargs)` returns, without leaving the running step.

    Raises:
        RuntimeError: It suspends, so that it cannot be driven to its end in one step.
    """
    steps = function(*args, **kwargs).__await__()
    try:
        next(steps)
    except StopIteration as done:
        result: _R = done.value
        return result
    raise RuntimeError(f"{function!r} suspends; it cannot be measured as one step of a loop")
