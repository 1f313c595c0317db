"""The environment that peers live in, apart from this project's, and how they are run."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from analysis.study.versions import BASE
from perfproof.errors import MachineryError

__all__ = ["Gear", "Ground", "Ran", "install", "pinned"]

REQUIREMENTS = Path(__file__).with_name("requirements.txt")

_INSTALL_SECONDS = 600.0
# Whoever runs the study may have these for reasons of their own; a user's job has none of them,
# and without compiled files a peer is charged for compiling itself at each start.
_FOREIGN = ("PYTHON", "PYTEST_", "VIRTUAL_ENV")


class Ran(NamedTuple):
    """A command that ended by itself."""

    exit_code: int
    said: str

    @property
    def last(self) -> str:
        """The last line that it printed."""
        return (self.said.strip().splitlines() or ["nothing"])[-1]


@dataclass(frozen=True, slots=True)
class Gear:
    """An interpreter with the peers installed."""

    python: Path

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        until: float,
        variables: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run the interpreter with these arguments.

        Args:
            words: Of the interpreter.
            folder: To run in.
            until: Monotonic seconds at which it is ended with all its children.
            variables: Of the environment, beside those of whoever runs the study.

        Raises:
            MachineryError: It had to be ended.
        """
        own = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
        own["PATH"] = os.pathsep.join((str(self.python.parent), os.environ.get("PATH", "")))
        command = [str(self.python), *words]
        with subprocess.Popen(
            command,
            cwd=folder,
            env={**own, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                said, _ = process.communicate(timeout=max(0.0, until - time.monotonic()))
            except BaseException as error:
                # Its session goes with it: peers start processes of their own.
                os.killpg(process.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    raise MachineryError("it did not end in time", where=_told(words)) from error
                raise
        return Ran(process.returncode, said)

    def demand(
        self,
        words: Sequence[str],
        folder: Path,
        until: float,
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """What a command printed that must succeed.

        Raises:
            MachineryError: It did not; with the last line that it printed.
        """
        ran = self.run(words, folder, until, variables)
        if ran.exit_code:
            raise MachineryError(
                f"exit code {ran.exit_code}, and it said '{ran.last}'", where=_told(words)
            )
        return ran.said


@dataclass(frozen=True, slots=True)
class Ground:
    """What all peers work on.

    Attributes:
        gear: Where they are installed.
        repository: Made by ``make_repository``.
        scratch: Folder for what peers leave behind; deleted at the end.
    """

    gear: Gear
    repository: Path
    scratch: Path

    def side(self, tag: str) -> Path:
        """Folder with that version checked out; base and head lie beside each other."""
        folder = self.scratch / "sides" / tag
        if not folder.exists():
            quiet = ("-c", "advice.detachedHead=false", "clone", "--quiet", "--branch", tag)
            subprocess.run(
                ["git", *quiet, self.repository, folder], check=True, capture_output=True
            )
        return folder

    def workloads(self) -> list[str]:
        """Names of all benchmarks, as in ``json-small``, as the project itself lists them."""
        script = (
            "from workloads.catalogue import CATALOGUE, SIZES;"
            "print(*(f'{name}-{size}' for name in CATALOGUE for size in SIZES))"
        )
        return self.gear.demand(["-c", script], self.side(BASE), time.monotonic() + 60).split()


def install(folder: Path) -> Gear:
    """A fresh environment with the pinned peers; needs the package index.

    Raises:
        MachineryError: They cannot be had.
    """
    venv.create(folder, with_pip=True)
    gear = Gear(folder / "bin" / "python")
    quiet = ("--quiet", "--disable-pip-version-check")
    words = ["-m", "pip", "install", *quiet, "-r", str(REQUIREMENTS)]
    gear.demand(words, folder, time.monotonic() + _INSTALL_SECONDS)
    return gear


def pinned(project: str) -> str:
    """The version of a project in the requirements.

    Raises:
        KeyError: It is not among them.
    """
    lines = (line.split("==") for line in REQUIREMENTS.read_text().split())
    return {each[0]: each[1] for each in lines}[project]


def _told(words: Sequence[str]) -> str:
    return " ".join(words[:4])
