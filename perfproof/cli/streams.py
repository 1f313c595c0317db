"""The ends of the standard streams: a reader that goes away, and lines beside the results.

Apart from ``printing`` because `perfproof --help` needs these and not rich, which takes as long
to import as everything else that it needs.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO

__all__ = ["aside", "into_nothing", "unread"]


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
