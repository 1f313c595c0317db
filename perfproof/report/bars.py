"""An interval against its limit as a small drawing: inline SVG that grows with its column.

Positions are percentages, so that a narrow phone squeezes the axis and not the letters. Colours
come from the page's classes, so that they follow its light and its dark scheme.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from perfproof.record import Interval, Limit
from perfproof.report.wording import show_figure, show_limit, show_value

__all__ = ["Scale", "bar", "scale_for"]

_LOG_FROM = 12.0
_MARGIN = 0.06
_MIDDLE = 50.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to percentages of the drawing's width.

    Attributes:
        low: Value at the left end.
        high: Value at the right end.
        log: Whether equal factors are equal steps.
    """

    low: float
    high: float
    log: bool

    def percent(self, value: float) -> float:
        """Where ``value`` stands, 0 to 100; outside values stand at the end."""
        low, high, here = self.low, self.high, max(value, self.low)
        if self.log:
            low, high, here = math.log(low), math.log(high), math.log(here)
        return min(100.0, max(0.0, 100.0 * (here - low) / (high - low)))


def scale_for(figure: Interval, limit: Limit | None, unit: str | None) -> Scale:
    """The axis on which figure, interval and limit are all seen.

    Logarithmic where they lie further apart than a factor of 12; a share that can be 0 never is.
    """
    values = [figure.estimate]
    values += [end for end in (figure.low, figure.high) if end is not None]
    values += [limit.value] if limit is not None else []
    if unit == "ratio":
        values.append(1.0)
    low, high = min(values), max(values)
    if low > 0 and high / low > _LOG_FROM:
        room = (high / low) ** _MARGIN
        return Scale(low / room, high * room, log=True)
    if low >= 0 and unit != "ratio":
        # From 0: the length left of the limit is then the budget.
        return Scale(0.0, high * (1 + 2 * _MARGIN) or 1.0, log=False)
    room = (high - low) * 2 * _MARGIN or abs(high) * _MARGIN or 1.0
    return Scale(low - room, high + room, log=False)


def bar(figure: Interval, limit: Limit | None, unit: str | None, tone: str) -> str:
    """The drawing as an ``<svg>`` element, with its content in words for who cannot see it.

    Args:
        figure: What was seen.
        limit: What it is held against.
        unit: Unit of both.
        tone: Class of the page's style that colours the interval.
    """
    scale = scale_for(figure, limit, unit)
    words = f"{show_figure(figure, unit)}; limit {show_limit(limit, unit) or 'none'}"
    words += "; logarithmic axis" if scale.log else ""
    parts = [
        f'<svg class="bar {tone}" role="img" aria-label="{escape(words)}"',
        ' width="100%" height="46">',
        '<line class="axis" x1="0" x2="100%" y1="18" y2="18"/>',
        *_limit_marks(scale, limit, unit),
        *_one_mark(scale, limit, unit),
        *_interval_marks(scale, figure),
        *_end_texts(scale, limit, unit),
        "</svg>",
    ]
    return "".join(parts)


def _limit_marks(scale: Scale, limit: Limit | None, unit: str | None) -> list[str]:
    if limit is None:
        return []
    here = scale.percent(limit.value)
    start, length = (0.0, here) if limit.relation.startswith("<") else (here, 100 - here)
    marks = [f'<line class="limit" x1="{here:.2f}%" x2="{here:.2f}%" y1="2" y2="32"/>']
    if limit.relation != "==":
        marks.insert(
            0, f'<rect class="allowed" x="{start:.2f}%" width="{length:.2f}%" y="8" height="20"/>'
        )
    anchor = "end" if here > _MIDDLE else "start"
    nudge = "-4" if here > _MIDDLE else "4"
    text = escape(f"limit {show_limit(limit, unit).partition(' ')[2]}")
    marks.append(f'<text x="{here:.2f}%" dx="{nudge}" y="43" text-anchor="{anchor}">{text}</text>')
    return marks


def _one_mark(scale: Scale, limit: Limit | None, unit: str | None) -> list[str]:
    """Where a ratio says that nothing changed."""
    if unit != "ratio" or (limit is not None and limit.value == 1.0):
        return []
    here = scale.percent(1.0)
    return [f'<line class="none" x1="{here:.2f}%" x2="{here:.2f}%" y1="8" y2="28"/>']


def _interval_marks(scale: Scale, figure: Interval) -> list[str]:
    marks = []
    if figure.low is not None and figure.high is not None:
        low, high = scale.percent(figure.low), scale.percent(figure.high)
        marks.append(f'<line class="span" x1="{low:.2f}%" x2="{high:.2f}%" y1="18" y2="18"/>')
        marks += [
            f'<line class="cap" x1="{end:.2f}%" x2="{end:.2f}%" y1="12" y2="24"/>'
            for end in (low, high)
        ]
    marks.append(f'<circle cx="{scale.percent(figure.estimate):.2f}%" cy="18" r="4.5"/>')
    return marks


def _end_texts(scale: Scale, limit: Limit | None, unit: str | None) -> list[str]:
    """On a logarithmic axis, that it is one and what an end is; at the end without the limit."""
    if not scale.log:
        return []
    if limit is None or scale.percent(limit.value) > _MIDDLE:
        return [f'<text x="0" y="43">log, from {escape(show_value(scale.low, unit))}</text>']
    high = escape(show_value(scale.high, unit))
    return [f'<text x="100%" y="43" text-anchor="end">log, to {high}</text>']
