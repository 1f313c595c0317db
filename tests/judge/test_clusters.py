"""Quantiles of values that suffer together: intervals that know it, and ones that do not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from perfproof.errors import UseError
from perfproof.judge.clusters import clustered_lowest, clustered_quantile
from perfproof.judge.quantiles import TooFewValuesError, quantile_interval

GROUPS, EACH = 60, 10
NUMBERS = [number for number in range(GROUPS) for _ in range(EACH)]


def crowds(chance: np.random.Generator, own: float) -> list[float]:
    """Sixty rounds of ten, whose round has a scatter ``own`` times that of its members."""
    together = chance.normal(0, own, size=(GROUPS, 1))
    drawn: list[float] = np.exp(together + chance.normal(0, 1, (GROUPS, EACH))).ravel().tolist()
    return drawn


@pytest.mark.parametrize("quantile", [0.5, 0.9])
def test_holds_the_planted_quantile_where_taking_values_as_independent_does_not(
    quantile: float,
) -> None:
    chance, runs, level = np.random.default_rng(6), 400, 0.95
    truth = math.exp(math.sqrt(2) * norm.ppf(quantile))
    inside = plainly = 0
    for _ in range(runs):
        values = crowds(chance, 1.0)
        found = clustered_quantile(values, NUMBERS, quantile, level=level)
        plain = quantile_interval(values, quantile, level=level)
        inside += (found.low or 0) <= truth <= (found.high or 0)
        plainly += (plain.low or 0) <= truth <= (plain.high or 0)
    assert inside >= binom.ppf(1e-3, runs, level)
    assert plainly <= binom.ppf(1 - 1e-3, runs, 0.85) < binom.ppf(1e-3, runs, level)


def test_what_is_independent_costs_little_more_than_without_groups() -> None:
    values = crowds(np.random.default_rng(7), 0.0)
    found = clustered_quantile(values, NUMBERS, 0.9, level=0.95)
    plain = quantile_interval(values, 0.9, level=0.95)
    assert found.estimate == plain.estimate
    assert found.low is not None
    assert found.high is not None
    assert plain.low is not None
    assert plain.high is not None
    assert 0.9 < (found.high - found.low) / (plain.high - plain.low) < 1.8


@given(st.lists(st.floats(0, 1), min_size=150, max_size=300), st.integers(2, 20))
def test_the_names_of_groups_and_the_order_of_values_do_not_matter(
    values: list[float], count: int
) -> None:
    groups = [number % count for number in range(len(values))]
    renamed = [7 * each - 3 for each in reversed(groups)]
    one = clustered_lowest(values, groups, 0.9, level=0.95)
    assert one == clustered_lowest(values[::-1], renamed, 0.9, level=0.95)


def test_a_round_in_ten_that_is_late_altogether_weighs_as_one_value() -> None:
    values = [0.5 if number % 10 == 0 else 0.001 for number in NUMBERS]
    with pytest.raises(TooFewValuesError) as caught:
        clustered_quantile(values, NUMBERS, 0.95, level=0.95)
    assert caught.value.needed > GROUPS * EACH
    # All of them late is seen all the same.
    assert clustered_lowest([0.5] * GROUPS * EACH, NUMBERS, 0.95, level=0.95) == 0.5


@pytest.mark.parametrize("groups", [[1] * 100, [1, 2]])
def test_groups_that_tell_nothing_are_refused(groups: list[int]) -> None:
    with pytest.raises(UseError, match=r"one group|2 groups"):
        clustered_quantile([1.0] * 100, groups, 0.5, level=0.95)
