"""The ways out of the proof: a child process, the stored baselines, the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from perfproof.record import Fingerprint, Session

__all__ = ["KEPT_BYTES", "Absent", "Command", "Doors", "Ending", "Stored"]

KEPT_BYTES = 64 * 1024
"""Of a child's output and of its errors each, the end that is kept where nobody asks for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A child process that a check wants to run.

    Attributes:
        arguments: The program and its arguments; never a shell's line.
        folder: Where it runs.
        system: Value of PERFPROOF_SYSTEM; with ``None`` the variable is not there.
        timeout_seconds: It is ended when it takes longer.
        kept_bytes: How much of the end of its output is kept.
    """

    arguments: tuple[str, ...]
    folder: Path
    system: str | None
    timeout_seconds: float
    kept_bytes: int = KEPT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a child process ended.

    Attributes:
        status: Exit status, negative for a signal; ``None`` when it was ended at its timeout.
        output: The end of its standard output.
        errors: The end of its standard error.
    """

    status: int | None
    output: str
    errors: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A baseline that was asked for and is there.

    Attributes:
        name: What it is called.
        session: What is stored.
        history: Other stored sessions of its fingerprint, which tell how sessions differ.
    """

    name: str
    session: Session
    history: tuple[Session, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A baseline that is not there for the fingerprint.

    Attributes:
        reason: Why not, a clause: which fields differ from the nearest that is stored.
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the checks reach the outside through; tests put their own here.

    Attributes:
        root: Folder of the project, where commands run.
        run_command: Runs a child process to its end, or ends it.
        find_baseline: The baseline of a name for a fingerprint.
        now: The time, with its zone.
    """

    root: Path
    run_command: Callable[[Command], Ending]
    find_baseline: Callable[[str, Fingerprint], Stored | Absent]
    now: Callable[[], datetime]
