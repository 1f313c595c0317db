"""What a check's command prints: its last line is one JSON object with what it saw.

Either a single count of trials (``Counted``), or several figures and counts by name
(``Printed``), or ``{"skipped": "reason"}`` where a real part could not be had.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from perfproof.proof.doors import KEPT_BYTES, Command, Ending
from perfproof.record.quantity import parse_seconds

__all__ = [
    "PYTHON",
    "Counted",
    "Printed",
    "Ran",
    "Values",
    "command_of",
    "missing",
    "quoted",
    "read_printed",
    "trouble_of",
]

# Characters of a foreign text that a reason quotes.
_MOST_SAID = 400
_FEWEST_GROUPS = 2
# Of figures and counts by name; a hundred thousand values take two million characters.
_FIGURES_BYTES = 8 * 1024 * 1024

PYTHON = "{python}"
"""Stands in a command for the interpreter that runs perfproof."""


class Counted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trials, and how many of them failed.

    Attributes:
        trials: Things tried, at least 1; they must be independent of each other.
        failures: How many of them failed.
        example: The first that failed, in a few words.
    """

    trials: int
    failures: int
    example: str | None = None

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise ValueError("trials is 0: nothing was tried")
        if not 0 <= self.failures <= self.trials:
            raise ValueError(f"failures is {self.failures} of {self.trials} trials")


class Values(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure as it was seen many times.

    Attributes:
        unit: ``second``, ``byte``, or a word for what is counted.
        values: In that unit, finite, at least one. Without ``groups`` they must be independent of
            each other.
        groups: Where values suffer together, as requests of one stretch of time do: the number of
            the stretch, round or process that each belongs to, at least two different ones.
    """

    unit: str
    values: tuple[float, ...]
    groups: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not self.unit.strip():
            raise ValueError("unit is empty")
        if not self.values:
            raise ValueError("values is empty: nothing was measured")
        if not all(math.isfinite(each) for each in self.values):
            raise ValueError("a value is not finite")
        if self.groups is not None:
            if len(self.groups) != len(self.values):
                raise ValueError(f"{len(self.values)} values have {len(self.groups)} groups")
            if len(set(self.groups)) < _FEWEST_GROUPS:
                raise ValueError("groups names only one: how values hang together is not seen")


class Printed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one run of a command saw, for several checks.

    Attributes:
        figures: Values by name.
        counts: Counts of trials by name.
        skipped: Why nothing could be seen; then there is nothing else.
    """

    figures: dict[str, Values] = {}
    counts: dict[str, Counted] = {}
    skipped: str | None = None

    def __post_init__(self) -> None:
        if self.skipped is None:
            if not self.figures and not self.counts:
                raise ValueError("it holds neither figures nor counts, nor why it was skipped")
        elif not self.skipped.strip():
            raise ValueError("skipped gives no reason")
        elif self.figures or self.counts:
            raise ValueError("it was skipped, and yet it holds figures or counts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that a check rests on, for the evidence.

    Attributes:
        command: As it is configured.
        system: Module in the reference's place, if one was named.
        ending: How it ended and what it said.
    """

    command: tuple[str, ...]
    system: str | None
    ending: Ending


def command_of(
    words: Sequence[str], folder: Path, *, system: str | None, timeout: str, figures: bool
) -> Command:
    """The child process that a check asks for; ``figures`` says whether its output may be long."""
    return Command(
        arguments=tuple(sys.executable if each == PYTHON else each for each in words),
        folder=folder,
        system=system,
        timeout_seconds=parse_seconds(timeout),
        kept_bytes=_FIGURES_BYTES if figures else KEPT_BYTES,
    )


def trouble_of(ending: Ending, timeout: str) -> str | None:
    """Why a command's output counts for nothing; ``None`` when it ended as it should."""
    said = quoted(_last_line(ending.errors))
    said = f"; its last words: {said}" if said else ""
    if ending.status is None:
        return f"the command took longer than {timeout} and was ended{said}"
    if ending.status < 0:
        return f"the command was ended by signal {-ending.status}{said}"
    if ending.status > 0:
        return f"the command ended with exit status {ending.status}{said}"
    if not _last_line(ending.output):
        return f"the command printed nothing{said}"
    return None


def read_printed(ending: Ending, *, named: bool) -> Printed | Counted:
    """The last line of a command's output.

    Args:
        ending: Of a command without trouble.
        named: Whether figures and counts by name are wanted; otherwise a single count is.

    Returns:
        ``Printed`` when names are wanted or the command says that it was skipped.

    Raises:
        msgspec.MsgspecError: The line is not what is wanted.
    """
    line = _last_line(ending.output)
    if named or _skipped(line):
        return msgspec.json.decode(line, type=Printed)
    return msgspec.json.decode(line, type=Counted)


def missing(name: str, known: Mapping[str, object]) -> str:
    """That a command did not print what was wanted of it, a clause."""
    return f"the command printed no '{name}', only {', '.join(sorted(known)) or 'others'}"


def quoted(text: str) -> str:
    """A foreign text as far as a reason quotes it."""
    return text[:_MOST_SAID]


def _skipped(line: str) -> bool:
    try:
        table = msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return isinstance(table, dict) and "skipped" in table


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
