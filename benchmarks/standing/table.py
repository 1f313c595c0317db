"""Figures of several visits: medians with n as a Markdown table, or every one as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from benchmarks.standing.visit import Figures

_MICRO: Final = 1e6
_KIB: Final = 1024


def markdown(figures: Mapping[str, Sequence[Figures]], steal_share: float | None) -> str:
    """Return the table.

    Args:
        figures: What each visit measured, by the name of the server.
        steal_share: Share of the CPU time that the host took away meanwhile, 0 to 1; None when it
            is not known.
    """
    columns = [dict(_column(visits)) for visits in figures.values()]
    rows = [f"| server, median | {' | '.join(figures)} |", "| --- |" + " ---: |" * len(columns)]
    rows += [
        f"| {label} | {' | '.join(column.get(label, 'not known') for column in columns)} |"
        for label in dict.fromkeys(label for column in columns for label in column)
    ]
    stolen = "not known" if steal_share is None else f"{100 * steal_share:.1f} %"
    return "\n".join([*rows, "", f"Steal meanwhile: {stolen}."])


def json_line(visits: Sequence[Figures]) -> str:
    """Return the figures of every visit to one server, in the form of a distribution check."""
    seconds = ("echo_cpu_seconds", "send_cpu_seconds", "accept_cpu_seconds")
    figures: dict[str, object] = {
        name.removesuffix("_seconds"): {
            "unit": "second",
            "values": [getattr(visit, name) for visit in visits],
        }
        for name in seconds
    }
    figures["connection_memory"] = {
        "unit": "byte",
        "values": [max(visit.connection_bytes.values()) for visit in visits],
    }
    return json.dumps({"figures": figures})


def _column(visits: Sequence[Figures]) -> Iterator[tuple[str, str]]:
    def middle(name: str, factor: float = 1.0) -> float:
        values: list[float] = [getattr(visit, name) for visit in visits]
        return factor * median(values)

    yield "CPU an echo, us", f"{middle('echo_cpu_seconds', _MICRO):.1f}"
    yield "CPU an event sent to one user, us", f"{middle('send_cpu_seconds', _MICRO):.1f}"
    yield "wall clock of that, us", f"{middle('send_wall_seconds', _MICRO):.1f}"
    yield "CPU a handshake, us", f"{middle('accept_cpu_seconds', _MICRO):.0f}"
    yield "echoes a second", f"{middle('echoes_per_second'):,.0f}"
    yield "connections accepted a second", f"{middle('accepts_per_second'):,.0f}"
    for idle in visits[0].connection_bytes:
        here = median(visit.connection_bytes[idle] for visit in visits) / _KIB
        yield f"memory a connection, {idle:,} idle, KiB", f"{here:.1f}"
    yield "n, visits", str(len(visits))
