"""The recorded segments, read back."""

from __future__ import annotations

import lzma
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.study.segment import DUEL, SAID, Segment, segments_in
from perfproof.cli.duel_outcome import Fought
from perfproof.cli.duel_standing import pair_of
from perfproof.cli.retelling import fought_in
from perfproof.judge.duel import pair_location
from perfproof.record import Part, Sample, Session, Trouble, decode_session

__all__ = ["Recording", "read_recordings"]


@dataclass(frozen=True)
class Recording:
    """A segment whose command gave verdicts."""

    name: str
    segment: Segment
    session: Session
    said: str

    @cached_property
    def log_ratios(self) -> Mapping[Part, Mapping[str, list[float]]]:
        """Location of each process pair, by what it was for and benchmark, in the order measured.

        Benchmarks without any pair are there too, those of nulls and confirmations are not.
        """
        sides: dict[tuple[str, int], dict[str, Sample]] = defaultdict(dict)
        for sample in self.session.samples:
            sides[sample.benchmark, sample.process][sample.side or ""] = sample
        found: dict[Part, dict[str, list[float]]] = {"duel": {}, "null": {}, "confirmation": {}}
        found["duel"] = {each.id: [] for each in self.session.benchmarks}
        for (benchmark, _), pair in sorted(sides.items(), key=lambda item: item[0][1]):
            location = pair_location(pair_of(pair["base"], pair["head"]))
            part = pair["base"].part or "duel"
            found[part].setdefault(benchmark, []).append(location)
        return found

    @cached_property
    def fought(self) -> Fought:
        """What its file says of the duels; every pair is located for it, which takes time."""
        return fought_in(self.session)

    @property
    def pairs(self) -> int:
        """Pairs of all benchmarks together, without those of nulls and confirmations."""
        return sum(map(len, self.log_ratios["duel"].values()))

    @property
    def seconds_a_pair(self) -> float:
        """Wall seconds of the whole command over its pairs: nulls and start-up are in it."""
        return self.segment.wall_seconds / self.pairs

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What gave no figure; none is expected."""
        return self.session.troubles


def read_recordings(folder: Path) -> tuple[list[Recording], Counter[str]]:
    """Recordings in order, and how many segments of each recipe failed and hold none."""
    recordings, failed = [], Counter[str]()
    for path, segment in segments_in(folder):
        if segment.failed:
            failed[segment.recipe] += 1
            continue
        content = lzma.decompress((path / DUEL).read_bytes())
        session = decode_session(content, where=str(path))
        recordings.append(Recording(path.name, segment, session, (path / SAID).read_text()))
    return recordings, failed
