"""Failure rates against scipy's exact interval, and against planted rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from perfproof.errors import UseError
from perfproof.judge import failure_rate


@given(st.integers(1, 500), st.data(), st.floats(0.5, 0.999))
def test_agrees_with_scipys_exact_interval(trials: int, data: st.DataObject, level: float) -> None:
    failures = data.draw(st.integers(0, trials))
    found = failure_rate(failures, trials, level=level)
    expected = binomtest(failures, trials).proportion_ci(level, method="exact")
    assert found.low == pytest.approx(expected.low, abs=1e-9)
    assert found.high == pytest.approx(expected.high, abs=1e-9)
    assert found.estimate == failures / trials


@pytest.mark.parametrize("rate", [0.001, 0.05, 0.5])
def test_holds_the_planted_rate_at_least_as_often_as_it_says(rate: float) -> None:
    drawn = np.random.default_rng(1).binomial(50, rate, size=4000)
    known = {int(k): failure_rate(int(k), 50, level=0.95) for k in np.unique(drawn)}
    inside = [(known[int(k)].low or 0.0) <= rate <= (known[int(k)].high or 0.0) for k in drawn]
    assert sum(inside) >= binom.ppf(1e-4, 4000, 0.95)


def test_no_failure_in_few_trials_is_no_proof_of_reliability() -> None:
    found = failure_rate(0, 20, level=0.95)
    assert (found.estimate, found.low, found.n) == (0.0, 0.0, 20)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 20))


@pytest.mark.parametrize(("failures", "trials"), [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_rate_is_refused(failures: int, trials: int) -> None:
    with pytest.raises(UseError, match="is no rate"):
        failure_rate(failures, trials, level=0.95)


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(UseError, match="between 0 and 1"):
        failure_rate(1, 5, level=95)
