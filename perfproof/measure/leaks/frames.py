"""Stacks as memray gives them, made into the lines that a reader looks for."""

from __future__ import annotations

import itertools
import linecache
import sysconfig
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from perfproof.record import Frame

__all__ = ["Places", "RawFrame", "callers", "deepest", "framed"]

RawFrame = tuple[str, str, int]
"""Function, file, line, as memray says it."""

_OURS = f"{Path(__file__).parents[2]}/"
_BLOCKS = _OURS + "measure/blocks.py"
_LEAKS = _OURS + "measure/leaks/"
_HARNESS = ("/_pytest/", "/pluggy/", "/pytest_benchmark/", "/pyperf/", "/memray/")
_TIMED = frozenset({"time_block", "one_round", "time_loops", "timed"})
"""Functions of ours that call what is measured, and nothing else."""

_MOST_CALLERS = 8
_MOST_DEEPER = 4


class Places:
    """Which frames belong to whom.

    Args:
        root: Folder of the project.
    """

    def __init__(self, root: Path) -> None:
        self._root = f"{root.resolve()}/"
        paths = sysconfig.get_paths()
        self._library = tuple({f"{paths[key]}/" for key in ("stdlib", "platstdlib")})
        self._installed = tuple({f"{paths[key]}/" for key in ("purelib", "platlib")})
        self._of = lru_cache(maxsize=4096)(self._rank)

    def is_project(self, file: str) -> bool:
        """Whether a file is the project's own."""
        return self._of(file) == 2

    def is_foreign(self, stack: Sequence[RawFrame]) -> bool:
        """Whether a stack (deepest first) is of the measuring and not of what is measured."""
        if not stack:
            return False
        function, file, _ = stack[0]
        if file.startswith(_OURS) and function not in _TIMED:
            return True
        if any(file.startswith(_LEAKS) for _, file, _ in stack[:6]):
            return not any(self.is_project(file) for _, file, _ in _below_ours(stack))
        for deeper, frame in itertools.pairwise(stack):
            if frame[1] == _BLOCKS and frame[0] in {"_measure", "serve"}:
                return deeper[1].startswith(_OURS) and deeper[0] not in _TIMED
        return False

    def depth(self, stack: Sequence[RawFrame]) -> int:
        """Where the deepest line of the project stands in a stack (deepest first).

        Of a library, where nobody of the project is on the stack; 0 where neither is.
        """
        for wanted in (2, 1):
            for depth, (_, file, _) in enumerate(stack):
                if self._of(file) == wanted:
                    return depth
        return 0

    def _rank(self, file: str) -> int:
        """2 the project, 1 somebody's library, 0 Python and the tools that measure."""
        if file.startswith(_OURS) or any(each in file for each in _HARNESS):
            return 0
        if file.startswith(self._installed):
            return 1
        if file.startswith(self._library) or file.startswith("<"):
            return 0
        path = file if file.startswith("/") else self._root + file
        return 2 if path.startswith(self._root) else 1


def _below_ours(stack: Sequence[RawFrame]) -> Iterable[RawFrame]:
    """The frames deeper than the deepest of ours."""
    for depth, (_, file, _) in enumerate(stack):
        if file.startswith(_OURS):
            return stack[:depth]
    return stack


def callers(stack: Iterable[RawFrame], root: Path) -> tuple[Frame, ...]:
    """Frames from a line of the project outwards, as far as they are not the measuring's."""
    shown = []
    for raw in stack:
        if raw[1].startswith(_OURS) or any(each in raw[1] for each in _HARNESS):
            break
        shown.append(framed(raw, root))
    return tuple(shown[:_MOST_CALLERS])


def deepest(stack: Iterable[RawFrame], root: Path) -> tuple[Frame, ...]:
    """What a line of the project called, deepest first."""
    return tuple(framed(raw, root) for raw in list(stack)[:_MOST_DEEPER])


def framed(raw: RawFrame, root: Path) -> Frame:
    """A frame with its source line, its path relative to the project where it lies in it."""
    function, file, line = raw
    path = Path(file)
    inside = path.is_relative_to(root)
    source = linecache.getline(file, line).strip() if line > 0 else ""
    return Frame(
        file=path.relative_to(root).as_posix() if inside else file,
        line=line,
        function=function,
        source=source[:200] or None,
    )
