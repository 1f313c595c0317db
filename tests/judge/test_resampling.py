"""Resampling of processes, against one that is done literally."""

import numpy as np
import pytest

from perfproof.judge.resampling import DRAWS, Resampling, across, order_weights


def interquartile_mean(values: list[float]) -> float:
    cut = len(values) // 4
    kept = sorted(values)[cut : len(values) - cut]
    return sum(kept) / len(kept)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 10, 13])
def test_the_location_is_the_interquartile_mean(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    found = across(values, np.zeros(count, dtype=np.int64), 1).location[0]
    assert found == pytest.approx(interquartile_mean(values.tolist()))
    assert order_weights(count).sum() == pytest.approx(1)


@pytest.mark.parametrize("count", [2, 3, 5, 10, 20])
def test_the_error_is_that_of_a_literal_bootstrap(count: int) -> None:
    values = np.sort(np.random.default_rng(count).normal(size=count))
    draws = (np.random.default_rng(9).random((DRAWS, count)) * count).astype(int)
    means = [interquartile_mean([values[i] for i in draw]) for draw in draws.tolist()]
    expected = np.std(means) * np.sqrt(count / (count - 1))
    found = Resampling(np.random.default_rng(9), count).errors(values[None, :])[0]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("count", [2, 3])
def test_the_error_of_a_mean_is_the_textbooks(count: int) -> None:
    values = np.sort(np.random.default_rng(3).normal(size=(1, count)))
    found = Resampling(np.random.default_rng(0), count).errors(values)[0]
    assert found == pytest.approx(values.std(ddof=1) / np.sqrt(count), rel=0.08)


def test_benchmarks_of_different_counts_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(2)
    owner = np.array([0] * 3 + [2] * 10 + [3] * 1, dtype=np.int64)
    values = rng.normal(size=len(owner))
    shuffled = rng.permutation(len(owner))
    found = across(values[shuffled], owner[shuffled], 4, Resampling(np.random.default_rng(0), 10))
    assert found.processes.tolist() == [3, 0, 10, 1]
    assert np.isnan(found.location).tolist() == [False, True, False, False]
    assert np.isnan(found.error).tolist() == [False, True, False, True]
    alone = across(
        values[3:13], np.zeros(10, dtype=np.int64), 1, Resampling(np.random.default_rng(0), 10)
    )
    assert found.error[2] == pytest.approx(alone.error[0])


def test_the_error_is_not_lost_in_a_large_location() -> None:
    values = np.sort(np.random.default_rng(4).normal(size=(1, 10))) * 1e-6
    near, far = (
        Resampling(np.random.default_rng(0), 10).errors(values + shift)[0] for shift in (0.0, 20.0)
    )
    assert far == pytest.approx(near, rel=1e-3)
