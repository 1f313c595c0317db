"""How duels best use the cores of this machine: tried, shown, and kept for `compare`."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence

import numpy as np
from rich.text import Text

from perfproof.cli.berthing import lanes_in_words
from perfproof.cli.lane_trial import Trial, candidates, try_ways
from perfproof.cli.lanes_found import FILE, found_by_doctor, keep_lanes
from perfproof.cli.printing import show
from perfproof.cli.project import MOST_PAIRS
from perfproof.configuration.settings import Project
from perfproof.judge.duel import Schedule
from perfproof.judge.duel.lane_choice import (
    ERROR,
    FEWEST_PAIRS,
    LEVEL,
    SUITE_SIZE,
    LaneChoice,
    Tried,
    Way,
    WayFigures,
    choose_way,
)
from perfproof.judge.duel.sight import smallest_slowdown
from perfproof.measure.berths import usable_cores
from perfproof.measure.machine import Machine
from perfproof.record.quantity import show_share
from perfproof.report.columns import Cell, Column, lay_out
from perfproof.report.wording import show_interval

__all__ = ["advise_from", "advise_lanes", "choice_lines", "sight_sentences"]

_MARGIN = 0.01
_ALPHA = 0.01
_BUDGETS_SECONDS = (5, 20)
_SCHEDULE = Schedule(MOST_PAIRS)
"""Looks of a duel as `compare` fights it."""
_CLOSER = 60
_COLUMNS = (
    Column("identical code on"),
    Column("pairs", right=True),
    Column("a second", right=True),
    Column("pairs scatter", right=True),
    Column(f"to an error of {show_share(ERROR)}"),
    Column("against 1 lane"),
)


def advise_lanes(project: Project, trial: Trial, machine: Machine) -> None:
    """Try every way there is, print what each is worth, keep the choice."""
    names = candidates(len(usable_cores()))
    if len(names) < 2:
        print("duels: one lane; there is one core, or the system binds no process to one")
        return
    print(f"duels of identical code, in turns on {_listed(names)} ...", flush=True)
    advise_from(project, try_ways(names, trial, random.Random(secrets.randbits(64))), machine)


def advise_from(project: Project, tried: Sequence[Tried], machine: Machine) -> None:
    """Print what each way was worth, keep the choice; nothing where there were too few pairs."""
    choice = choose_way(tried, np.random.default_rng(secrets.randbits(64)))
    if choice is None:
        fewest = min(len(each.pairs) for each in tried)
        print(
            f"{fewest} pairs of a way are too few to choose by, {FEWEST_PAIRS} are wanted:"
            " `perfproof doctor --processes 20` takes its time"
        )
        return
    show(lambda _: choice_lines(choice))
    fingerprint = machine.fingerprint().digest
    keep_lanes(project, found_by_doctor(choice, fingerprint=fingerprint, cores=len(usable_cores())))
    print(f"kept in {FILE} for `perfproof compare`")
    for sentence in sight_sentences(choice.chosen):
        print(sentence)


def choice_lines(choice: LaneChoice) -> Iterator[Text]:
    """The table of ways, and the choice in a sentence."""
    yield from lay_out(_COLUMNS, [_cells(each) for each in choice.figures])
    yield Text(
        f"The time is that of a benchmark in a suite of {SUITE_SIZE}; scatter squared over pairs a"
        f" second decides. In brackets {show_share(LEVEL)}."
    )
    chosen = said(choice.chosen.way)
    if choice.clear:
        yield Text(f"chosen: {chosen}, whose whole interval lies below that of 1 lane")
    else:
        pairs = choice.chosen.pairs
        closer = max(_CLOSER, 2 * pairs)
        yield Text(
            f"chosen: {chosen}; nothing was clearly better in {pairs} pairs"
            f" (`perfproof doctor --processes {closer}` looks closer)"
        )


def sight_sentences(figures: WayFigures) -> Iterator[str]:
    """The smallest slowdowns that duels would call on this machine now."""
    for seconds in _BUDGETS_SECONDS:
        pairs = min(int(seconds / figures.pair_seconds), _SCHEDULE.last)
        seen = smallest_slowdown(
            figures.scatter,
            pairs,
            margin=_MARGIN,
            # Holm's first step: what a benchmark may err in a suite of so many.
            alpha=_ALPHA / SUITE_SIZE,
            schedule=_SCHEDULE,
        )
        what = "no slowdown" if seen is None else f"a slowdown of {show_share(seen)}"
        yield (
            f"a duel could see {what} in {seconds} s a benchmark ({pairs} pairs; margin"
            f" {show_share(_MARGIN)}, error {show_share(_ALPHA)} over {SUITE_SIZE} benchmarks,"
            " found 9 times in 10)"
        )


def said(way: Way) -> str:
    """A way in words."""
    lanes = lanes_in_words("free" if way.name == "free" else str(way.lanes))
    return f"{lanes}, starting beside" if way.beside else lanes


def _cells(figures: WayFigures) -> Sequence[Cell]:
    against = figures.against_usual
    return (
        Cell(said(figures.way)),
        Cell(str(figures.pairs)),
        Cell(f"{figures.pairs_a_second:.2f}"),
        Cell(show_share(figures.scatter)),
        Cell(show_interval(figures.verdict_seconds, "second")),
        Cell("" if against is None else show_interval(against, "ratio")),
    )


def _listed(names: Sequence[str]) -> str:
    *most, last = map(lanes_in_words, names)
    return f"{', '.join(most)} and {last}"
