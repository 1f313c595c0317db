"""A pytest plugin: the mark ``leak_free``, and tests that carry it among the benchmarks.

``perfproof leaks`` repeats a test with this mark as a whole, its body unmodified, beside the tests
with a ``benchmark`` fixture. An ordinary run of pytest registers the mark and runs the test once.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["LEAK_MARK", "PLUGIN", "plugin_variables"]

LEAK_MARK = "leak_free"
PLUGIN = "perfproof.measure.leaks.marking"
"""Name of this module for ``PYTEST_PLUGINS``."""

# Each would start a recording of its own, and memray makes one at a time.
_MEMRAY_MARKS = frozenset({"limit_memory", "limit_leaks", "limit_leaked_objects"})
_SURVEYED_VARIABLE = "PERFPROOF_LEAK_MARKS"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the mark; in a survey, memray records for the survey and not for pytest-memray."""
    if os.environ.get(_SURVEYED_VARIABLE) and hasattr(config.option, "memray"):
        config.option.memray = False
    config.addinivalue_line(
        "markers", f"{LEAK_MARK}: repeated by `perfproof leaks`, which shows what survives"
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a marked test without a benchmark be measured as a whole."""
    if not os.environ.get(_SURVEYED_VARIABLE):
        return
    for node in item.listchain():
        node.own_markers[:] = [each for each in node.own_markers if each.name not in _MEMRAY_MARKS]
    marked = item.get_closest_marker(LEAK_MARK) is not None
    if marked and "benchmark" not in getattr(item, "fixturenames", ()):
        item.add_marker("codspeed_benchmark")


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Look into files that carry the mark, where only benchmarks were looked for."""
    if not os.environ.get(_SURVEYED_VARIABLE) or collection_path.suffix != ".py":
        return None
    return False if LEAK_MARK.encode() in collection_path.read_bytes() else None


def plugin_variables(existing: str) -> dict[str, str]:
    """Environment variables that put marked tests among the benchmarks of a worker.

    Args:
        existing: Value of ``PYTEST_PLUGINS`` there.
    """
    plugins = [each for each in existing.split(",") if each and each != PLUGIN]
    return {"PYTEST_PLUGINS": ",".join((*plugins, PLUGIN)), _SURVEYED_VARIABLE: "1"}
