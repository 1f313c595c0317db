"""Quantities as people write them: ``0.5 ms``, ``5 %``, ``60s``; SI inside, text only here."""

from __future__ import annotations

import math
import re

__all__ = ["parse_seconds", "parse_share", "show_ratio", "show_seconds", "show_share"]

_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
}
_NUMBER_AND_UNIT = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*([^\s0-9]*)\s*")


def parse_seconds(text: str) -> float:
    """Seconds of a duration such as ``0.5 ms``.

    Raises:
        ValueError: No number above 0 with one of the units ns, us, ms, s, min, h.
    """
    number, unit = _split(text)
    if unit not in _SECONDS or not number > 0:
        units = ", ".join(key for key in _SECONDS if key != "µs")
        raise ValueError(f"{text!r} is not a duration; write a number above 0 and one of {units}")
    return number * _SECONDS[unit]


def parse_share(text: str) -> float:
    """Share of a percentage such as ``5 %`` (0.05).

    Raises:
        ValueError: No number with a percent sign, or not at least 0.
    """
    number, unit = _split(text)
    if unit != "%":
        raise ValueError(f"{text!r} is not a percentage; write it as in '5 %'")
    return number / 100.0


def _split(text: str) -> tuple[float, str]:
    match = _NUMBER_AND_UNIT.fullmatch(text)
    if match is None:
        return math.nan, ""
    return float(match.group(1)), match.group(2)


def show_seconds(seconds: float | None, digits: int = 3) -> str:
    """A duration with ``digits`` significant digits in the unit that suits it."""
    if seconds is None:
        return "not known"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if abs(seconds) >= size * (1 - 0.5 * 10.0**-digits):
            return f"{_significant(seconds / size, digits)} {unit}"
    return f"{_significant(seconds / 1e-9, digits)} ns"


def show_ratio(ratio: float | None) -> str:
    """A ratio as the change it means: 1.021 is ``+2.1 %``."""
    if ratio is None:
        return "not known"
    percent = (ratio - 1.0) * 100.0
    return f"{percent:+.1f} %" if abs(percent) < 99.95 else f"x {ratio:.3g}"


def show_share(share: float | None) -> str:
    """A share as a percentage: 0.005 is ``0.5 %``."""
    return "not known" if share is None else f"{share * 100.0:.3g} %"


def _significant(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"
