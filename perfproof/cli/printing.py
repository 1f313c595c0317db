"""Lines on standard output, as wide as the terminal and plain where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.text import Text

from perfproof.cli.streams import aside, into_nothing, unread
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
