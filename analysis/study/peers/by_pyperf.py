"""pyperf: the workloads as a script, run for the base and for the head, and ``compare_to``.

A verdict takes about twenty seconds, so each comparison is of a few workloads drawn by chance.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.study.peers.gear import Ground
from analysis.study.peers.peer import Called
from analysis.study.versions import BASE
from perfproof.errors import MachineryError

__all__ = ["RULE", "Pyperf", "verdicts_of"]

RULE = "--fast, compare_to"

_SCRIPT = Path(__file__).parent / "suites" / "pyperf_workloads.py"
_CHANGED = re.compile(
    r"^\| (?P<name>\S+) +\| .* \| .*(?P<word>slower|faster|no change) +\|$", re.MULTILINE
)
_HIDDEN = re.compile(r"^Benchmark hidden because not significant \(\d+\): (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pyperf:
    """The peer.

    Attributes:
        ground: What it works on.
        draw: Chance of the workloads.
        count: Workloads of a comparison.
        options: Of the script.
    """

    ground: Ground
    draw: random.Random
    count: int = 2
    options: tuple[str, ...] = ("--fast",)
    name: str = "pyperf"

    def prepare(self, until: float) -> None:
        """Nothing."""

    def compare(self, scenario: str, until: float) -> list[Called]:
        """Both runs, and the comparison."""
        chosen = self.draw.sample(self.ground.workloads(), self.count)
        with tempfile.TemporaryDirectory(dir=self.ground.scratch) as kept:
            base, head = Path(kept) / "base.json", Path(kept) / "head.json"
            self._run(BASE, chosen, base, until)
            self._run(scenario, chosen, head, until)
            table = ["--table", "--table-format", "md"]
            words = ["-m", "pyperf", "compare_to", *table, str(base), str(head)]
            said = self.ground.gear.demand(words, self.ground.scratch, until)
            before, after = _means(base), _means(head)
        slower = verdicts_of(said)
        if not (slower.keys() == before.keys() == after.keys() == set(chosen)):
            raise MachineryError(f"it spoke of {sorted(slower)}", where="compare_to")
        return [Called(RULE, name, slower[name], after[name] / before[name]) for name in chosen]

    def _run(self, tag: str, chosen: list[str], output: Path, until: float) -> None:
        only = [f"--workload={name}" for name in chosen]
        quiet = ("--quiet", "--inherit-environ=PYTHONPATH", f"--output={output}")
        side = self.ground.side(tag)
        self.ground.gear.demand(
            [str(_SCRIPT), *self.options, *quiet, *only], side, until, {"PYTHONPATH": str(side)}
        )


def verdicts_of(said: str) -> dict[str, bool]:
    """Whether each benchmark of the printed Markdown table is significant and slower."""
    found = {row["name"]: row["word"] == "slower" for row in _CHANGED.finditer(said)}
    for hidden in _HIDDEN.finditer(said):
        found.update(dict.fromkeys(hidden[1].split(", "), False))
    return found


def _means(path: Path) -> Mapping[str, float]:
    """Seconds by benchmark: the mean of all values, which pyperf compares."""
    stored: dict[str, Any] = json.loads(path.read_text())
    return {
        # What all benchmarks of a file have in common stands outside them, a lone one's name too.
        str({**stored["metadata"], **each.get("metadata", {})}["name"]): statistics.fmean(
            value for run in each["runs"] for value in run.get("values", ())
        )
        for each in stored["benchmarks"]
    }
