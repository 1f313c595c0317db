"""What the judge reaches in the simulated world; not run by the tests.

    python -m tests.judge_duel.study

Prints, for each noise and design (quads a pair, pairs a second), the seconds to a verdict of a
benchmark in a suite of twenty, and the errors. Levels are those before any benchmark has fallen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from perfproof.judge.biweight import FloatArray
from perfproof.judge.duel import FIRST_LOOK, Errors, Levels, Schedule, locate_pairs
from tests.judge_duel import world

NOISES = {"calm": world.CALM, "usual": world.USUAL, "allocating": world.ALLOCATING}
SUITE = 20
POOL = 60_000
BUDGET_SECONDS = 20
MARGIN = 0.01


@dataclass(frozen=True)
class Design:
    quads: int
    pairs_a_second: float

    @property
    def last(self) -> int:
        return int(self.pairs_a_second * BUDGET_SECONDS)


DESIGNS = (Design(20, 4), Design(10, 6), Design(10, 8))


def suite_levels(benchmarks: int = SUITE, errors: Errors | None = None) -> Levels:
    errors = errors or Errors()
    share = errors.alpha / benchmarks
    return Levels(slower=share, faster=share, same=errors.same)


@dataclass(frozen=True)
class Outcomes:
    """Of many duels: pairs at the verdict (more than last where there was none), by verdict."""

    slower: FloatArray
    faster: FloatArray
    same: FloatArray

    @property
    def first(self) -> FloatArray:
        return np.minimum(np.minimum(self.slower, self.faster), self.same)


def judged(paths: FloatArray, margin: float, levels: Levels) -> Outcomes:
    """All duels at once, as ``DuelJudge`` would judge each; shape (duels, pairs)."""
    last = paths.shape[1]
    edge, schedule = float(np.log1p(margin)), Schedule(last)
    bounds = {
        alpha: schedule.critical(alpha) for alpha in (levels.slower, levels.faster, levels.same)
    }
    times = {name: np.full(len(paths), last + 1.0) for name in ("slower", "faster", "same")}
    open_ = np.arange(len(paths))
    for pairs in range(FIRST_LOOK, last + 1):
        located = locate_pairs(paths[open_, :pairs])
        low, high = located.location - edge, located.location + edge
        error = located.error
        said = {
            "slower": low > bounds[levels.slower][pairs] * error,
            "faster": -high > bounds[levels.faster][pairs] * error,
            "same": np.minimum(-low, high) > bounds[levels.same][pairs] * error,
        }
        for name, which in said.items():
            times[name][open_[which]] = pairs
        open_ = open_[~(said["slower"] | said["faster"] | said["same"])]
    return Outcomes(**times)


def drawn(
    rng: np.random.Generator, pool: FloatArray, duels: int, pairs: int, slower: float
) -> FloatArray:
    """Paths resampled from a pool of locations, about a planted ratio."""
    paths: FloatArray = rng.choice(pool, (duels, pairs)) + np.log1p(slower)
    return paths


def lines(duels: int = 4000) -> Iterator[str]:
    for name, noise in NOISES.items():
        for design in DESIGNS:
            rng = np.random.default_rng(20)
            pool = world.locations(rng, noise, POOL, quads=design.quads)
            yield f"{name}, {design.quads} quads, {design.pairs_a_second:g} pairs a second"
            yield from _goals(rng, pool, design, duels)


def _goals(rng: np.random.Generator, pool: FloatArray, design: Design, duels: int) -> Iterator[str]:
    last, levels = design.last, suite_levels()
    for slower in (0.10, 0.05, 0.03, 0.02):
        paths = drawn(rng, pool, duels, last, slower)
        pairs = judged(paths, MARGIN, levels).slower
        yield (
            f"  +{slower:.0%} found {np.mean(pairs <= last):7.2%},"
            f" median {np.median(pairs) / design.pairs_a_second:5.2f} s"
        )
    outcomes = judged(drawn(rng, pool, duels, last, 0.0), MARGIN, levels)
    yield (
        f"  identical: same {np.mean(outcomes.same <= last):7.2%},"
        f" median {np.median(outcomes.same) / design.pairs_a_second:5.2f} s,"
        f" undecided {np.mean(outcomes.first > last):.2%},"
        f" slower {np.sum(outcomes.slower <= last)} of {duels}"
    )
    at_margin = judged(drawn(rng, pool, 10 * duels, last, MARGIN), MARGIN, levels)
    yield (
        f"  at the margin: slower {np.sum(at_margin.slower <= last)},"
        f" same {np.sum(at_margin.same <= last)} of {10 * duels}"
    )
    five = int(5 * design.pairs_a_second)
    location = locate_pairs(drawn(rng, pool, duels, five, 0.0)).location
    rms = float(np.sqrt(np.mean(np.square(location))))
    yield f"  rms error in 5 s: {100 * rms:.3f} points"


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
