"""What a pyperf script gets back from ``bench_*``."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pyperf

__all__ = ["Figures", "uses_figures"]


class Figures:
    """What a script gets back from ``bench_*``: pyperf's own object over the blocks measured."""

    def __init__(self, name: str, time_block: Callable[[int], int]) -> None:
        self._name = name
        self._time_block = time_block
        self._calls = 1
        self._seconds: list[float] = []

    def saw(self, calls: int, elapsed_ns: int) -> None:
        """Count one block of so many calls."""
        self._calls = calls
        self._seconds.append(max(1, elapsed_ns) / (calls * 1e9))

    def told(self) -> pyperf.Benchmark | None:
        """The figures; of one call made now where no block was asked for."""
        if not self._seconds:
            try:
                self.saw(1, self._time_block(1))
            except Exception:  # the benchmark is the user's, and fails when it is measured
                return None
        metadata = {"name": self._name, "loops": self._calls}
        run = pyperf.Run(self._seconds, metadata=metadata, collect_metadata=False)
        return pyperf.Benchmark([run])


def uses_figures(script: bytes) -> bool:
    """Whether the script looks at what any ``bench_*`` returns.

    Most do not; then listing such a script need not run anything of it.
    """
    measuring = {"bench_func", "bench_time_func", "bench_async_func", "bench_command", "timeit"}
    tree = ast.parse(script)
    dropped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in measuring
        and id(node) not in dropped
        for node in ast.walk(tree)
    )
