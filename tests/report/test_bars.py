from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perfproof.record import Interval, Limit
from perfproof.report.bars import bar, scale_for

positive = st.floats(1e-9, 1e3)


@given(positive, positive, positive)
def test_whatever_is_drawn_lies_inside_the_drawing(a: float, b: float, limit: float) -> None:
    low, high = sorted((a, b))
    figure = Interval((low + high) / 2, low, high, 0.99, 5)
    scale = scale_for(figure, Limit("<", limit), "second")
    for value in (low, high, figure.estimate, limit):
        assert 0 < scale.percent(value) < 100


@given(positive, positive)
def test_more_stands_further_right(a: float, b: float) -> None:
    assume(a < b)
    scale = scale_for(Interval(a, a, b, 0.99, 5), None, "second")
    assert scale.percent(a) <= scale.percent(b)


def test_an_axis_is_logarithmic_where_limit_and_figure_lie_far_apart() -> None:
    near, far = Interval(1e-3, 9e-4, 1.1e-3, 0.99, 5), Interval(1e-7, 9e-8, 1.1e-7, 0.99, 5)
    assert not scale_for(near, Limit("<", 2e-3), "second").log
    assert scale_for(far, Limit("<", 2e-3), "second").log


def test_a_rate_of_nothing_has_an_axis() -> None:
    scale = scale_for(Interval(0.0, 0.0, 0.0, 0.99, 5), None, "share")
    assert scale.percent(0.0) == 0.0


@pytest.mark.parametrize("relation", ["<", "<=", ">", ">=", "=="])
@pytest.mark.parametrize("unit", ["second", "ratio", "share", None])
def test_a_bar_is_well_formed_and_says_itself_in_words(relation: str, unit: str | None) -> None:
    figure = Interval(0.5, 0.4, 0.6, 0.99, 7)
    drawn = bar(figure, Limit(relation, 0.9), unit, "passed")  # type: ignore[arg-type]
    root = ET.fromstring(drawn)
    assert "n=7" in root.attrib["aria-label"]
    assert "limit" in root.attrib["aria-label"]
    assert root.attrib["role"] == "img"


def test_what_is_allowed_lies_on_the_limits_own_side() -> None:
    figure = Interval(0.5, 0.4, 0.6, 0.99, 7)
    under = ET.fromstring(bar(figure, Limit("<", 0.9), "share", "passed")).find("rect")
    over = ET.fromstring(bar(figure, Limit(">", 0.1), "share", "passed")).find("rect")
    assert under is not None
    assert over is not None
    assert under.attrib["x"] == "0.00%"
    assert over.attrib["x"] != "0.00%"


def test_without_interval_and_limit_the_figure_stands_alone() -> None:
    root = ET.fromstring(bar(Interval(1.0, None, None, None, 1), None, "second", "error"))
    assert [each.tag for each in root] == ["line", "circle"]
