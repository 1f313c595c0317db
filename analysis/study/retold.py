"""The verdicts of a live run, computed again from its file, and held against what it printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.study.recordings import Recording
from perfproof.cli.duel_outcome import told, verdict_of
from perfproof.record import Verdict

__all__ = ["Retold", "disagreements", "printed_verdicts", "retold"]

_ROW = re.compile(r"^(?P<name>\S.*?)  .*  (?P<verdict>slower|faster|same|undecided)(?:  |$)")


@dataclass(frozen=True, slots=True)
class Retold:
    """One benchmark of a live run.

    Attributes:
        benchmark: Its id.
        first: Verdict of its duel, before nulls and confirmation had a say.
        told: What the user was told.
        pairs: Pairs behind it.
        seconds: Its share, by pairs, of the wall seconds of the whole command.
    """

    benchmark: str
    first: Verdict
    told: Verdict
    pairs: int
    seconds: float


def retold(recording: Recording) -> list[Retold]:
    """Every benchmark that had a verdict."""
    fought = recording.fought
    first = fought.duels.by_time()
    return [
        Retold(
            benchmark=each.benchmark,
            first=first[each.benchmark].verdict,
            told=each.verdict,
            pairs=each.ratio.n,
            seconds=recording.seconds_a_pair * each.ratio.n,
        )
        for each in told(fought).results
    ]


def printed_verdicts(said: str) -> list[tuple[str, str]]:
    """Name and verdict of each row of the table that the command printed."""
    matched = (_ROW.match(line) for line in said.splitlines())
    return [(each["name"], each["verdict"]) for each in matched if each is not None]


def disagreements(recording: Recording, verdicts: Sequence[Retold]) -> list[str]:
    """Where file, printed table and exit code do not say the same; sentences, none expected."""
    names = {each.id: each.name for each in recording.session.benchmarks}
    computed = {names[each.benchmark]: each.told.value for each in verdicts}
    printed = printed_verdicts(recording.said)
    found = []
    if dict(printed).keys() == computed.keys():
        found = [
            f"{recording.name}: {name} was printed as {verdict}, its file says {computed[name]}"
            for name, verdict in printed
            if computed[name] != verdict
        ]
    elif Counter(word for _, word in printed) != Counter(computed.values()):
        found.append(f"{recording.name}: the printed verdicts are not those of its file")
    fought = recording.fought
    expected = verdict_of(told(fought), failed=fought.failed, strict=False)
    if recording.segment.exit_code != expected:
        found.append(
            f"{recording.name}: exit code {recording.segment.exit_code}, its file says {expected:d}"
        )
    return found
