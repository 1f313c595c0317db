"""Lines on standard output, as wide as the terminal and plain where there is none."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from perfproof.report import print_lines

__all__ = ["aside", "into_nothing", "output", "show", "unread"]


class _Output(Console):
    def on_broken_pipe(self) -> None:
        # rich would end the program with 1, which says that a check has failed.
        raise BrokenPipeError


def output() -> Console:
    """Where results go."""
    return _Output(highlight=False)


def show(render: Callable[[int], Iterable[Text]]) -> None:
    """Print what ``render`` makes of the width that there is."""
    console = output()
    with unread(sys.stdout):
        print_lines(console, render(console.width if console.is_terminal else 100))


def aside(line: str) -> None:
    """One line on standard error; where that cannot be written, the work goes on without it."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        into_nothing(sys.stderr)


@contextlib.contextmanager
def unread(stream: TextIO) -> Iterator[None]:
    """Go on where the reader (head, a pager) has gone; the exit code is still that of the work."""
    try:
        yield
    except BrokenPipeError:
        into_nothing(stream)


def into_nothing(stream: TextIO) -> None:
    """Let a stream that cannot be written end nowhere."""
    # What it still holds is written at the end of the program, and must not fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
