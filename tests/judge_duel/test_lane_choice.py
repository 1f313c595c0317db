"""Which way of using the cores is chosen, from planted scatters and speeds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from perfproof.errors import UseError
from perfproof.judge.duel import locate_pairs
from perfproof.judge.duel.lane_choice import (
    ERROR,
    FEWEST_PAIRS,
    LEVEL,
    SUITE_SIZE,
    LaneChoice,
    Tried,
    TriedPair,
    Way,
    choose_way,
)

ONE = Way("1", 1, beside=True)
TWO = Way("2", 2, beside=False)
FREE = Way("free", 1, beside=False)
BENCHMARKS = 6


def planted(
    way: Way,
    rng: np.random.Generator,
    *,
    scatter: float = 0.015,
    visit: float = 0.2,
    pairs: int = 40,
) -> Tried:
    """Normal pairs of a known scatter, of fixed length; benchmarks differ by a factor of four."""
    scales = scatter * np.geomspace(0.5, 2, BENCHMARKS)
    values = scales * rng.standard_normal((pairs, BENCHMARKS))
    return Tried(way, tuple(TriedPair(tuple(row), visit, 0.0) for row in values.tolist()))


def with_a_second_beside(tried: Tried) -> Tried:
    return Tried(tried.way, tuple(replace(each, other_seconds=1.0) for each in tried.pairs))


def chosen(*tried: Tried, seed: int = 1) -> LaneChoice:
    choice = choose_way(tried, np.random.default_rng(seed))
    assert choice is not None
    return choice


def test_a_lane_that_scatters_twice_as_much_loses_although_it_is_half_as_fast_again() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        usual = planted(ONE, rng)
        # Two lanes whose visits take four thirds of the time: 1.5 times the pairs a second.
        choice = chosen(usual, planted(TWO, rng, scatter=0.03, visit=0.2 * 4 / 3))
        one, two = choice.figures
        assert two.verdict_seconds.estimate > 1.5 * one.verdict_seconds.estimate
        assert choice.chosen.way == ONE
        assert not choice.clear


def test_lanes_that_scatter_alike_and_are_twice_as_fast_win() -> None:
    wins = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        choice = chosen(planted(ONE, rng), planted(TWO, rng), planted(FREE, rng, visit=0.3))
        wins += choice.chosen.way == TWO
        if choice.clear:
            against = choice.chosen.against_usual
            assert against is not None
            assert against.high is not None
            assert against.high < 1
    assert wins >= 9


def test_the_best_of_those_that_are_clearly_better_is_chosen() -> None:
    rng = np.random.default_rng(5)
    four, eight = Way("4", 4, beside=False), Way("8", 8, beside=False)
    choice = chosen(planted(ONE, rng), planted(eight, rng), planted(four, rng))
    assert choice.chosen.way == eight


def test_identical_ways_are_seldom_told_apart() -> None:
    told = 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        choice = chosen(planted(ONE, rng, pairs=15), planted(FREE, rng, pairs=15), seed=seed)
        told += choice.clear
    # One in ten by the level of the interval; five standard errors beyond that.
    assert told <= 50 * (1 - LEVEL) / 2 + 11


def test_the_seconds_are_scatter_squared_over_the_rate_of_a_suite() -> None:
    rng = np.random.default_rng(2)
    one, two = (with_a_second_beside(planted(way, rng)) for way in (ONE, TWO))
    figures = chosen(one, two).figures
    for tried, figure in zip((one, two), figures, strict=True):
        values = np.array([pair.log_ratios for pair in tried.pairs])
        scatters = [
            float(locate_pairs(row[None, :]).error[0]) * math.sqrt(len(values)) for row in values.T
        ]
        scatter = math.prod(scatters) ** (1 / BENCHMARKS)
        assert figure.scatter == pytest.approx(scatter)
        # What is beside the visits costs a lane only where nothing starts beside it.
        cycle = 0.2 * SUITE_SIZE + (0 if tried.way.beside else 1.0)
        seconds = (scatter / ERROR) ** 2 * cycle / SUITE_SIZE / tried.way.lanes
        assert figure.verdict_seconds.estimate == pytest.approx(seconds)
        assert figure.pair_seconds == pytest.approx(cycle / SUITE_SIZE / tried.way.lanes)
    # Little: two under way in either, each for 6 * 0.2 + 1.0 seconds.
    assert [each.pairs_a_second for each in figures] == pytest.approx([2 / 2.2, 2 / 2.2])


def test_the_interval_holds_the_true_ratio_as_often_as_it_says() -> None:
    held = 0
    for seed in range(50):
        rng = np.random.default_rng(1000 + seed)
        against = chosen(planted(ONE, rng), planted(TWO, rng), seed=seed).figures[1].against_usual
        assert against is not None
        assert against.low is not None
        assert against.high is not None
        held += against.low < 0.5 < against.high
    assert held >= 50 * LEVEL - 14


def test_too_few_pairs_choose_nothing() -> None:
    rng = np.random.default_rng(3)
    few = planted(TWO, rng, pairs=FEWEST_PAIRS - 1)
    assert choose_way([planted(ONE, rng), few], rng) is None
    with pytest.raises(UseError, match="no way of using the cores was tried"):
        choose_way([], rng)
