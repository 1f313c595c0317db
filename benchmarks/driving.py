"""Coroutines that never suspend, driven to their end inside one running event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


def in_running_loop(work: Callable[[], _R]) -> _R:
    """Return what `work` returns, called inside an event loop that runs meanwhile."""

    async def step() -> _R:
        return work()

    return asyncio.run(step())


def driver(
    function: Callable[_P, Awaitable[_R]], *args: _P.args, **kwargs: _P.kwargs
) -> Callable[[], _R]:
    """Return a function that gives what `await function(*args, **kwargs)` gives, in one step.

    It takes no arguments and does as little as can be done beside the coroutine, because it is
    timed. It raises RuntimeError when the coroutine suspends.
    """
    make = _coroutine_maker(function, *args, **kwargs)

    def drive() -> _R:
        try:
            make().send(None)
        except StopIteration as done:
            result: _R = done.value
            return result
        raise RuntimeError(f"{function!r} suspends; it cannot be driven to its end in one step")

    return drive


def driven(function: Callable[_P, Awaitable[_R]], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Return what `await function(*args, **kwargs)` gives, without leaving the running step."""
    return driver(function, *args, **kwargs)()


def _coroutine_maker(
    function: Callable[_P, Awaitable[_R]], *args: _P.args, **kwargs: _P.kwargs
) -> Callable[[], Coroutine[Any, Any, _R]]:
    async def awaiting() -> _R:
        return await function(*args, **kwargs)

    if not iscoroutinefunction(function):
        return awaiting
    return partial(function, *args, **kwargs) if args or kwargs else function
