"""asv: ``asv continuous --factor 1.05 base head`` on the same workloads.

Its environment is made once, with virtualenv from the package index, before any verdict.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.study.peers.gear import Gear, Ground, Ran, pinned
from analysis.study.peers.peer import Called
from analysis.study.versions import BASE
from perfproof.errors import MachineryError

__all__ = ["RULE", "Asv", "verdicts_of"]

RULE = "continuous --factor 1.05"

_SUITES = Path(__file__).parent / "suites"
_NAME = re.compile(r"time_call\('(?P<name>\w+)', '(?P<size>\w+)'\)$")
_SLOWER, _FASTER, _NEITHER = "+", "-", ""


@dataclass(frozen=True, slots=True)
class Asv:
    """The peer.

    Attributes:
        ground: What it works on.
        options: Of ``asv continuous``, beside the documented ones.
    """

    ground: Ground
    options: tuple[str, ...] = ()
    name: str = "asv"

    @property
    def folder(self) -> Path:
        """Of its configuration, its suite and its environment."""
        return self.ground.scratch / "asv"

    def prepare(self, until: float) -> None:
        """Configuration, suite and environment."""
        suite = self.folder / "suite"
        suite.mkdir(parents=True)
        (suite / "__init__.py").touch()
        shutil.copy(_SUITES / "asv_workloads.py", suite)
        (self.folder / "asv.conf.json").write_text(json.dumps(self._configuration(), indent=1))
        gear = self.ground.gear
        # With the home of whoever runs the study, where pip keeps its settings. Its exit code says
        # nothing: 0.6.6 ends with 1 after it has made the environment.
        ran = gear.run(["-m", "asv", "setup"], self.folder, until)
        made = list((self.folder / "env").glob("*/bin/python"))
        if not made:
            raise MachineryError(f"no environment; it said '{ran.last}'", where="asv setup")
        for python in made:
            Gear(python).demand(["-c", "import asv_runner, numpy"], self.folder, until)
        gear.demand(["-m", "asv", "machine", "--yes"], self.folder, until, self._home())

    def compare(self, scenario: str, until: float) -> list[Called]:
        """One run of ``continuous``; what an earlier one left is deleted, so nothing is reused."""
        results = self.folder / "results"
        for each in results.glob("*/*.json"):
            if each.name != "machine.json":
                each.unlink()
        told = ("continuous", "--factor", "1.05", "--no-only-changed", *self.options)
        words = ["-m", "asv", *told, BASE, scenario]
        ran = self.ground.gear.run(words, self.folder, until, self._home())
        return _called(ran)

    def _configuration(self) -> dict[str, object]:
        place = [f"in-dir={{env_dir}} python {_SUITES / 'place_workloads.py'} {{build_dir}}"]
        return {
            "version": 1,
            "project": "workloads",
            "repo": str(self.ground.repository),
            "branches": ["main"],
            "environment_type": "virtualenv",
            # The peers' environment is of the interpreter that runs this.
            "pythons": ["{}.{}".format(*sys.version_info)],
            "matrix": {"req": {"numpy": [pinned("numpy")]}},
            "benchmark_dir": "suite",
            # The study's project is not built: its package is put where a wheel would put it.
            "build_command": [],
            "install_command": place,
            "uninstall_command": [],
        } | {f"{kind}_dir": kind for kind in ("env", "results", "html")}

    def _home(self) -> dict[str, str]:
        # It writes what it knows of the machine into the home directory.
        return {"HOME": str(self.folder)}


def verdicts_of(said: str) -> list[tuple[str, str, float]]:
    """Benchmark, mark and ratio of each line of the printed table.

    Raises:
        MachineryError: A line has no ratio, or says something else than slower, faster or neither.
    """
    found = []
    for cells in map(_cells, said.splitlines()):
        matched = _NAME.search(cells[-1]) if len(cells) == 5 else None
        if matched is None:
            continue
        name, mark, ratio = f"{matched['name']}-{matched['size']}", cells[0], cells[3]
        # With ``~`` it is beyond the factor and not significant.
        number = ratio.removeprefix("~")
        if mark not in (_SLOWER, _FASTER, _NEITHER) or number == "n/a":
            raise MachineryError(f"marked '{mark}' with ratio '{ratio}'", where=name)
        found.append((name, mark, float(number)))
    return found


def _called(ran: Ran) -> list[Called]:
    found = verdicts_of(ran.said)
    if not found:
        raise MachineryError(f"no table; it said '{ran.last}'", where="asv continuous")
    if ran.exit_code != any(mark == _SLOWER for _, mark, _ in found):
        raise MachineryError(f"exit code {ran.exit_code} belies its table", where="asv continuous")
    return [Called(RULE, name, mark == _SLOWER, ratio) for name, mark, ratio in found]


def _cells(line: str) -> Sequence[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]
