"""The curve of a sweep as a stand-alone SVG file: latency over rate, both on log scales."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from perfproof.record import TargetVerdict
from perfproof.record.quantity import show_seconds

__all__ = ["CurvePoint", "curve_svg"]

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 24, 48, 56
_COLOURS = {
    TargetVerdict.MET: "#1a7f37",
    TargetVerdict.MISSED: "#cf222e",
    TargetVerdict.UNDECIDED: "#9a6700",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One rate: requests a second, and the quantile with its interval, seconds."""

    rate: float
    seconds: float
    low: float
    high: float
    verdict: TargetVerdict


def curve_svg(points: Sequence[CurvePoint], *, target_seconds: float, title: str) -> str:
    """The drawing; the target is a dashed line, each point carries its interval.

    Args:
        points: At least one.
        target_seconds: What the quantile must stay under.
        title: Foreign text; it becomes no markup.
    """
    ordered = sorted(points, key=lambda each: each.rate)
    rates = _Scale.over([each.rate for each in ordered], _LEFT, _WIDTH - _RIGHT)
    seconds = [value for each in ordered for value in (each.low, each.high)]
    latencies = _Scale.over([*seconds, target_seconds], _HEIGHT - _BOTTOM, _TOP)
    body = [
        f'<text x="{_LEFT}" y="24" font-size="15">{escape(title)}</text>',
        *_ticks_of_rates(rates),
        *_ticks_of_latencies(latencies),
        *_target(latencies, target_seconds),
        _line(ordered, rates, latencies),
        *(part for each in ordered for part in _point(each, rates, latencies)),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>{"".join(body)}</svg>\n'
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """A log scale from values to points of the drawing."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Iterable[float], start: float, end: float) -> _Scale:
        """A scale that holds all values, a little air beside them."""
        logs = [math.log10(max(value, 1e-9)) for value in values]
        air = max(0.05, 0.06 * (max(logs) - min(logs)))
        return cls(min(logs) - air, max(logs) + air, start, end)

    def at(self, value: float) -> float:
        share = (math.log10(max(value, 1e-9)) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Round values in reach: powers of ten, twos and fives where these are few."""
        found: list[float] = []
        for steps in ((1.0,), (1.0, 2.0, 5.0), tuple(1 + n / 2 for n in range(18))):
            powers = range(math.floor(self.low), math.ceil(self.high) + 1)
            every = [step * 10.0**power for power in powers for step in steps]
            found = [each for each in every if self.low <= math.log10(each) <= self.high]
            if len(found) >= 3:
                break
        return found[:12]


def _ticks_of_rates(scale: _Scale) -> list[str]:
    foot = _HEIGHT - _BOTTOM
    lines = [
        f'<line x1="{scale.at(each)}" y1="{_TOP}" x2="{scale.at(each)}" y2="{foot}"'
        f' stroke="#d8dee4"/><text x="{scale.at(each)}" y="{foot + 18}"'
        f' text-anchor="middle">{each:,g}</text>'
        for each in scale.ticks()
    ]
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    label = f'<text x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">requests a second</text>'
    return [*lines, label]


def _ticks_of_latencies(scale: _Scale) -> list[str]:
    return [
        f'<line x1="{_LEFT}" y1="{scale.at(each)}" x2="{_WIDTH - _RIGHT}" y2="{scale.at(each)}"'
        f' stroke="#d8dee4"/><text x="{_LEFT - 8}" y="{scale.at(each) + 4}"'
        f' text-anchor="end">{show_seconds(each, 1)}</text>'
        for each in scale.ticks()
    ]


def _target(scale: _Scale, seconds: float) -> list[str]:
    height = scale.at(seconds)
    return [
        f'<line x1="{_LEFT}" y1="{height}" x2="{_WIDTH - _RIGHT}" y2="{height}" stroke="#57606a"'
        f' stroke-dasharray="6 4"/><text x="{_WIDTH - _RIGHT}" y="{height - 6}"'
        f' text-anchor="end">target {show_seconds(seconds)}</text>'
    ]


def _line(points: Sequence[CurvePoint], rates: _Scale, latencies: _Scale) -> str:
    path = " ".join(f"{rates.at(each.rate)},{latencies.at(each.seconds)}" for each in points)
    return f'<polyline points="{path}" fill="none" stroke="#0969da" stroke-width="1.5"/>'


def _point(point: CurvePoint, rates: _Scale, latencies: _Scale) -> list[str]:
    x, y = rates.at(point.rate), latencies.at(point.seconds)
    colour = _COLOURS[point.verdict]
    said = f"{point.rate:,g} a second: {show_seconds(point.seconds)}, {point.verdict.value}"
    return [
        f'<line x1="{x}" y1="{latencies.at(point.low)}" x2="{x}" y2="{latencies.at(point.high)}"'
        f' stroke="{colour}" stroke-width="4" stroke-opacity="0.35"/>',
        f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"><title>{escape(said)}</title></circle>',
    ]
