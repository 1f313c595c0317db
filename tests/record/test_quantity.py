"""Quantities are read and shown as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfproof.record.quantity import (
    parse_seconds,
    parse_share,
    show_ratio,
    show_seconds,
    show_share,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0.5 ms", 5e-4),
        ("3ms", 3e-3),
        ("60s", 60),
        ("2 min", 120),
        ("120 ns", 1.2e-7),
        ("1e3 us", 1e-3),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "ms", "-1 ms", "0 s", "5 parsecs", "1 2 s", "nan s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_seconds(text)


@pytest.mark.parametrize("text", ["5", "5 ms", "percent", "-5 %"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a percentage"):
        parse_share(text)


@given(st.floats(1e-9, 900))
def test_a_shown_duration_reads_back_within_its_digits(seconds: float) -> None:
    assert parse_seconds(show_seconds(seconds)) == pytest.approx(seconds, rel=6e-3)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (show_seconds(0.0009999), "1.000 ms"),
        (show_seconds(None), "not known"),
        (show_seconds(1.234e-6), "1.23 us"),
        (show_ratio(1.021), "+2.1 %"),
        (show_ratio(0.5), "-50.0 %"),
        (show_ratio(30.0), "x 30"),
        (show_share(0.005), "0.5 %"),
    ],
)
def test_figures_are_shown_with_sign_and_unit(shown: str, text: str) -> None:
    assert shown == text
