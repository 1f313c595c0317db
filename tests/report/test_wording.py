from __future__ import annotations

import pytest

from perfproof.record import Interval, Limit, TargetVerdict, Verdict
from perfproof.report.wording import (
    comparison_sentences,
    labels,
    level_text,
    show_detectable,
    show_figure,
    show_limit,
    show_value,
    tally,
    worst_comparisons,
    worst_targets,
)
from tests.report.shown import comparison, comparisons, target


@pytest.mark.parametrize(
    ("figure", "unit", "shown"),
    [
        (Interval(21.3e-6, 20.9e-6, 21.8e-6, 0.99, 10), "second", "21.3 us [20.9, 21.8] n=10"),
        (Interval(1.5, 0.9, 2.25, 0.99, 3), "second", "1.50 s [0.90, 2.25] n=3"),
        (Interval(0.0, 0.0, 1e-9, 0.99, 3), "second", "0 ns [0, 1] n=3"),
        (Interval(1.021, 1.01, 1.032, 0.99, 9), "ratio", "+2.1 % [+1.0, +3.2] n=9"),
        (Interval(3.2, 2.9, 3.5, 0.99, 9), "ratio", "x 3.2 [2.9, 3.5] n=9"),
        (Interval(0.0, 0.0, 0.000999, 0.99, 5300), "share", "0 % [0, 0.0999] n=5300"),
        (Interval(12.0, 11.0, 13.0, 0.99, 4), "KiB", "12 KiB [11, 13] n=4"),
        (Interval(1e-3, None, None, None, 1), "second", "1.00 ms [not known] n=1"),
        (None, "second", "no figure"),
    ],
)
def test_a_figure_has_unit_interval_and_n(figure: Interval | None, unit: str, shown: str) -> None:
    assert show_figure(figure, unit) == shown


@pytest.mark.parametrize(
    ("limit", "unit", "shown"),
    [
        (Limit("<", 1e-5), "second", "< 10 us"),
        (Limit("<", 1.5e-3), "second", "< 1.5 ms"),
        (Limit("<", 1.25), "ratio", "< +25 %"),
        (Limit("<=", 0.001), "share", "<= 0.1 %"),
        (Limit("==", 4.0), None, "== 4"),
        (None, "second", ""),
    ],
)
def test_a_limit_is_a_round_number(limit: Limit | None, unit: str | None, shown: str) -> None:
    assert show_limit(limit, unit) == shown


def test_what_is_not_known_says_so() -> None:
    assert show_value(None, "second") == "not known"


def test_only_an_undecided_verdict_says_what_could_have_been_seen() -> None:
    assert show_detectable(comparison("a", 1.0, Verdict.SAME)) == ""
    assert show_detectable(comparison("a", 1.0, Verdict.UNDECIDED)) == "4.1 %"
    blind = comparison("a", 1.0, Verdict.UNDECIDED, detectable=None)
    assert show_detectable(blind) == "nothing"


def test_levels_close_to_one_are_not_rounded_to_certainty() -> None:
    sure = Interval(1.0, 0.9, 1.1, 0.99995, 5)
    assert "99.995 %" in level_text([sure])
    assert level_text([Interval(1.0, None, None, None, 1), None]) == ""


def test_the_worst_stands_first() -> None:
    order = [each.benchmark for each in worst_comparisons(comparisons().results)]
    assert order == [f"b.py::{n}" for n in ("slowest", "slow", "doubtful", "fast", "same")]
    met, missed = target("met", 2.0, TargetVerdict.MET), target("m", 1.0, TargetVerdict.MISSED)
    assert worst_targets([met, missed]) == [missed, met]


def test_labels_are_short_where_they_still_tell_rows_apart() -> None:
    assert labels(["a.py::one", "b.py::two"], 20) == ["one", "two"]
    assert labels(["a.py::one", "b.py::one"], 20) == ["a.py::one", "b.py::one"]
    long = ["x" * 40 + "1" + "y" * 40, "x" * 40 + "2" + "y" * 40]
    assert labels(long, 20) == long


def test_a_comparison_tells_the_error_it_allows_and_what_has_no_partner() -> None:
    text = "\n".join(comparison_sentences(comparisons()))
    for part in ("2 slower, 1 undecided, 1 faster, 1 same", "at most 1 %", "Margin 5 %"):
        assert part in text
    assert "Only in head (1): b.py::new" in text
    assert "Only in base (1): b.py::gone" in text


def test_an_empty_tally_is_a_word() -> None:
    assert tally([]) == "none"
