"""Amounts as people write them, with what they are of: ``100 ms``, ``10 KiB``, ``50``."""

from __future__ import annotations

import math
import re

from perfproof.record.quantity import parse_seconds, show_seconds

__all__ = ["parse_amount", "parse_bytes", "parse_count", "show_amount"]

_BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_AMOUNT = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*([^\s0-9]*)\s*")


def parse_amount(text: str) -> tuple[float, str | None]:
    """The amount and its unit: ``second``, ``byte``, or ``None`` for a bare number.

    Raises:
        ValueError: Not a number above 0 with a unit of time, of memory, or with none.
    """
    match = _AMOUNT.fullmatch(text)
    number, unit = (float(match.group(1)), match.group(2)) if match else (0.0, "")
    if number > 0 and not unit:
        return number, None
    if number > 0 and unit in _BYTES:
        return number * _BYTES[unit], "byte"
    try:
        return parse_seconds(text), "second"
    except ValueError:
        raise ValueError(
            f"{text!r} is no limit; write a duration as in '100 ms', a size as in '10 KiB', or a"
            " number above 0"
        ) from None


def parse_bytes(text: str, *, zero: bool = False) -> float:
    """Bytes of a size such as ``10 KiB``.

    Args:
        text: A number with a unit of memory.
        zero: Whether ``0 B`` is one too.

    Raises:
        ValueError: No number above 0 with one of the units.
    """
    match = _AMOUNT.fullmatch(text)
    number, unit = (float(match.group(1)), match.group(2)) if match else (-1.0, "")
    if unit not in _BYTES or not (0 < number < math.inf or (zero and number == 0)):
        least = "0 or a number above it" if zero else "a number above 0"
        raise ValueError(f"{text!r} is not a size; write {least} and one of {', '.join(_BYTES)}")
    return number * _BYTES[unit]


def parse_count(text: str) -> float:
    """A number of things such as ``7000``.

    Raises:
        ValueError: Anything but a bare number above 0.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None or match.group(2) or not 0 < float(match.group(1)) < math.inf:
        raise ValueError(f"{text!r} is not a count; write a bare number above 0, as in '10'")
    return float(match.group(1))


def show_amount(value: float | None, unit: str | None) -> str:
    """An amount in the unit that suits it; ``not known`` for ``None``."""
    if value is None:
        return "not known"
    if unit == "second":
        return show_seconds(value)
    if unit == "byte":
        for name in ("GiB", "MiB", "KiB"):
            if abs(value) >= _BYTES[name]:
                return f"{value / _BYTES[name]:.3g} {name}"
        return f"{value:.3g} B"
    return f"{value:.3g} {unit}" if unit else f"{value:.3g}"
