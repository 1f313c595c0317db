"""Quantile intervals against scipy's binomial, against planted quantiles, and by property."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from perfproof.errors import UseError
from perfproof.judge.quantiles import (
    TooFewValuesError,
    quantile_interval,
    quantile_ranks,
    values_needed,
)

QUANTILES = st.floats(0.02, 0.98)
LEVELS = st.floats(0.5, 0.999)


@given(QUANTILES, LEVELS, st.integers(0, 2000))
def test_ranks_are_the_tightest_that_the_binomial_allows(
    quantile: float, level: float, more: int
) -> None:
    values = values_needed(quantile, level=level) + more
    tail = (1 - level) / 2
    below = binom(values, quantile)
    ranks = quantile_ranks(values, quantile, level=level)
    assert 1 <= ranks.low <= ranks.middle <= ranks.high <= values
    # Each side misses with at most its half; one rank further inside it would miss more often.
    assert below.cdf(ranks.low - 1) <= tail + 1e-12
    assert below.sf(ranks.high - 1) <= tail + 1e-12
    if ranks.low < ranks.middle:
        assert below.cdf(ranks.low) > tail - 1e-12
    if ranks.high > ranks.middle:
        assert below.sf(ranks.high - 2) > tail - 1e-12


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_holds_the_planted_quantile_at_least_as_often_as_it_says(quantile: float) -> None:
    drawn = np.random.default_rng(7).lognormal(size=(3000, 600))
    truth = float(np.exp(_normal_quantile(quantile)))
    found = [quantile_interval(row, quantile, level=0.95) for row in drawn]
    inside = sum((each.low or 0) <= truth <= (each.high or 0) for each in found)
    assert inside >= binom.ppf(1e-4, 3000, 0.95)


def test_holds_the_planted_quantile_also_of_values_in_steps() -> None:
    drawn = np.random.default_rng(8).integers(1, 7, size=(2000, 200))  # dice
    found = [quantile_interval(row.tolist(), 0.5, level=0.95) for row in drawn]
    assert sum((each.low or 0) <= 3 <= (each.high or 0) for each in found) >= 1900


def _normal_quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


@given(QUANTILES, LEVELS)
def test_the_number_needed_is_the_smallest_that_will_do(quantile: float, level: float) -> None:
    needed = values_needed(quantile, level=level)
    quantile_ranks(needed, quantile, level=level)
    if needed > 1:
        with pytest.raises(TooFewValuesError, match=f"it takes {needed} values"):
            quantile_ranks(needed - 1, quantile, level=level)


def test_a_p99_of_a_hundred_requests_is_refused_with_the_number_that_it_takes() -> None:
    with pytest.raises(TooFewValuesError) as caught:
        quantile_interval([1.0] * 100, 0.99, level=0.99)
    # The largest of n values is under the quantile with chance 0.99^n; that must be 0.5 %.
    assert caught.value.needed == 528
    assert 0.99**528 <= 0.005 < 0.99**527


@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=60), st.randoms())
def test_the_order_of_the_values_plays_no_part(values: list[float], chance: object) -> None:
    shuffled = list(values)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert quantile_interval(values, 0.5, level=0.9) == quantile_interval(shuffled, 0.5, level=0.9)


@given(st.lists(st.floats(-1e6, 1e6), min_size=21, max_size=61).filter(lambda v: len(v) % 2 == 1))
def test_turned_upside_down_the_median_and_its_ends_change_places(values: list[float]) -> None:
    found = quantile_interval(values, 0.5, level=0.9)
    turned = quantile_interval([-each for each in values], 0.5, level=0.9)
    assert found.low is not None
    assert found.high is not None
    assert (turned.estimate, turned.low, turned.high) == (
        -found.estimate,
        -found.high,
        -found.low,
    )


@pytest.mark.parametrize(("quantile", "level"), [(0.0, 0.9), (1.0, 0.9), (0.5, 1.0), (95, 0.9)])
def test_what_is_no_share_is_refused(quantile: float, level: float) -> None:
    with pytest.raises(UseError, match="between 0 and 1"):
        quantile_interval([1.0] * 100, quantile, level=level)


def test_a_value_that_is_not_finite_is_refused() -> None:
    with pytest.raises(UseError, match="not finite"):
        quantile_interval([1.0] * 50 + [float("nan")], 0.5, level=0.9)
