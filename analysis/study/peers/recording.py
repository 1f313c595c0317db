"""Peers compare and compare; every row is in the file as soon as it is known."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.study.load import second_load
from analysis.study.peers.agenda import Agenda, Cell
from analysis.study.peers.peer import Peer
from analysis.study.peers.rows import Row, append_rows, last_run
from perfproof.errors import MachineryError

__all__ = ["Surroundings", "prepared", "record"]

_PREPARING_SECONDS = 300.0
_HUNG_SECONDS = 120.0
_FOLDERS = re.compile(r"(?:\w+:/)?/[^\s'\"]*/(?=[\w.])")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is beside the peers.

    Attributes:
        clock: Monotonic seconds.
        load: The second load, for at most so many seconds.
    """

    clock: Callable[[], float] = time.monotonic
    load: Callable[[float], AbstractContextManager[object]] = second_load


def prepared(peers: Sequence[Peer], path: Path) -> dict[str, Peer]:
    """Those that can be had, by name; a row says of each other one why not."""
    found = {}
    for peer in peers:
        try:
            peer.prepare(time.monotonic() + _PREPARING_SECONDS)
        except MachineryError as error:
            run = last_run(path) + 1
            append_rows(
                path, [Row(run=run, peer=peer.name, trouble=f"cannot be had: {_told(error)}")]
            )
            print(f"{peer.name} cannot be had: {error}", flush=True)
        else:
            found[peer.name] = peer
    return found


def record(
    peers: Mapping[str, Peer],
    agenda: Agenda,
    path: Path,
    surroundings: Surroundings,
) -> int:
    """Comparisons for the seconds of the agenda; how many there were.

    None is begun that would not fit by the longest of its peer so far. One that goes on two minutes
    beyond the end hangs, and is ended.
    """
    clock = surroundings.clock
    until, run = clock() + agenda.seconds, last_run(path)
    first = run
    while (cell := agenda.following(until - clock())) is not None:
        run += 1
        begun = clock()
        blank = Row(run=run, peer=cell.peer, scenario=cell.scenario, loaded=cell.loaded)
        rows = _compared(peers[cell.peer], blank, until + _HUNG_SECONDS, surroundings)
        append_rows(path, rows)
        seconds = clock() - begun
        agenda.done(cell, seconds, failed=bool(rows[0].trouble))
        _tell(cell, rows, seconds)
    return run - first


def _compared(peer: Peer, blank: Row, until: float, surroundings: Surroundings) -> list[Row]:
    """The blank row filled for each verdict; one with the trouble when there is none."""
    clock = surroundings.clock
    with surroundings.load(until - clock()) if blank.loaded else nullcontext():
        begun = clock()
        try:
            called = peer.compare(blank.scenario, until)
        except MachineryError as error:
            return [replace(blank, seconds=clock() - begun, trouble=_told(error))]
        seconds = clock() - begun
    if not called:
        return [replace(blank, seconds=seconds, trouble="it said nothing of any benchmark")]
    share = seconds / len({each.benchmark for each in called})
    return [
        replace(
            blank,
            rule=each.rule,
            benchmark=each.benchmark,
            slower=each.slower,
            ratio=each.ratio,
            seconds=share,
        )
        for each in called
    ]


def _told(error: MachineryError) -> str:
    """The sentence with no more than the names of files: rows are kept, and shown to others."""
    return _FOLDERS.sub("", str(error))


def _tell(cell: Cell, rows: Sequence[Row], seconds: float) -> None:
    beside = "beside the load" if cell.loaded else "alone"
    slower = sum(row.slower is True for row in rows)
    said = rows[0].trouble or f"{slower} of {len(rows)} verdicts slower"
    print(f"{cell.peer:<17} {cell.scenario:<10} {beside:<15} {seconds:6.1f} s  {said}", flush=True)
