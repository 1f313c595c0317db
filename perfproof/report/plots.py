"""Distributions and ratios drawn by matplotlib; the one file that imports it, so imported late.

Figures are made without pyplot: no global state, no window system, and half its import time.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from perfproof.record import Verdict
from perfproof.report.drawings import Forest, StripPanel
from perfproof.report.svg import INK, LINE, POINT, SOFT, VERDICT_TONES, inline
from perfproof.report.visible import shorten_middle, visible

__all__ = ["draw_all", "draw_forest", "draw_strips"]

_ROW_INCHES = 0.2
_WIDTH_INCHES = 7.6
# Of a letter of the page's font, with something to spare.
_LETTER_INCHES = 0.07
_WIDEST_LABEL = 46
# Names that nothing shortens apart are cut at the edge rather than leave no room for the data.
_MOST_LEFT = 0.6
# Nothing of a name is mathematics, letters stay letters, ids do not change from run to run.
# (Any: newer matplotlibs type each key by its name, older ones have none of the names.)
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "perfproof",
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "font.size": 8.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.edgecolor": LINE,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
}
_MARKERS = {
    Verdict.SLOWER: ">",
    Verdict.FASTER: "<",
    Verdict.SAME: "o",
    Verdict.UNDECIDED: "D",
}
_SLOWER_TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 3, 9, 29, 99, 999)
_FASTER_TICKS = (-0.001, -0.002, -0.005, -0.01, -0.02, -0.05, -0.1, -0.2, -0.3, -0.5, -0.75, -0.9)


def draw_strips(panel: StripPanel, prefix: str) -> str:
    """Each benchmark's processes as dots around their median, as an ``<svg>`` element.

    Args:
        panel: What to draw.
        prefix: Begins every id in the drawing; unique on the page.
    """
    with mpl.rc_context(_SETTINGS):
        texts: list[str] = []
        headings = []
        for group, strips in panel.groups:
            headings.append(len(texts))
            texts += [shorten_middle(visible(group), _WIDEST_LABEL)]
            texts += [f"{strip.label}  {strip.typical}" for strip in strips]
        figure, axes = _empty(texts)
        for row in headings:
            axes.axhspan(row - 0.5, row + 0.5, color=SOFT, linewidth=0)
        reach = _reach(panel)
        _dots(axes, panel, reach)
        axes.set_xlim(-reach * 1.06, reach * 1.06)
        axes.axvline(0.0, color=LINE, linewidth=1.0, zorder=1)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value * 100:+g} %")
        names = ", ".join(dict.fromkeys(name for name, _ in panel.groups))
        return _svg(figure, prefix, f"Processes around their median; groups: {names}")


def _reach(panel: StripPanel) -> float:
    """How far the axis goes: nearly all dots; the rest are drawn as arrows at its end."""
    distances = sorted(
        abs(offset) for _, strips in panel.groups for s in strips for offset in s.offsets
    )
    if not distances:
        return 0.02
    return max(0.02, 1.2 * distances[int(0.97 * (len(distances) - 1))])


def _dots(axes: Axes, panel: StripPanel, reach: float) -> None:
    inside: list[tuple[float, int]] = []
    above: list[tuple[float, int]] = []
    below: list[tuple[float, int]] = []
    spans: list[tuple[int, float, float]] = []
    row = 0
    for _, strips in panel.groups:
        for strip in strips:
            row += 1
            for offset in strip.offsets:
                if abs(offset) <= reach:
                    inside.append((offset, row))
                else:
                    (above if offset > 0 else below).append((math.copysign(reach, offset), row))
            if strip.low is not None and strip.high is not None:
                spans.append((row, max(strip.low, -reach), min(strip.high, reach)))
        row += 1
    if spans:
        rows, lows, highs = zip(*spans, strict=True)
        axes.hlines(rows, lows, highs, colors=POINT, linewidth=5, alpha=0.25, zorder=2)
    for dots, marker in ((inside, "o"), (above, ">"), (below, "<")):
        if dots:
            xs, ys = zip(*dots, strict=True)
            axes.plot(xs, ys, marker, color=POINT, markersize=3.6, alpha=0.75, zorder=3)


def draw_forest(forest: Forest, prefix: str) -> str:
    """Ratios with their intervals around no change, as an ``<svg>`` element.

    Args:
        forest: What to draw.
        prefix: Begins every id in the drawing; unique on the page.
    """
    with mpl.rc_context(_SETTINGS):
        figure, axes = _empty([row.label for row in forest.rows])
        reach = _forest_reach(forest)
        axes.axvline(0.0, color=LINE, linewidth=1.2, zorder=1)
        for side in (1 + forest.margin, 1 / (1 + forest.margin)):
            axes.axvline(math.log(side), color=LINE, linewidth=1.0, linestyle="--", zorder=1)
        for verdict, marker in _MARKERS.items():
            _ratios(axes, forest, verdict, marker, reach)
        axes.set_xlim(-reach, reach)
        ticks = _ticks(reach)
        axes.set_xticks(ticks, [_tick_text(tick) for tick in ticks])
        words = f"Ratio of head to base with interval for {len(forest.rows)} benchmarks"
        return _svg(figure, prefix, words)


def _forest_reach(forest: Forest) -> float:
    """Every estimate and the margin are inside; an interval may run out at the side."""
    middles = [abs(row.middle) for row in forest.rows]
    ends = sorted(abs(end) for row in forest.rows for end in (row.low, row.high) if end is not None)
    nearly_all = ends[int(0.9 * (len(ends) - 1))] if ends else 0.0
    wanted = max([*middles, math.log1p(forest.margin), nearly_all, 0.01])
    return wanted * 1.15


def _ratios(axes: Axes, forest: Forest, verdict: Verdict, marker: str, reach: float) -> None:
    rows = [(at, row) for at, row in enumerate(forest.rows) if row.verdict is verdict]
    if not rows:
        return
    tone = VERDICT_TONES[verdict]
    spans = [
        (at, max(row.low, -reach), min(row.high, reach))
        for at, row in rows
        if row.low is not None and row.high is not None
    ]
    if spans:
        heights, lows, highs = zip(*spans, strict=True)
        axes.hlines(heights, lows, highs, colors=tone, linewidth=1.6, zorder=2)
    middles = [row.middle for _, row in rows]
    axes.plot(middles, [at for at, _ in rows], marker, color=tone, markersize=5, zorder=3)


def _ticks(reach: float) -> list[float]:
    """Round changes, as logarithms, with room for their texts between them."""
    room = reach / 4.0
    sides = []
    for changes in (_SLOWER_TICKS, _FASTER_TICKS):
        chosen = [0.0]
        for place in map(math.log1p, changes):
            if abs(place) <= reach and abs(place - chosen[-1]) >= room:
                chosen.append(place)
        sides.append(chosen)
    slower, faster = sides
    return faster[:0:-1] + slower


def _tick_text(place: float) -> str:
    change = math.expm1(place) * 100
    if place == 0:
        return "0 %"
    return f"x {math.exp(place):.4g}" if change >= 99.95 else f"{change:+.3g} %"


def _empty(texts: Sequence[str]) -> tuple[Figure, Axes]:
    """Axes with a line for each text, which stands at its left."""
    height = 0.45 + _ROW_INCHES * len(texts)
    figure = Figure(figsize=(_WIDTH_INCHES, height))
    FigureCanvasSVG(figure)
    # Margins are calculated, not found: a layout engine would cost more than the drawing.
    longest = max(map(len, texts), default=0)
    left = min(_MOST_LEFT, (0.2 + _LETTER_INCHES * longest) / _WIDTH_INCHES)
    axes = figure.add_axes((left, 0.35 / height, 0.98 - left, 1 - 0.42 / height))
    # Plain texts: a tick is six artists, and forty of them cost more than all the dots.
    axes.set_yticks([])
    beside = axes.get_yaxis_transform()
    for row, text in enumerate(texts):
        axes.text(-0.01, row, text, transform=beside, ha="right", va="center")
    axes.set_ylim(len(texts) - 0.4, -0.6)
    axes.grid(visible=True, axis="x")
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=0)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.patch.set_visible(False)
    figure.patch.set_visible(False)
    return figure, axes


def _svg(figure: Figure, prefix: str, words: str) -> str:
    written = io.StringIO()
    with warnings.catch_warnings():
        # A letter that matplotlib's own font lacks is drawn by the reader's browser.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(written, format="svg", metadata={"Date": None})
    return inline(written.getvalue(), prefix=prefix, words=words)


def draw_all(drawings: Sequence[StripPanel | Forest], prefix: str) -> list[str]:
    """Each drawing as an ``<svg>`` element, in order."""
    return [
        draw_strips(each, f"{prefix}{number}-")
        if isinstance(each, StripPanel)
        else draw_forest(each, f"{prefix}{number}-")
        for number, each in enumerate(drawings)
    ]
