"""One run of the command line, and the folder that it leaves.

A segment is a folder with ``segment.json``, ``said.txt`` (what was printed) and, unless the run
failed before it measured, ``duel.jsonl.xz`` (the run's own file). It is put in place in one step.
"""

from __future__ import annotations

import lzma
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from analysis.study.load import second_load
from analysis.study.recipes import Recipe

__all__ = ["DUEL", "META", "SAID", "Place", "Segment", "perfproof", "record_segment", "segments_in"]

DUEL, META, SAID = "duel.jsonl.xz", "segment.json", "said.txt"

_GOOD_EXITS = (0, 1, 3)

Run = Callable[[Sequence[str], Path, float], tuple[int, str]]
"""Arguments, folder and most seconds to exit code and what was printed."""


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a segment beside its duel.

    Attributes:
        recipe: Name of its recipe.
        scenario: Tag that was held against the base.
        loaded: Whether the second load ran beside it.
        started: ISO 8601, UTC.
        wall_seconds: Of the whole command: checkouts, listing, duels and the end.
        exit_code: Of the command; ``None`` when it was ended as it hung.
        words: Its arguments.
        tool_commit: Commit of perfproof that ran; with ``+`` when the tree was changed.
    """

    recipe: str
    scenario: str
    loaded: bool
    started: str
    wall_seconds: float
    exit_code: int | None
    words: tuple[str, ...]
    tool_commit: str

    @property
    def failed(self) -> bool:
        """Whether the command gave no verdicts at all."""
        return self.exit_code not in _GOOD_EXITS


@dataclass(frozen=True, slots=True)
class Place:
    """Where segments are made, and where they go.

    Attributes:
        repository: The project under git.
        into: Folder of the finished segments.
        tool_commit: See ``Segment``.
        run: The command line.
        clock: Seconds.
    """

    repository: Path
    into: Path
    tool_commit: str
    run: Run
    clock: Callable[[], float] = time.monotonic


def perfproof(words: Sequence[str], folder: Path, most_seconds: float) -> tuple[int, str]:
    """The real command line.

    Raises:
        subprocess.TimeoutExpired: It hung, and was ended with its workers.
    """
    done = subprocess.run(
        [sys.executable, "-m", "perfproof", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=most_seconds,
        check=False,
    )
    return done.returncode, done.stdout


def record_segment(place: Place, recipe: Recipe, *, loaded: bool) -> Segment:
    """Run once and keep what came of it, also when it failed."""
    duels = place.repository / ".perfproof" / "duelled"
    shutil.rmtree(duels, ignore_errors=True)
    started, begun = datetime.now(UTC), place.clock()
    exit_code: int | None
    with second_load(recipe.most_seconds) if loaded else nullcontext():
        try:
            exit_code, said = place.run(recipe.words(), place.repository, recipe.most_seconds)
        except subprocess.TimeoutExpired:
            exit_code, said = None, f"ended after {recipe.most_seconds:g} s\n"
    segment = Segment(
        recipe=recipe.name,
        scenario=recipe.scenario,
        loaded=loaded,
        started=started.isoformat(timespec="seconds"),
        wall_seconds=round(place.clock() - begun, 3),
        exit_code=exit_code,
        words=tuple(recipe.words()),
        tool_commit=place.tool_commit,
    )
    _keep(segment, said, sorted(duels.glob("*.jsonl")), place.into)
    return segment


def segments_in(folder: Path) -> list[tuple[Path, Segment]]:
    """The finished segments, in the order of recording."""
    return [
        (path.parent, msgspec.json.decode(path.read_bytes(), type=Segment))
        for path in sorted(folder.glob(f"[0-9]*/{META}"))
    ]


def _keep(segment: Segment, said: str, duels: Sequence[Path], into: Path) -> None:
    """Everything into a folder beside, which then gets its name."""
    if len(duels) > 1 or (not duels and not segment.failed):
        raise RuntimeError(f"{segment.recipe} left {len(duels)} duel files; one was expected")
    beside = into / f".{secrets.token_hex(8)}.partial"
    beside.mkdir(parents=True)
    (beside / META).write_bytes(msgspec.json.format(msgspec.json.encode(segment), indent=1) + b"\n")
    (beside / SAID).write_text(said)
    for duel in duels:
        (beside / DUEL).write_bytes(lzma.compress(duel.read_bytes(), preset=9))
    number = 1 + max((int(path.name[:4]) for path, _ in segments_in(into)), default=0)
    circumstance = "loaded" if segment.loaded else "quiet"
    beside.rename(into / f"{number:04d}-{segment.recipe}-{circumstance}")
