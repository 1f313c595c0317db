from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import msgspec
import pytest

from perfproof.record import Verdict
from perfproof.report.drawings import NO_GROUP, forests, panels
from perfproof.report.plots import draw_all, draw_forest, draw_strips
from tests.report.shown import HOSTILE, comparison, comparisons, figures, session


def ids(drawn: str) -> list[str]:
    return [e.attrib["id"] for e in ET.fromstring(drawn).iter() if "id" in e.attrib]


def test_every_process_is_a_dot() -> None:
    measured = session(5, processes=6)
    (panel,), left_out = panels(measured, figures(measured))
    strips = [strip for _, group in panel.groups for strip in group]
    assert left_out == 0
    assert [len(strip.offsets) for strip in strips] == [6] * 5
    drawn = draw_strips(panel, "p-")
    dots = [e for e in ET.fromstring(drawn).iter("use") if "tick" not in e.attrib["href"]]
    assert len(dots) >= 30


def test_a_planted_outlier_lies_where_it_was_planted() -> None:
    measured = session(1, processes=5)
    (strip,) = panels(measured, {})[0][0].groups[0][1]
    slow = msgspec.structs.replace(
        measured.samples[0], block_ns=tuple(2 * each for each in measured.samples[0].block_ns)
    )
    planted = msgspec.structs.replace(measured, samples=(slow, *measured.samples[1:]))
    (moved,) = panels(planted, {})[0][0].groups[0][1]
    assert max(strip.offsets) < 0.3
    assert max(moved.offsets) > 0.7
    assert strip.low is None


def test_groups_stand_together_and_what_has_none_comes_last() -> None:
    drawn, _ = panels(session(30), {})
    names = [name for panel in drawn for name, _ in panel.groups]
    assert names == ["group 0", "group 1", "group 2", "group 3", "group 4", NO_GROUP]


def test_many_benchmarks_become_few_drawings_and_what_is_left_out_is_counted() -> None:
    drawn, left_out = panels(session(450, processes=2), {})
    assert left_out == 50
    assert max(panel.rows for panel in drawn) <= 41
    assert sum(len(strips) for panel in drawn for _, strips in panel.groups) == 400


def test_very_many_processes_are_thinned_and_keep_their_ends() -> None:
    measured = session(400, processes=30)
    strip = panels(measured, {})[0][0].groups[0][1][0]
    middles = sorted(
        sorted(s.seconds)[5] for s in measured.samples_of("benchmarks/test_it.py::test_1[1]")
    )
    assert len(strip.offsets) == 20
    assert strip.offsets[-1] - strip.offsets[0] > 0.5 * (middles[-1] / middles[0] - 1)


def test_ratios_stand_worst_first_and_on_a_logarithmic_axis() -> None:
    (forest,), left_out = forests(comparisons())
    assert left_out == 0
    assert [row.label for row in forest.rows] == ["slowest", "slow", "doubtful", "fast", "same"]
    assert forest.rows[0].middle == pytest.approx(math.log(3))


def test_an_unknown_interval_is_drawn_as_a_mark_alone() -> None:
    blind = comparison("b.py::one", 1.1, Verdict.UNDECIDED)
    alone = msgspec.structs.replace(
        blind, ratio=msgspec.structs.replace(blind.ratio, low=None, high=None, level=None)
    )
    (forest,), _ = forests(comparisons(alone))
    assert forest.rows[0].low is None
    assert "<svg" in draw_forest(forest, "f-")


def test_ids_of_two_drawings_never_meet_and_are_the_same_every_time() -> None:
    (forest,), _ = forests(comparisons())
    first, second = draw_all([forest, forest], "c-")
    assert not set(ids(first)) & set(ids(second))
    assert len(ids(first)) == len(set(ids(first)))
    assert draw_all([forest, forest], "c-") == [first, second]


def test_every_reference_inside_a_drawing_is_answered() -> None:
    drawn, _ = panels(session(9), {})
    svg = draw_strips(drawn[0], "p-")
    wanted = set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#([^)]+)\)", svg))
    assert wanted
    assert wanted <= set(ids(svg))


def test_colours_are_those_of_the_page() -> None:
    (forest,), _ = forests(comparisons())
    svg = draw_forest(forest, "f-")
    assert "var(--failed)" in svg
    assert "var(--undecided)" in svg
    assert not re.search(r"#0[0-9a]0[0-9a]0[0-9a]", svg)


@pytest.mark.parametrize("name", [HOSTILE, "$x^{$", "日本語 🙂", "a" * 3000, "\\frac{"])
def test_a_hostile_name_is_text_in_a_drawing(name: str) -> None:
    measured = session(1, name=name.replace("{", "(").replace("}", ")"))
    drawn, _ = panels(measured, figures(measured))
    root = ET.fromstring(draw_strips(drawn[0], "p-"))
    assert {e.tag for e in root.iter()} <= {
        "svg",
        "g",
        "path",
        "use",
        "defs",
        "text",
        "clipPath",
        "rect",
    }


def test_long_names_that_nothing_tells_apart_leave_room_for_the_data() -> None:
    measured = session(2, name="a" * 90 + "{n}" + "b" * 90)
    drawn, _ = panels(measured, {})
    assert "<svg" in draw_strips(drawn[0], "p-")


def test_nothing_of_a_drawing_points_outside() -> None:
    (forest,), _ = forests(comparisons())
    assert not re.search(r"(?<!xmlns=\")http", draw_forest(forest, "f-").replace("xmlns:", ""))
