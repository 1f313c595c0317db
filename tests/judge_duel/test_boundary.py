"""The bounds keep their errors: normal pairs of unknown variance, few and many, and worse pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perfproof.errors import UseError
from perfproof.judge.biweight import FloatArray
from perfproof.judge.duel import FIRST_LOOK, LAST_LOOK, Schedule
from perfproof.judge.duel.location import degrees_of_freedom
from tests.judge_duel import world
from tests.judge_duel.crossing import Chance, ever_exceeds, weighted_error
from tests.judge_duel.pooled import pooled_block_alarms, unspent_alarms

ALPHAS = st.floats(-11, -1).map(lambda digits: 10**digits)


def at_most(count: int, trials: int, chance: float) -> bool:
    """Whether a count is one that the chance would give, but for one time in a thousand."""
    return bool(count <= stats.binom.isf(0.001, trials, chance))


def crossed(paths: FloatArray, alpha: float) -> int:
    return int(ever_exceeds(paths, Schedule(paths.shape[1]).critical(alpha)).sum())


# Pairs scatter by 100 here, so that the floor of the scatter plays no part.
@pytest.mark.parametrize(("alpha", "last"), [(0.01, 24), (0.05, 80)])
def test_plain_simulation_finds_the_error_that_was_asked(alpha: float, last: int) -> None:
    paths = 100 * np.random.default_rng(1).standard_normal((12_000, last))
    found = crossed(paths, alpha)
    assert at_most(found, len(paths), alpha)
    assert found > 0.75 * alpha * len(paths)


@pytest.mark.parametrize(
    ("alpha", "last"),
    [(1e-2, 8), (1e-3, 8), (1e-6, 8), (1e-2, 24), (5e-4, 24), (1e-4, 24), (1e-6, 24), (5e-4, 80)],
)
def test_weighted_simulation_finds_errors_down_to_one_in_a_million(alpha: float, last: int) -> None:
    chance: Chance = weighted_error(Schedule(last).critical(alpha), draws=12_000, seed=17)
    assert chance.error < 0.15 * alpha
    assert chance.estimate < 1.05 * alpha + 3 * chance.error
    assert chance.estimate > 0.7 * alpha - 3 * chance.error


def test_the_weighted_simulation_agrees_with_the_plain_one() -> None:
    bounds = Schedule(24).critical(0.02)
    paths = 100 * np.random.default_rng(3).standard_normal((12_000, 24))
    chance = weighted_error(bounds, draws=12_000, seed=18)
    plain = float(ever_exceeds(paths, bounds).mean())
    assert plain == pytest.approx(chance.estimate, abs=4 * np.sqrt(0.02 / 12_000))


def test_the_weighted_simulation_is_exact_for_a_single_look() -> None:
    bounds = np.full(13, np.inf)
    bounds[8] = stats.t.isf(1e-6, 7)
    chance = weighted_error(bounds, draws=20_000, seed=19)
    assert chance.estimate == pytest.approx(1e-6, abs=4 * chance.error)
    assert chance.error < 0.05e-6


@pytest.mark.parametrize("law", ["student 3", "contaminated", "double exponential"])
def test_heavy_tailed_pairs_err_no_more_than_normal_ones(law: str) -> None:
    rng = np.random.default_rng(4)
    shape = (12_000, 40)
    paths = {
        "student 3": lambda: rng.standard_t(3, shape),
        "contaminated": lambda: rng.normal(size=shape) * np.where(rng.random(shape) < 0.05, 8, 1),
        "double exponential": lambda: rng.laplace(size=shape),
    }[law]()
    assert at_most(crossed(100 * paths, 0.01), len(paths), 0.01)


@pytest.mark.parametrize("noise", [world.CALM, world.USUAL, world.ALLOCATING])
def test_pairs_of_the_simulated_world_err_no_more(noise: world.Noise) -> None:
    rng = np.random.default_rng(5)
    pool = world.locations(rng, noise, 8000)
    assert at_most(crossed(rng.choice(pool, (12_000, 40)), 0.01), 12_000, 0.01)


def test_pairs_in_two_layouts_a_side_err_by_less_than_half_more() -> None:
    rng = np.random.default_rng(6)
    shape = (12_000, 24)
    layouts = 0.03 * (rng.integers(2, size=shape) - rng.integers(2, size=shape))
    paths = layouts + 0.007 * rng.normal(size=shape)
    assert at_most(crossed(paths, 0.01), len(paths), 0.015)


def test_a_judge_that_takes_blocks_for_replicates_is_caught() -> None:
    rng = np.random.default_rng(7)
    rows = np.stack([world.ratio_rows(rng, world.USUAL, 12) for _ in range(400)])
    alarmed = int(pooled_block_alarms(rows, Schedule(12).critical(0.01)).sum())
    assert not at_most(alarmed, len(rows), 0.01)
    assert alarmed > 5 * 0.01 * len(rows)


def test_a_judge_that_looks_without_spending_is_caught() -> None:
    paths = 100 * np.random.default_rng(8).standard_normal((4000, 24))
    alarmed = int(unspent_alarms(paths, 0.01).sum())
    assert not at_most(alarmed, len(paths), 0.01)
    assert alarmed > 3 * 0.01 * len(paths)


@given(ALPHAS, st.integers(FIRST_LOOK, LAST_LOOK))
def test_a_smaller_error_wants_more_at_every_look(alpha: float, last: int) -> None:
    schedule = Schedule(last)
    stricter, laxer = schedule.critical(alpha / 2), schedule.critical(alpha)
    assert np.all(stricter[FIRST_LOOK:] > laxer[FIRST_LOOK:])
    assert np.all(np.isinf(laxer[:FIRST_LOOK]))


@given(ALPHAS, st.integers(FIRST_LOOK, LAST_LOOK), st.integers(FIRST_LOOK, LAST_LOOK))
def test_the_p_value_at_the_bound_is_its_error(alpha: float, pairs: int, last: int) -> None:
    schedule = Schedule(max(pairs, last))
    bound = float(schedule.critical(alpha)[pairs])
    reached = schedule.alpha_reached(bound, pairs)
    assert reached == pytest.approx(alpha, rel=1e-6)
    assert schedule.alpha_reached(1.01 * bound, pairs) < reached


@given(ALPHAS, st.integers(FIRST_LOOK, LAST_LOOK))
def test_no_look_alone_spends_more_than_all(alpha: float, last: int) -> None:
    bounds = Schedule(last).critical(alpha)
    for pairs in range(FIRST_LOOK, last + 1, 7):
        assert stats.t.sf(bounds[pairs], degrees_of_freedom(pairs)) <= alpha * (1 + 1e-9)


def test_looks_outside_the_schedule_say_nothing() -> None:
    schedule = Schedule(10)
    assert schedule.alpha_reached(1e9, 3) == 1
    assert schedule.alpha_reached(1e9, 11) == 1


@pytest.mark.parametrize("last", [3, 401])
def test_a_schedule_that_was_not_simulated_is_refused(last: int) -> None:
    with pytest.raises(UseError, match="pairs at most"):
        Schedule(last)
