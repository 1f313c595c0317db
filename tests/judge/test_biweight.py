"""The robust location against a slow literal one, and against values that should not count."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from perfproof.judge.biweight import FloatArray, biweight


def literal_biweight(values: list[float]) -> float:
    """Beaton and Tukey's estimate, one value at a time."""

    def median(numbers: list[float]) -> float:
        ordered = sorted(numbers)
        half = len(ordered) // 2
        return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2

    centre = median(values)
    scale = max(1.4826 * median([abs(value - centre) for value in values]), 0.002)
    for _ in range(200):
        top = bottom = 0.0
        for value in values:
            distance = (value - centre) / (4.685 * scale)
            if abs(distance) < 1:
                weight = (1 - distance**2) ** 2
                top += weight * value
                bottom += weight
        centre = top / bottom
    return centre


_rows = arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(1, 15)), elements=st.floats(-5, 5)
)


@given(_rows)
def test_agrees_with_the_literal_form(rows: FloatArray) -> None:
    expected = [literal_biweight(row.tolist()) for row in rows]
    assert biweight(rows) == pytest.approx(expected, abs=1e-6)


@given(_rows, st.floats(-3, 3))
def test_moves_with_its_values_and_ignores_their_order(rows: FloatArray, shift: float) -> None:
    found = biweight(rows)
    assert biweight(rows + shift) == pytest.approx(found + shift, abs=1e-6)
    assert biweight(rows[:, ::-1]) == pytest.approx(found, abs=1e-6)


def test_a_minority_far_away_counts_for_nothing() -> None:
    calm = np.full((1, 12), math.log(3e-6)) + 0.01 * np.linspace(-1, 1, 12)
    disturbed = calm.copy()
    disturbed[0, ::3] += math.log(5)
    assert biweight(disturbed)[0] == pytest.approx(biweight(calm)[0], abs=0.01)
    assert disturbed.mean() - calm.mean() > 0.5, "the mean would have moved"


def test_identical_values_are_their_own_location() -> None:
    assert biweight(np.full((2, 5), 1.5)).tolist() == [1.5, 1.5]


def test_is_as_sharp_as_a_mean_on_normal_values() -> None:
    rows = np.random.default_rng(5).normal(size=(20_000, 40))
    efficiency = rows.mean(axis=1).var() / biweight(rows).var()
    assert efficiency == pytest.approx(0.95, abs=0.03)
