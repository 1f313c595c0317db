"""From the recordings to every figure of the study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.study.counting import Count
from analysis.study.goals import GOALS, Goal, met
from analysis.study.planted import true_ratios
from analysis.study.recipes import RECIPES, by_name
from analysis.study.recordings import Recording, read_recordings
from analysis.study.retold import disagreements, retold
from analysis.study.truth import TRUTH
from analysis.study.verdicts import MOST_PAIRS, errors_after, live_verdicts, resampled_verdicts

__all__ = ["ERROR_SECONDS", "Held", "Study", "held", "judge", "rms_points", "tally"]

ERROR_SECONDS = (1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0)
_BUDGET_SECONDS = {"grown_1": 30.0}
_USUAL_BUDGET_SECONDS = 20.0


@dataclass(frozen=True)
class Study:
    """All figures; see ``verdicts`` for the columns.

    Attributes:
        verdicts: Live and resampled, of the study's project.
        own: Live, of this repository's own suite.
        errors: Error of the ratio of identical code after so many seconds.
        fifty: Jobs of fifty tests: ``loaded``, ``wall_seconds``, ``slower``, ``undecided``.
        truth: The planted growth as measured for itself; empty when it was not.
        recorded: Segments, minutes and pairs by recipe and load.
        notes: What did not go as it should; sentences, best none.
    """

    verdicts: pd.DataFrame
    own: pd.DataFrame
    errors: pd.DataFrame
    fifty: pd.DataFrame
    truth: pd.DataFrame
    recorded: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """A goal and what was seen, by how it was counted."""

    goal: Goal
    counts: dict[str, Count]
    medians: dict[str, float]

    @property
    def met(self) -> str:
        """In words."""
        return met(self.goal, self.counts, self.medians)


def judge(folder: Path, *, suites: int, seed: int = 1) -> Study:
    """Everything, with so many resampled suites for each recipe and load."""
    recordings, failed = read_recordings(folder)
    rng = np.random.default_rng(seed)
    project = [each for each in recordings if each.segment.recipe in {r.name for r in RECIPES}]
    frames = [live_verdicts(project)]
    for recipe in RECIPES:
        if not recipe.live:
            seconds = _BUDGET_SECONDS.get(recipe.scenario, _USUAL_BUDGET_SECONDS)
            frames.append(
                resampled_verdicts(project, recipe, rng, suites=suites, budget_seconds=seconds)
            )
    identical = by_name("identical-fixed")
    return Study(
        verdicts=pd.concat([each for each in frames if len(each)] or frames[:1], ignore_index=True),
        own=live_verdicts(each for each in recordings if each.segment.recipe == "own-suite"),
        errors=errors_after(project, identical, rng, suites=suites, seconds=ERROR_SECONDS),
        fifty=_fifty(recordings),
        truth=true_ratios(folder / TRUTH),
        recorded=_recorded(recordings),
        notes=tuple(_notes(recordings, failed)),
    )


def held(study: Study, *, loaded: bool | None = None) -> list[Held]:
    """Every goal with its counts, of all verdicts or of those with or without the load."""
    return [
        Held(
            goal,
            {how: tally(study.verdicts, goal, how, loaded=loaded)[0] for how in _HOWS},
            {how: tally(study.verdicts, goal, how, loaded=loaded)[1] for how in _HOWS},
        )
        for goal in GOALS
    ]


_HOWS = ("live", "resampled")


def tally(
    verdicts: pd.DataFrame, goal: Goal, how: str, *, loaded: bool | None = None
) -> tuple[Count, float]:
    """How many have the goal's verdict, and the median of the seconds to it.

    A verdict that never came counts as one that takes for ever; NaN when there is none at all.
    """
    mine = verdicts[
        verdicts.recipe.str.startswith(f"{goal.scenario}-")
        & (verdicts.how == how)
        & (True if loaded is None else verdicts.loaded == loaded)
    ]
    said = mine.told == goal.word
    if goal.whole_suites:
        suites = said.groupby([mine.recipe, mine.suite]).any()
        return Count(int(suites.sum()), len(suites)), np.nan
    seconds = mine.seconds.where(said, np.inf)
    return Count(int(said.sum()), len(mine)), float(seconds.median()) if len(mine) else np.nan


def rms_points(errors: pd.DataFrame, seconds: float, benchmarks: str = "") -> tuple[float, int]:
    """Root mean square error of the ratio in points, and of how many; NaN without any.

    Args:
        errors: Of ``Study``.
        seconds: One of ``ERROR_SECONDS``.
        benchmarks: What the ids hold; a leading ``!`` takes those that do not.
    """
    holds = errors.benchmark.str.contains(benchmarks.removeprefix("!"), regex=False)
    chosen = ~holds if benchmarks.startswith("!") else holds
    mine = errors[(errors.seconds == seconds) & chosen].log_ratio
    points = 100 * np.expm1(mine.to_numpy(dtype=np.float64))
    return (float(np.sqrt(np.mean(points**2))) if len(points) else np.nan), len(points)


def _fifty(recordings: Sequence[Recording]) -> pd.DataFrame:
    rows = []
    for each in recordings:
        if each.segment.recipe == "fifty":
            words = Counter(verdict.told.value for verdict in retold(each))
            row = (each.segment.loaded, each.segment.wall_seconds, words["slower"])
            rows.append((*row, words["undecided"], words.total()))
    return pd.DataFrame(rows, columns=["loaded", "wall_seconds", "slower", "undecided", "tests"])


def _recorded(recordings: Sequence[Recording]) -> pd.DataFrame:
    rows = [
        (each.segment.recipe, each.segment.loaded, each.segment.wall_seconds / 60, each.pairs)
        for each in recordings
    ]
    frame = pd.DataFrame(rows, columns=["recipe", "loaded", "minutes", "pairs"])
    grouped = frame.groupby(["recipe", "loaded"])
    return grouped.agg(
        segments=("pairs", "size"), minutes=("minutes", "sum"), pairs=("pairs", "sum")
    )


def _notes(recordings: Sequence[Recording], failed: Counter[str]) -> list[str]:
    notes = [f"{count} segments of {name} gave no verdicts" for name, count in failed.items()]
    for each in recordings:
        duel = each.session.header.duel
        live = by_name(each.segment.recipe).live
        # What was printed of a fixed number of pairs is not used: only its pairs are.
        notes += disagreements(each, retold(each)) if live else ()
        if live and duel is not None and duel.most_pairs != MOST_PAIRS:
            notes.append(f"{each.name}: {duel.most_pairs} pairs at most, not {MOST_PAIRS}")
        if each.troubles:
            count, first = len(each.troubles), each.troubles[0]
            notes.append(f"{each.name}: {count} troubles, first {first.benchmark}: {first.reason}")
    return notes
