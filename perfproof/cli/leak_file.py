"""Where ``perfproof leaks -o`` keeps what it sees, a benchmark at a time."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from perfproof import __version__
from perfproof.measure.machine import Machine
from perfproof.measure.revision import read_commit
from perfproof.record import LeakResult, Side, Survey, Trouble
from perfproof.record.looking import LEAKS_SCHEMA, LeakHeader, Look
from perfproof.store.leaks import LeakJournal

__all__ = ["Keep", "Seen", "keeping", "look_of", "no_file"]

Seen = Survey | LeakResult | Trouble
Keep = Callable[[Look], None]


def no_file(look: Look) -> None:
    """Keeps nothing."""


def look_of(benchmark: str, seen: Sequence[Seen], side: Side | None = None) -> Look:
    """What was seen of one benchmark as one record; of several results the last counts."""
    results = [each for each in seen if isinstance(each, LeakResult)]
    return Look(
        benchmark=benchmark,
        surveys=tuple(each for each in seen if isinstance(each, Survey)),
        result=results[-1] if results else None,
        troubles=tuple(each for each in seen if isinstance(each, Trouble)),
        side=side,
    )


@contextlib.contextmanager
def keeping(
    path: Path | None,
    root: Path,
    *,
    system: str | None = None,
    versions: tuple[str, str] | None = None,
) -> Iterator[Keep]:
    """Opens the file, and closes it with its end where all went well.

    Args:
        path: ``None`` keeps nothing.
        root: Folder of the project.
        system: Module in the reference's place.
        versions: What base and head were called, where two are looked at.

    Raises:
        UseError: The file cannot be written there.
    """
    if path is None:
        yield no_file
        return
    machine = Machine()
    base, head = versions or (None, None)
    header = LeakHeader(
        schema=LEAKS_SCHEMA,
        id=secrets.token_hex(16),
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        tool_version=__version__,
        fingerprint=machine.fingerprint(),
        environment=machine.environment(),
        commit=read_commit(root),
        system=system,
        base=base,
        head=head,
    )
    with LeakJournal(path, header) as journal:
        yield journal.keep
