"""Every verdict of the study as one row of a table: those of live runs, and resampled ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from analysis.study.recipes import Recipe, by_name
from analysis.study.recordings import Recording
from analysis.study.replay import PIECE, VERDICTS, Rounds, Suites, judged, resampled, rounds_of
from analysis.study.retold import retold
from perfproof.judge.duel import Errors, locate_pairs
from perfproof.record.quantity import parse_share

__all__ = ["COLUMNS", "MOST_PAIRS", "errors_after", "live_verdicts", "resampled_verdicts"]

COLUMNS = ["recipe", "how", "loaded", "suite", "benchmark", "first", "told", "pairs", "seconds"]

MOST_PAIRS = 120
"""That the command announces for a run as a user's; the bounds depend on it."""

_ERRORS = Errors()
_POOL = 100


def live_verdicts(recordings: Iterable[Recording]) -> pd.DataFrame:
    """What live runs said: ``first`` of the duel, ``told`` after nulls and confirmation.

    ``seconds`` is infinite where it is undecided.
    """
    rows = [
        (
            recording.segment.recipe,
            "live",
            recording.segment.loaded,
            recording.name,
            each.benchmark,
            each.first.value,
            each.told.value,
            each.pairs,
            each.seconds if each.first.value != "undecided" else np.inf,
        )
        for recording in recordings
        if by_name(recording.segment.recipe).live
        for each in retold(recording)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def resampled_verdicts(
    recordings: Sequence[Recording],
    recipe: Recipe,
    rng: np.random.Generator,
    *,
    suites: int,
    budget_seconds: float,
) -> pd.DataFrame:
    """Suites from the recordings of a recipe, as many quiet as loaded, judged as a live run is.

    There is no confirmation and there are no nulls: ``told`` is ``first``. A benchmark that has no
    verdict after ``budget_seconds`` of its own is undecided.
    """
    frames = [pd.DataFrame([], columns=COLUMNS)]
    for loaded in (False, True):
        usable = _usable(recordings, recipe, loaded=loaded)
        for first in range(0, suites if usable else 0, _POOL):
            count = min(_POOL, suites - first)
            drawn = resampled(usable, rng, suites=count, pairs=MOST_PAIRS)
            frames.append(_frame(drawn, recipe, budget_seconds, loaded=loaded, first=first))
    return pd.concat(frames[1:] or frames, ignore_index=True)


def errors_after(
    recordings: Sequence[Recording],
    recipe: Recipe,
    rng: np.random.Generator,
    *,
    suites: int,
    seconds: Sequence[float],
) -> pd.DataFrame:
    """Log ratio of identical code after so many seconds of a benchmark; the truth is 0.

    Returns:
        Columns ``loaded``, ``benchmark``, ``seconds``, ``pairs`` and ``log_ratio``.
    """
    rows = []
    for loaded in (False, True):
        usable = _usable(recordings, recipe, loaded=loaded)
        if not usable:
            continue
        drawn = resampled(usable, rng, suites=suites, pairs=MOST_PAIRS)
        for limit in seconds:
            for suite, elapsed in enumerate(drawn.seconds):
                pairs = max(1, int(np.searchsorted(elapsed, limit, side="right")))
                found = locate_pairs(drawn.log_ratios[suite, :, :pairs]).location
                rows += [
                    (loaded, name, limit, pairs, value)
                    for name, value in zip(drawn.benchmarks, found, strict=True)
                ]
    return pd.DataFrame(rows, columns=["loaded", "benchmark", "seconds", "pairs", "log_ratio"])


def _usable(recordings: Sequence[Recording], recipe: Recipe, *, loaded: bool) -> list[Rounds]:
    """Whole recordings of the recipe; a benchmark that was lost would break the rounds."""
    mine = (
        rounds_of(each)
        for each in recordings
        if each.segment.recipe == recipe.name and each.segment.loaded == loaded
    )
    return [each for each in mine if len(each.log_ratios) >= PIECE]


def _frame(
    drawn: Suites, recipe: Recipe, budget_seconds: float, *, loaded: bool, first: int
) -> pd.DataFrame:
    suites, family, _ = drawn.log_ratios.shape
    margin = parse_share(recipe.margin)
    said = judged(drawn.log_ratios, margin=margin, last=MOST_PAIRS, errors=_ERRORS)
    seconds = np.take_along_axis(drawn.seconds, said.pairs - 1, axis=1)
    late = (said.verdict == 0) | (seconds > budget_seconds)
    words = np.array(VERDICTS)[np.where(late, 0, said.verdict)]
    names = np.broadcast_to(np.array(drawn.benchmarks), (suites, family))
    suite = np.broadcast_to(first + np.arange(suites)[:, None], (suites, family))
    frame = pd.DataFrame(
        {
            "benchmark": names.ravel(),
            "first": words.ravel(),
            "told": words.ravel(),
            "pairs": said.pairs.ravel(),
            "seconds": np.where(late, np.inf, seconds).ravel(),
            "suite": [f"{number} {'loaded' if loaded else 'quiet'}" for number in suite.ravel()],
        }
    )
    return frame.assign(recipe=recipe.name, how="resampled", loaded=loaded)[COLUMNS]
