"""Which cores a duel uses: what was asked for, what `doctor` found best here, or one and one."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from perfproof.cli.lanes_found import stored_lanes
from perfproof.cli.printing import aside
from perfproof.configuration.settings import Project
from perfproof.errors import ResultFileError, UseError
from perfproof.measure.berths import Berths, usable_cores
from perfproof.measure.machine import Machine

__all__ = ["Berthing", "berthing_of", "berths_of", "lanes_in_words", "named_berths"]

_USUAL = "1"


@dataclass(frozen=True, slots=True)
class Berthing:
    """How the pairs of a session use the cores.

    Attributes:
        lanes: As ``--lanes`` takes it.
        because: Who chose it, as a clause.
    """

    lanes: str
    because: str

    def __str__(self) -> str:
        """As in ``2 lanes, as doctor found best on 2026-11-22``."""
        return f"{lanes_in_words(self.lanes)}, {self.because}"


def berths_of(project: Project, arguments: argparse.Namespace) -> Berths:
    """Cores for the duels of a session; says on stderr which, and why, unless told to be quiet.

    Raises:
        UseError: ``--lanes`` asks for more than there are.
    """
    berthing = berthing_of(project, arguments)
    berths = named_berths(berthing.lanes)
    if not arguments.quiet:
        aside(f"measuring on {berthing}")
    return berths


def berthing_of(project: Project, arguments: argparse.Namespace) -> Berthing:
    """What was asked for, else what `doctor` found on this machine, else one lane.

    A file that cannot be read costs speed and never the comparison: it is said, and passed by.
    """
    if arguments.lanes is not None:
        return Berthing(arguments.lanes, "as asked for")
    try:
        found = stored_lanes(project)
    except ResultFileError as exc:
        return Berthing(_USUAL, f"as {str(exc).removesuffix('.')}")
    if found is None:
        return Berthing(_USUAL, "as `perfproof doctor` has not looked for better here")
    same_machine = found.fingerprint == Machine().fingerprint().digest
    if not same_machine or found.cores != len(usable_cores()) or not _is_there(found.lanes):
        return Berthing(
            _USUAL, f"as doctor looked on {found.day} on another machine or other cores"
        )
    best = "as doctor found best" if found.clear else "as doctor found nothing clearly better"
    return Berthing(found.lanes, f"{best} on {found.day}")


def named_berths(lanes: str) -> Berths:
    """Berths by their name: a number of lanes, or ``free``.

    Lanes take the last cores: interrupts and everything that was never moved sit on the first.

    Raises:
        UseError: No such name, or more lanes than cores.
    """
    cores = usable_cores()
    if lanes == "free" or not cores:
        return Berths(())
    if not lanes.isdecimal() or not 1 <= int(lanes) <= len(cores):
        raise UseError(
            f"'{lanes}' lanes on {len(cores)} cores",
            where="--lanes",
            remedy=f"choose 1 to {len(cores)}, or 'free'",
        )
    count = int(lanes)
    return Berths(cores[-count:], cores[:-count])


def _is_there(lanes: str) -> bool:
    try:
        named_berths(lanes)
    except UseError:
        return False
    return True


def lanes_in_words(lanes: str) -> str:
    """What ``--lanes`` takes, as in ``2 lanes``."""
    if lanes == "free":
        return "cores that the system chooses"
    return "1 lane" if lanes == "1" else f"{lanes} lanes"
