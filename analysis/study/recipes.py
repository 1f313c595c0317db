"""What the hour is spent on: one line a kind of segment."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BENCHMARKS", "FIFTY", "OWN", "RECIPES", "Recipe", "by_name"]

BENCHMARKS = 20
"""Of the study's project: ten workloads in two sizes."""

_SECONDS_A_ROUND = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One way to call the command line.

    Attributes:
        name: Unique; with it the recordings are found again.
        scenario: Tag that is held against the base.
        margin: As the user writes it.
        share: Of the recording's time, 0 to 1.
        pairs: Exactly so many pairs of every benchmark, no confirmation; ``None`` for a run as a
            user's, which stops when it is sure.
        budget_seconds: For all duels of a run as a user's; ``None`` leaves it to the command.
        lanes: Cores that are measured on at once.
    """

    name: str
    scenario: str
    margin: str = "1 %"
    share: float = 0.0
    pairs: int | None = None
    budget_seconds: float | None = None
    lanes: int = 1

    @property
    def live(self) -> bool:
        """Whether the verdicts are those that a user would have got."""
        return self.pairs is None

    def words(self) -> list[str]:
        """Arguments of perfproof."""
        words = ["compare", "base", self.scenario, "--margin", self.margin, "--quiet"]
        words += ["--lanes", str(self.lanes)]
        if self.pairs is not None:
            # Bounded too: a machine that has become far too slow ends the segment, with a trace.
            bound = ["--budget", f"{_SECONDS_A_ROUND * self.pairs:g}s"]
            return [*words, "--pairs", str(self.pairs), *bound, "--no-confirm"]
        if self.budget_seconds is not None:
            words += ["--budget", f"{self.budget_seconds:g}s"]
        return words

    @property
    def most_seconds(self) -> float:
        """After which a segment hangs: twice what it may take, and the start."""
        duels = self.budget_seconds or _SECONDS_A_ROUND * (self.pairs or 20)
        return 2 * duels + 300


def _fixed(scenario: str, share: float, pairs: int, margin: str = "1 %") -> Recipe:
    name = f"{scenario}-fixed"
    return Recipe(name=name, scenario=scenario, share=share, pairs=pairs, margin=margin)


def _live(scenario: str, share: float, margin: str = "1 %", seconds: float = 20.0) -> Recipe:
    return Recipe(
        name=f"{scenario}-live",
        scenario=scenario,
        margin=margin,
        share=share,
        budget_seconds=seconds * BENCHMARKS,
    )


RECIPES = (
    _fixed("identical", 0.25, 20),
    _live("identical", 0.20),
    _fixed("unrelated", 0.15, 20),
    _fixed("grown_2", 0.06, 20),
    _live("grown_2", 0.06),
    _fixed("grown_3", 0.04, 12),
    _live("grown_3", 0.04),
    _fixed("grown_5", 0.02, 12),
    _live("grown_5", 0.02),
    _fixed("grown_10", 0.015, 12),
    _live("grown_10", 0.015),
    _fixed("grown_1", 0.13, 20, margin="0.3 %"),
)
"""Where a fixed number of pairs is recorded, verdicts are replayed and resampled afterwards;
where a verdict stops the run, the pairs that there are were chosen by it, and are not resampled."""

FIFTY = Recipe(name="fifty", scenario="identical", margin="2 %", share=1.0, lanes=2)
"""The whole job of fifty tests on both cores, judged by its wall seconds."""

OWN = Recipe(name="own-suite", scenario="identical", share=1.0, budget_seconds=600, lanes=2)
"""This repository's own benchmarks."""


def by_name(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        KeyError: There is none.
    """
    return {each.name: each for each in (*RECIPES, FIFTY, OWN)}[name]
