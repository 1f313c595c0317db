"""Which figure of a benchmark or of a load a limit is about, and how its limits are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from perfproof.record.quantity import parse_seconds
from perfproof.record.sizes import parse_bytes, parse_count

__all__ = ["FORMS", "FigureForm", "FigureKind", "parse_limit"]


class FigureKind(StrEnum):
    """The figures that targets hold; the values are what stands in files and marks."""

    TIME = "time"
    INSTRUCTIONS = "instructions"
    ALLOCATIONS = "allocations"
    BYTES = "bytes"
    PEAK_MEMORY = "peak memory"
    KEPT_MEMORY = "kept memory"
    LATENCY = "latency"


@dataclass(frozen=True, slots=True)
class FigureForm:
    """How one kind of figure is written and held.

    Attributes:
        unit: ``second``, ``byte``, ``instruction`` or ``allocation``.
        of: What it is of, for the reader.
        relation: ``<``: an estimate must lie under its limit with its whole interval; ``<=``: a
            count may be as large as its limit, as nothing about it is estimated.
        zero: Whether a limit of 0 has a meaning.
    """

    unit: Literal["second", "byte", "instruction", "allocation"]
    of: str
    relation: Literal["<", "<="]
    zero: bool = False


FORMS: Mapping[FigureKind, FigureForm] = {
    FigureKind.TIME: FigureForm("second", "a call", "<"),
    FigureKind.INSTRUCTIONS: FigureForm("instruction", "a call", "<="),
    FigureKind.ALLOCATIONS: FigureForm("allocation", "a call", "<="),
    FigureKind.BYTES: FigureForm("byte", "a call", "<="),
    FigureKind.PEAK_MEMORY: FigureForm("byte", "peak of a process", "<"),
    FigureKind.KEPT_MEMORY: FigureForm("byte", "kept of an operation", "<=", zero=True),
    FigureKind.LATENCY: FigureForm("second", "from the intended start", "<"),
}


def parse_limit(kind: FigureKind, text: str) -> float:
    """A limit in the unit of its figure: ``0.5 ms``, ``7000``, ``2 KiB``.

    Returns:
        Seconds, bytes, or a plain number.

    Raises:
        ValueError: Another unit than the figure's, or not above 0 (kept memory may be ``0 B``:
            nothing is kept).
    """
    form = FORMS[kind]
    try:
        if form.unit == "second":
            return parse_seconds(text)
        if form.unit == "byte":
            return parse_bytes(text, zero=form.zero)
        return parse_count(text)
    except ValueError as exc:
        # The time is what is meant where nobody says which figure: its sentence needs no more.
        where = "" if kind is FigureKind.TIME else f", as a limit of {kind} is"
        raise ValueError(f"{exc}{where}") from None
