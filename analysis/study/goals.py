"""What the study must show, and whether a figure does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.study.counting import Count

__all__ = ["GOALS", "Goal", "met"]

Word = Literal["slower", "same", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A share of verdicts, and how soon.

    Attributes:
        what: For the reader.
        scenario: Whose verdicts.
        word: The verdict that is counted.
        at_most: Largest share; or
        at_least: Smallest share.
        median_seconds: Most seconds of half of the counted verdicts; ``None`` when nothing is said.
        whole_suites: Count suites with any such verdict.
    """

    what: str
    scenario: str
    word: Word
    at_most: float | None = None
    at_least: float | None = None
    median_seconds: float | None = None
    whole_suites: bool = False

    def __str__(self) -> str:
        shares = []
        if self.at_most is not None:
            shares.append(f"<= {_share(self.at_most)}")
        if self.at_least is not None:
            shares.append(f">= {_share(self.at_least)}")
        if self.median_seconds is not None:
            shares.append(f"median <= {self.median_seconds:g} s")
        return ", ".join(shares)


GOALS = (
    Goal(
        what="identical code called slower, single verdicts",
        scenario="identical",
        word="slower",
        at_most=0.001,
    ),
    Goal(
        what="called slower after an unrelated edit",
        scenario="unrelated",
        word="slower",
        at_most=0.01,
    ),
    Goal(
        what="suite of 20 of identical code with any slower",
        scenario="identical",
        word="slower",
        at_most=0.01,
        whole_suites=True,
    ),
    *(
        Goal(
            what=f"planted +{percent} % called slower",
            scenario=f"grown_{percent}",
            word="slower",
            at_least=share,
            median_seconds=seconds,
        )
        for percent, share, seconds in ((10, 0.999, 1), (5, 0.999, 2), (3, 0.99, 3), (2, 0.95, 8))
    ),
    Goal(
        what="planted +1 % called slower at margin 0.3 %, within 30 s",
        scenario="grown_1",
        word="slower",
        at_least=0.90,
    ),
    Goal(
        what="identical code called same",
        scenario="identical",
        word="same",
        at_least=0.95,
        median_seconds=6,
    ),
    Goal(
        what="identical code undecided at 20 s",
        scenario="identical",
        word="undecided",
        at_most=0.02,
    ),
)


def met(goal: Goal, counts: dict[str, Count], medians: dict[str, float]) -> str:
    """In words: of each way of counting that has trials, and what intervals leave open.

    Args:
        goal: The goal.
        counts: By how they were counted, as in ``live`` and ``resampled``.
        medians: Seconds, by the same.
    """
    known = {how: count for how, count in counts.items() if count.trials}
    if not known:
        return "not measured"
    missed = [
        how
        for how, count in known.items()
        if not _holds(goal, count.hits / count.trials) or not _soon(goal, medians[how])
    ]
    if missed:
        return "not met" if len(missed) == len(known) else f"not met ({', '.join(missed)})"
    largest = max(known.values(), key=lambda count: count.trials)
    if all(_holds(goal, end) for end in largest.interval):
        return "met"
    return "met, though its interval reaches beyond"


def _holds(goal: Goal, share: float) -> bool:
    at_most = goal.at_most is None or share <= goal.at_most
    return at_most and (goal.at_least is None or share >= goal.at_least)


def _soon(goal: Goal, seconds: float) -> bool:
    return goal.median_seconds is None or seconds <= goal.median_seconds


def _share(share: float) -> str:
    return f"{100 * share:g} %"
