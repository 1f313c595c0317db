"""pytest-benchmark: a saved run of the base, and one of the head that is compared with it.

One pair of runs serves all rules. The verdicts are pytest-benchmark's own: the run of the head has
all rules in its ``--benchmark-compare-fail`` and prints each benchmark that one of them is
against. (The option written more than once keeps only the last.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.study.peers.gear import Ground, Ran
from analysis.study.peers.peer import Called
from analysis.study.versions import BASE
from perfproof.errors import MachineryError

__all__ = ["RULES", "PytestBenchmark", "regressions"]

RULES = {"mean": "mean:5%", "min": "min:10%", "median": "median:15%"}
"""By the field that the rule is about."""

_REGRESSION = re.compile(
    r"^\s(?P<name>\S+) \(\d+_base\) - Field '(?P<field>\w+)' has failed", re.MULTILINE
)

Figures = Mapping[str, Mapping[str, float]]
"""Seconds by benchmark and field."""


@dataclass(frozen=True, slots=True)
class PytestBenchmark:
    """The peer.

    Attributes:
        ground: What it works on.
        options: Of pytest, beside the documented ones.
    """

    ground: Ground
    options: tuple[str, ...] = ()
    name: str = "pytest-benchmark"

    def prepare(self, until: float) -> None:
        """Nothing."""

    def compare(self, scenario: str, until: float) -> list[Called]:
        """Both runs."""
        stored = self.ground.scratch / "stored"
        number = len(list(stored.glob("*")))
        storage = stored / str(number)
        first = self._run(BASE, storage, until, "--benchmark-save=base")
        if first.exit_code:
            raise MachineryError(
                f"exit code {first.exit_code}, and it said '{first.last}'", where="run of the base"
            )
        second = self._run(
            scenario,
            storage,
            until,
            *("--benchmark-save=head", "--benchmark-compare=0001"),
            *("--benchmark-compare-fail", *RULES.values()),
        )
        red = regressions(second.said)
        if second.exit_code != bool(red):
            raise MachineryError(
                f"exit code {second.exit_code} and {len(red)} regressions", where="run of the head"
            )
        return _called(_figures(storage, "0001_base"), _figures(storage, "0002_head"), red)

    def _run(self, tag: str, storage: Path, until: float, *words: str) -> Ran:
        command = ["-m", "pytest", "benchmarks", "--benchmark-only", *self.options]
        kept = f"--benchmark-storage=file://{storage}"
        return self.ground.gear.run([*command, kept, *words], self.ground.side(tag), until)


def regressions(said: str) -> set[tuple[str, str]]:
    """Field and benchmark of each line that says that one has regressed."""
    return {(found["field"], _plain(found["name"])) for found in _REGRESSION.finditer(said)}


def _called(base: Figures, head: Figures, red: set[tuple[str, str]]) -> list[Called]:
    if base.keys() != head.keys() or not {name for _, name in red} <= head.keys():
        raise MachineryError("base and head hold different benchmarks", where="stored runs")
    return [
        Called(rule, name, (field, name) in red, head[name][field] / base[name][field])
        for field, rule in RULES.items()
        for name in base
    ]


def _figures(storage: Path, name: str) -> Figures:
    # The folder between is named after the machine and the interpreter.
    found = list(storage.glob(f"*/{name}.json"))
    if len(found) != 1:
        raise MachineryError(f"{len(found)} files, not one", where=name)
    stored: dict[str, Any] = json.loads(found[0].read_text())
    return {
        _plain(each["name"]): {field: float(each["stats"][field]) for field in RULES}
        for each in stored["benchmarks"]
    }


def _plain(test: str) -> str:
    """``test_json[small]`` as ``json-small``."""
    return test.removeprefix("test_").replace("[", "-").removesuffix("]")
