"""Empirical Bayes finds planted priors, and does not make few variances certain."""

import numpy as np
import pytest
from scipy.special import digamma, polygamma

from perfproof.judge.biweight import FloatArray
from perfproof.judge.moderation import moderate


def variances(
    rng: np.random.Generator, *, count: int, df: float, prior_df: float, prior: float
) -> FloatArray:
    """Smyth's model: true variances scaled inverse chi-squared, seen with ``df`` degrees."""
    true = prior * prior_df / rng.chisquare(prior_df, size=count)
    drawn: FloatArray = true * rng.chisquare(df, size=count) / df
    return drawn


def test_finds_the_planted_prior() -> None:
    drawn = variances(np.random.default_rng(1), count=20_000, df=4, prior_df=8, prior=0.002)
    found = moderate(drawn, 4)
    assert found.prior_df == pytest.approx(8, rel=0.15)
    assert found.prior_variance == pytest.approx(0.002, rel=0.05)
    assert found.df == pytest.approx(found.prior_df + 4)


def test_moderates_as_smyth_writes_it() -> None:
    drawn = variances(np.random.default_rng(2), count=50, df=3, prior_df=4, prior=1.0)
    found = moderate(drawn, 3)
    expected = (found.prior_df * found.prior_variance + 3 * drawn) / (found.prior_df + 3)
    assert found.variance == pytest.approx(expected)
    logs = np.log(drawn) - digamma(1.5) + np.log(1.5)
    assert polygamma(1, found.prior_df / 2) == pytest.approx(logs.var(ddof=1) - polygamma(1, 1.5))


def test_variances_that_differ_by_chance_alone_become_one() -> None:
    rng = np.random.default_rng(3)
    drawn = 0.01 * rng.chisquare(4, size=2000) / 4
    found = moderate(drawn, 4)
    assert found.variance.std() < 0.1 * drawn.std()
    assert found.variance.mean() == pytest.approx(0.01, rel=0.1)


def test_no_variance_is_credited_with_more_than_all_have_together() -> None:
    found = moderate(np.full(5, 0.01) * np.linspace(0.99, 1.01, 5), 2)
    assert found.df == 10


def test_a_suite_without_scatter_is_taken_as_it_is() -> None:
    found = moderate(np.zeros(12), 3)
    assert (found.variance.tolist(), found.df) == ([0.0] * 12, 3)


def test_a_single_zero_does_not_break_the_fit() -> None:
    found = moderate(np.array([0.0, *np.linspace(0.5, 2, 20)]), 3)
    assert np.isfinite(found.variance).all()


def test_moderated_errors_hold_where_plain_ones_are_wasteful() -> None:
    rng = np.random.default_rng(4)
    drawn = variances(rng, count=5000, df=2, prior_df=10, prior=1.0)
    found = moderate(drawn, 2)
    assert np.log(found.variance).std() < 0.5 * np.log(drawn).std()
