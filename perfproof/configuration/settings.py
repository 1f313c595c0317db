"""``[tool.perfproof]`` in pyproject.toml: every key, its meaning and its default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from perfproof.configuration.commands import CommandEntry
from perfproof.configuration.tables import read_toml, to_record
from perfproof.record.quantity import parse_seconds, parse_share
from perfproof.record.session import Plan

__all__ = ["PROJECT_ITSELF", "SYSTEM_VARIABLE", "Project", "Settings", "find_project"]

SYSTEM_VARIABLE = "PERFPROOF_SYSTEM"
"""Environment variable through which ``--system`` reaches suites and probes."""

PROJECT_ITSELF = re.compile(r"\.(?:\[([\w.,\s-]+)\])?")
"""In ``requirements``: the project's own dependencies, and those of the extras in brackets."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of ``[tool.perfproof]``; paths are relative to the file's folder.

    Attributes:
        pytest: Files and folders with pytest-benchmark tests; not set, the project is searched.
        pyperf: Glob patterns of pyperf scripts; not set, the project is searched.
        command: Programs that are measured from their start to their end.
        baselines: Folder of stored sessions.
        targets: TOML file of limits, if there is one.
        proof: TOML file of phases and checks, if there is one.
        evidence: Folder that `prove` writes.
        requirements: What `compare --env each` installs for each side: requirement files, or `.`
            and `.[extra]` for the dependencies in pyproject.toml; empty looks at the usual places.
        processes: Fresh processes in which each benchmark is measured.
        blocks: Blocks of each benchmark in each process.
        block: Aimed length of a block.
        warmup: Time each benchmark runs before its first block in each process.
        sample: No further block starts after this time, once there are two.
        timeout: A benchmark silent for this long is ended.
        margin: Slowdown that matters when a session is compared with stored numbers.
        duel_margin: Slowdown that matters when two versions are measured side by side.
        alpha: Chance, over the whole suite, of a wrong red that is allowed.
        level: Confidence of the intervals that targets are held against.
    """

    pytest: tuple[str, ...] | None = None
    pyperf: tuple[str, ...] | None = None
    command: tuple[CommandEntry, ...] = ()
    baselines: str = "baselines"
    targets: str | None = None
    proof: str | None = None
    evidence: str = "evidence"
    requirements: tuple[str, ...] = ()
    processes: int = 10
    blocks: int = 12
    block: str = "3 ms"
    warmup: str = "20 ms"
    sample: str = "250 ms"
    timeout: str = "60 s"
    margin: str = "10 %"
    duel_margin: str = "2 %"
    alpha: str = "1 %"
    level: str = "99 %"

    def __post_init__(self) -> None:
        self.plan()
        names = [each.name for each in self.command]
        if len(set(names)) != len(names):
            raise ValueError("two commands have the same name")
        for key in ("margin", "duel_margin", "alpha", "level"):
            share = self.share(key)
            if not 0 < share < 1:
                raise ValueError(f"{key} must lie between 0 % and 100 %")
        for key in ("baselines", "evidence"):
            path = Path(getattr(self, key))
            if path.is_absolute() or ".." in path.parts or not path.parts:
                raise ValueError(f"{key} must be a folder inside the project")
        for each in self.requirements:
            path = Path(each)
            outside = path.is_absolute() or ".." in path.parts or not path.parts
            # What begins with a dash would be an option to pip.
            if not PROJECT_ITSELF.fullmatch(each) and (outside or each.startswith("-")):
                raise ValueError(
                    f"requirements names '{each}', which is no file inside the project"
                    " and neither '.' nor '.[extra]'"
                )

    def share(self, key: str) -> float:
        """The value of a percentage key, as a share."""
        return parse_share(getattr(self, key))

    def plan(self, seed: int = 0) -> Plan:
        """How a session measures under these settings."""
        return Plan(
            processes=self.processes,
            blocks=self.blocks,
            block_seconds=parse_seconds(self.block),
            warmup_seconds=parse_seconds(self.warmup),
            sample_seconds=parse_seconds(self.sample),
            timeout_seconds=parse_seconds(self.timeout),
            seed=seed,
        )


class Project(msgspec.Struct, frozen=True):
    """Where the user works and what they set.

    Attributes:
        root: Folder of pyproject.toml, or the current one where there is none.
        settings: Their settings, or the defaults.
        origin: The file they stand in; ``None`` for the defaults.
    """

    root: Path
    settings: Settings
    origin: Path | None

    def path(self, relative: str) -> Path:
        """A configured path, from the root."""
        return self.root / relative


def find_project(start: Path, explicit: Path | None = None) -> Project:
    """The project around ``start``: the nearest folder upwards with a pyproject.toml.

    Args:
        start: Folder to begin at.
        explicit: A configuration file named on the command line; used instead of a search.

    Raises:
        SettingError: The file is not TOML, or a key or value is refused.
    """
    if explicit is not None:
        return _from_file(explicit.resolve())
    for folder in (start.resolve(), *start.resolve().parents):
        candidate = folder / "pyproject.toml"
        if candidate.is_file():
            return _from_file(candidate)
    return Project(root=start.resolve(), settings=Settings(), origin=None)


def _from_file(path: Path) -> Project:
    table: Any = read_toml(path).get("tool", {}).get("perfproof", {})
    settings = to_record(Settings, table, where=f"{path.name}, [tool.perfproof]")
    return Project(root=path.parent, settings=settings, origin=path)
