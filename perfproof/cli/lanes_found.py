"""What `doctor` found best on this machine, in a file of the project's own folder."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from perfproof.cli.measuring import sessions_folder
from perfproof.configuration.settings import Project
from perfproof.errors import ResultFileError
from perfproof.judge.duel.lane_choice import LaneChoice
from perfproof.record import Interval
from perfproof.report.visible import visible
from perfproof.store.placing import place

__all__ = ["FILE", "LanesFound", "WayFound", "found_by_doctor", "keep_lanes", "stored_lanes"]

FILE = ".perfproof/lanes.json"
"""From the project's root."""

_SCHEMA = 1
_LARGEST_BYTES = 100_000
_Lanes = Annotated[str, msgspec.Meta(pattern=r"^(free|[1-9][0-9]{0,4})\Z")]


class WayFound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Figures of one way of using the cores; see ``WayFigures``."""

    lanes: _Lanes
    pairs: int
    pairs_a_second: float
    scatter: float
    verdict_seconds: Interval
    against_usual: Interval | None


class LanesFound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The choice, where and when it was made, and on which figures.

    Attributes:
        schema: Number of the file's format.
        fingerprint: Digest of the machine's.
        cores: Cores that could be used.
        date: UTC, ISO 8601.
        lanes: The way chosen, as ``--lanes`` takes it.
        clear: Whether it was clearly better than one lane, or is one lane.
        ways: Figures of every way that was tried.
    """

    schema: int
    fingerprint: str
    cores: int
    date: str
    lanes: _Lanes
    clear: bool
    ways: tuple[WayFound, ...]

    def __post_init__(self) -> None:
        if self.schema != _SCHEMA:
            raise ValueError(f"schema {self.schema}, this version reads {_SCHEMA}")
        # The date is shown: nothing but a date may stand there.
        datetime.fromisoformat(self.date)

    @property
    def day(self) -> str:
        """The day of the choice, as in 2026-11-22."""
        return datetime.fromisoformat(self.date).date().isoformat()


def found_by_doctor(choice: LaneChoice, *, fingerprint: str, cores: int) -> LanesFound:
    """A choice made now, as it is stored."""
    return LanesFound(
        schema=_SCHEMA,
        fingerprint=fingerprint,
        cores=cores,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        lanes=choice.chosen.way.name,
        clear=choice.clear,
        ways=tuple(
            WayFound(
                lanes=each.way.name,
                pairs=each.pairs,
                pairs_a_second=each.pairs_a_second,
                scatter=each.scatter,
                verdict_seconds=each.verdict_seconds,
                against_usual=each.against_usual,
            )
            for each in choice.figures
        ),
    )


def keep_lanes(project: Project, found: LanesFound) -> Path:
    """Store it in place of an earlier one, whole or not at all; the file.

    Raises:
        UseError: The system refuses.
    """
    path = sessions_folder(project).parent / Path(FILE).name
    content = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    place(content, path, replace=True)
    return path


def stored_lanes(project: Project) -> LanesFound | None:
    """What was stored last; ``None`` when nothing was.

    Raises:
        ResultFileError: There is a file, and it is not one of these.
    """
    try:
        return msgspec.json.decode(_content(project.path(FILE)), type=LanesFound)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        raise ResultFileError(
            f"is not what doctor writes: {visible(str(exc))}",
            where=FILE,
            remedy="run `perfproof doctor` again",
        ) from exc


def _content(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_BYTES:
        raise ValueError("no regular file of its size")
    return path.read_bytes()
