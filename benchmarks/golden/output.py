"""What was measured, as the one JSON object that perfproof reads and as a table for people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any, Final

_SECOND: Final = "second"
# Microseconds are as fine as any of this is.
_DIGITS: Final = 6
_QUANTILES: Final = (50, 95, 99)
_HUNDREDTHS: Final = 100
_UNITS: Final = ((1.0, "s"), (1e3, "ms"), (1e6, "us"))


@dataclass(frozen=True, slots=True)
class Count:
    """Things tried, how many failed, and the first that did."""

    trials: int
    failures: int
    example: str | None


@dataclass(slots=True)
class Output:
    """Figures and counts by name, as the last line of a command.

    Attributes:
        figures: Seconds, by name; each value of a conversation, start or round of its own.
        counts: Trials and failures, by name.
        lines: What people are told besides.
    """

    figures: dict[str, list[float]] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def add_figure(self, name: str, values: Iterable[float]) -> None:
        """Add a figure; one that nothing was seen of is left out, and then its check fails."""
        rounded = [round(value, _DIGITS) for value in values]
        if rounded:
            self.figures[name] = rounded

    def add_count(self, name: str, trials: int, failed: Sequence[str]) -> None:
        """Add a count; `failed` says of each failure what it was."""
        self.counts[name] = Count(trials, len(failed), failed[0] if failed else None)

    def add(self, other: "Output") -> None:
        """Take over everything of another one."""
        self.figures |= other.figures
        self.counts |= other.counts
        self.lines += other.lines

    def last_line(self) -> str:
        """Return the JSON object."""
        figures: Mapping[str, Any] = {
            name: {"unit": _SECOND, "values": values} for name, values in self.figures.items()
        }
        counts: Mapping[str, Any] = {
            name: {"trials": each.trials, "failures": each.failures, "example": each.example}
            for name, each in self.counts.items()
        }
        return json.dumps({"figures": figures, "counts": counts}, separators=(",", ":"))


def count_line(name: str, count: Count) -> str:
    """Return a count as people read it."""
    said = f"{name}: {count.failures} of {count.trials} failed"
    return said if count.example is None else f"{said}; the first: {count.example}"


def table(rows: Sequence[tuple[str, Sequence[float]]]) -> list[str]:
    """Return lines of p50, p95, p99, the largest and n; a quantile beyond the values is not known.

    Args:
        rows: A name and its values in seconds.
    """
    width = max((len(name) for name, _ in rows), default=0)
    head = "".join(f"{word:>11}" for word in ("p50", "p95", "p99", "largest", "n"))
    return [f"{'':<{width}}{head}", *(_row(name, values, width) for name, values in rows)]


def _row(name: str, values: Sequence[float], width: int) -> str:
    shown = [_quantile(values, percent) for percent in _QUANTILES]
    shown.append(seconds(max(values)) if values else "not known")
    return f"{name:<{width}}" + "".join(f"{word:>11}" for word in (*shown, str(len(values))))


def _quantile(values: Sequence[float], percent: int) -> str:
    """Return a quantile when at least one value is expected above it."""
    if len(values) * (_HUNDREDTHS - percent) < _HUNDREDTHS or len(values) < 2:
        return "not known"
    return seconds(quantiles(values, n=_HUNDREDTHS, method="inclusive")[percent - 1])


def seconds(value: float) -> str:
    """Return seconds with a unit that fits, three digits of it."""
    scale, unit = next(
        # 999.5 us has no three digits below a thousand.
        ((scale, unit) for scale, unit in _UNITS if abs(value) >= 0.9995 / scale),
        _UNITS[-1],
    )
    return f"{value * scale:#.3g}".rstrip(".") + f" {unit}"
