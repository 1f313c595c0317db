"""What pytest-benchmark's fixture offers to these suites, with types."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, Protocol, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Stopwatch(Protocol):
    """The `benchmark` fixture: times a function, called very often."""

    def __call__(self, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Return what the function returned the last time."""


class AsyncStopwatch(Protocol):
    """The `benchmark_async` fixture of these suites: the same for a coroutine function."""

    def __call__(
        self, function: Callable[_P, Awaitable[_R]], *args: _P.args, **kwargs: _P.kwargs
    ) -> _R:
        """Return what awaiting the function gave the last time."""
