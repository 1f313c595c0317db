"""What the plots show, as plain data: matplotlib stands behind ``plots`` and is not needed here."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perfproof.record import Comparisons, Interval, Session, Verdict
from perfproof.report.wording import labels, show_value, worst_comparisons

__all__ = ["Forest", "ForestRow", "Strip", "StripPanel", "forests", "panels"]

_ROWS_A_PANEL = 40
_MOST_ROWS = 400
_MOST_POINTS = 8000
_LABEL = 38
NO_GROUP = "without a group"


@dataclass(frozen=True, slots=True)
class Strip:
    """One benchmark's processes, each as its share above or below their median.

    Attributes:
        label: Name, short enough for the margin.
        typical: Median of the processes with its unit, for the label.
        offsets: One a process, 0.02 is 2 % above the median.
        low: Lower end of the figure's interval, as a share of the figure; ``None`` if not known.
        high: Upper end.
    """

    label: str
    typical: str
    offsets: tuple[float, ...]
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class StripPanel:
    """What one drawing holds: groups with their strips."""

    groups: tuple[tuple[str, tuple[Strip, ...]], ...]

    @property
    def rows(self) -> int:
        """Lines of the drawing: a heading a group, a line a benchmark."""
        return sum(1 + len(strips) for _, strips in self.groups)


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One benchmark's ratio as natural logarithms, so that halves and doubles are alike."""

    label: str
    verdict: Verdict
    middle: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Forest:
    """What one forest plot holds; the margin as a share."""

    rows: tuple[ForestRow, ...]
    margin: float


def panels(session: Session, figures: Mapping[str, Interval]) -> tuple[list[StripPanel], int]:
    """Distribution drawings of a session, and how many benchmarks they leave out.

    Args:
        session: With raw samples.
        figures: Typical seconds by benchmark id; an id without one has no interval drawn.
    """
    samples = session.by_benchmark()
    measured = [benchmark for benchmark in session.benchmarks if benchmark.id in samples]
    # Groups as the suite names them first; what has none comes last.
    ranks = {group: rank for rank, group in enumerate(dict.fromkeys(b.group for b in measured))}
    ranks[None] = len(ranks)
    shown = sorted(measured, key=lambda each: ranks[each.group])[:_MOST_ROWS]
    names = labels([each.id for each in shown], _LABEL)
    most = max(3, _MOST_POINTS // max(1, len(shown)))
    groups: dict[str, list[Strip]] = {}
    for name, benchmark in zip(names, shown, strict=True):
        medians = [statistics.median(sample.seconds) for sample in samples[benchmark.id]]
        strip = _strip(name, medians, figures.get(benchmark.id), most)
        groups.setdefault(benchmark.group or NO_GROUP, []).append(strip)
    return _packed(groups), len(measured) - len(shown)


def _strip(label: str, medians: Sequence[float], figure: Interval | None, most: int) -> Strip:
    middle = statistics.median(medians)
    offsets = sorted((each / middle - 1.0) if middle else 0.0 for each in medians)
    if len(offsets) > most:
        # Evenly spaced order statistics keep the ends and the shape.
        step = (len(offsets) - 1) / (most - 1)
        offsets = [offsets[round(index * step)] for index in range(most)]
    low = high = None
    if figure and figure.low is not None and figure.high is not None and figure.estimate > 0:
        low, high = figure.low / figure.estimate - 1.0, figure.high / figure.estimate - 1.0
    return Strip(label, show_value(middle, "second"), tuple(offsets), low, high)


def _packed(groups: Mapping[str, Sequence[Strip]]) -> list[StripPanel]:
    """Groups into drawings of bounded height: a drawing's fixed cost is paid few times."""
    packed: list[list[tuple[str, tuple[Strip, ...]]]] = [[]]
    filled = 0
    for name, strips in groups.items():
        for start in range(0, len(strips), _ROWS_A_PANEL):
            part = tuple(strips[start : start + _ROWS_A_PANEL])
            if packed[-1] and filled + 1 + len(part) > _ROWS_A_PANEL:
                packed.append([])
                filled = 0
            packed[-1].append((name if start == 0 else f"{name}, continued", part))
            filled += 1 + len(part)
    return [StripPanel(tuple(each)) for each in packed if each]


def forests(comparisons: Comparisons) -> tuple[list[Forest], int]:
    """Forest plots of a comparison, the worst first, and how many benchmarks they leave out."""
    ordered = [each for each in worst_comparisons(comparisons.results) if each.ratio.estimate > 0]
    shown = ordered[:_MOST_ROWS]
    names = labels([each.benchmark for each in shown], _LABEL)
    rows = [
        ForestRow(
            label=name,
            verdict=each.verdict,
            middle=math.log(each.ratio.estimate),
            low=_log(each.ratio.low),
            high=_log(each.ratio.high),
        )
        for name, each in zip(names, shown, strict=True)
    ]
    margin = max((each.margin for each in shown), default=0.0)
    drawn = [
        Forest(tuple(rows[start : start + _ROWS_A_PANEL]), margin)
        for start in range(0, len(rows), _ROWS_A_PANEL)
    ]
    return drawn, len(comparisons.results) - len(shown)


def _log(value: float | None) -> float | None:
    return math.log(value) if value is not None and value > 0 else None
