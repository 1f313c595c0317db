"""Lines on standard output, as wide as the terminal and plain where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.console import Console
from rich.text import Text

from perfproof.report import print_lines

__all__ = ["output", "show"]


def output() -> Console:
    """Where results go."""
    return Console(highlight=False)


def show(render: Callable[[int], Iterable[Text]]) -> None:
    """Print what ``render`` makes of the width that there is."""
    console = output()
    print_lines(console, render(console.width if console.is_terminal else 100))
