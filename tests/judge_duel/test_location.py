"""Where head over base lies, against slow literal versions and under transformations."""

import math
import statistics
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from perfproof.judge.biweight import biweight
from perfproof.judge.duel import locate_pairs, pair_location
from perfproof.judge.duel.location import SCATTER_FLOOR, trimmed_each_end
from tests.judge_duel import world
from tests.judge_duel.pooled import pooled_location

ratios = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=45)


def literal(values: list[float]) -> tuple[float, float]:
    """Tukey and McLaughlin's location and error, word by word."""
    count = len(values)
    cut = 0 if count < 10 else (count - 1) // 7
    ordered = sorted(values)
    kept = ordered[cut : count - cut]
    winsorised = [kept[0]] * cut + kept + [kept[-1]] * cut
    scatter = max(statistics.stdev(winsorised), SCATTER_FLOOR)
    squares = scatter**2 * (count - 1)
    return statistics.fmean(kept), math.sqrt(squares / (len(kept) * (len(kept) - 1)))


@given(ratios)
def test_location_and_error_are_the_literal_ones(values: list[float]) -> None:
    located = locate_pairs(np.array([values]))
    assert (located.location[0], located.error[0]) == pytest.approx(literal(values), abs=1e-12)
    assert located.df == len(values) - 2 * trimmed_each_end(len(values)) - 1


def test_it_is_scipys_trimmed_mean_and_students_t() -> None:
    rng = np.random.default_rng(1)
    many, few = rng.normal(size=(1, 37)), rng.normal(size=(1, 9))
    assert locate_pairs(many).location[0] == pytest.approx(
        stats.trim_mean(many[0], trimmed_each_end(37) / 37)
    )
    located = locate_pairs(few)
    assert located.location[0] / located.error[0] == pytest.approx(
        stats.ttest_1samp(few[0], 0).statistic
    )


@given(ratios, st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_changes_nothing(values: list[float], shuffle: object) -> None:
    other = list(values)
    shuffle.shuffle(other)  # type: ignore[attr-defined]
    first, second = locate_pairs(np.array([values])), locate_pairs(np.array([other]))
    assert first.location == second.location
    assert first.error == second.error


@given(ratios)
def test_the_negative_lies_at_the_negative(values: list[float]) -> None:
    row = np.array([values])
    there, back = locate_pairs(row), locate_pairs(-row)
    assert back.location == pytest.approx(-there.location, abs=1e-15)
    assert back.error == pytest.approx(there.error, rel=1e-9)


@given(ratios, st.floats(-0.3, 0.3))
def test_a_shift_of_all_shifts_the_location_alone(values: list[float], shift: float) -> None:
    there, moved = (locate_pairs(np.array([values]) + by) for by in (0.0, shift))
    assert moved.location == pytest.approx(there.location + shift, abs=1e-12)
    assert moved.error == pytest.approx(there.error, rel=1e-9)


def test_equal_values_are_not_certainty() -> None:
    located = locate_pairs(np.full((1, 4), 0.1))
    assert located.error[0] == pytest.approx(SCATTER_FLOOR / 2)


def test_one_pair_has_a_location_and_no_error() -> None:
    located = locate_pairs(np.array([[0.1]]))
    assert located.location[0] == 0.1
    assert np.isnan(located.error[0])


@given(st.integers(0, 10_000), st.floats(-0.1, 0.1))
@settings(max_examples=15, deadline=None)
def test_a_planted_slowdown_moves_a_pair_by_just_that(seed: int, slower: float) -> None:
    there, moved = (
        world.pair(np.random.default_rng(seed), world.USUAL, slower=by) for by in (0.0, slower)
    )
    # Whole nanoseconds of 3 ms.
    assert pair_location(moved) == pytest.approx(pair_location(there) + slower, abs=1e-5)
    assert pair_location(moved.swapped()) == pytest.approx(-pair_location(moved), abs=1e-12)


def test_pairs_as_handed_over_scatter_as_those_of_the_fast_simulation() -> None:
    rng = np.random.default_rng(3)
    handed = np.array([pair_location(world.pair(rng, world.USUAL)) for _ in range(400)])
    simulated = world.locations(rng, world.USUAL, 4000)
    widths = [stats.iqr(values) for values in (handed, simulated)]
    assert widths[0] == pytest.approx(widths[1], rel=0.2)


def test_the_simulated_world_scatters_as_the_field_does() -> None:
    rng = np.random.default_rng(4)
    rows = world.ratio_rows(rng, world.CALM, 2000)
    scatter = stats.median_abs_deviation(rows, axis=1, scale="normal")
    assert 0.025 < np.median(scatter) < 0.05
    for noise, low, high in ((world.CALM, 0.006, 0.009), (world.ALLOCATING, 0.011, 0.016)):
        pairs = world.locations(rng, noise, 4000)
        assert low < stats.median_abs_deviation(pairs, scale="normal") < high


def test_trimming_beats_the_mean_and_is_no_worse_than_pooling() -> None:
    rng = np.random.default_rng(5)
    rows = np.stack([world.ratio_rows(rng, world.USUAL, 20) for _ in range(150)])
    locations = biweight(rows.reshape(-1, rows.shape[2])).reshape(150, 20)
    trimmed = np.std(locate_pairs(locations).location)
    assert trimmed < 0.9 * np.std(locations.mean(axis=1))
    assert trimmed < 1.1 * np.std([pooled_location(duel).location for duel in rows])


def test_a_look_at_eighty_pairs_takes_far_less_than_five_milliseconds() -> None:
    rng = np.random.default_rng(6)
    values, pair = rng.normal(size=(1, 80)), world.pair(rng, world.USUAL)
    spent = []
    for _ in range(20):
        start = time.perf_counter()
        pair_location(pair)
        locate_pairs(values)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.003
