"""Load runs and curves as readers see them; foreign texts become no markup."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from perfproof.record import Interval, TargetVerdict, Verdict
from perfproof.report.curve import CurvePoint, curve_svg
from perfproof.report.load import RatioLine, RungLine, ratio_lines, rung_line


def points() -> list[CurvePoint]:
    return [
        CurvePoint(rate=100, seconds=0.01, low=0.009, high=0.012, verdict=TargetVerdict.MET),
        CurvePoint(rate=400, seconds=0.5, low=0.3, high=0.9, verdict=TargetVerdict.MISSED),
    ]


def test_a_curve_is_one_drawing_with_a_point_a_rate_and_its_target() -> None:
    drawn = ET.fromstring(curve_svg(points(), target_seconds=0.1, title="99 % of <b>requests</b>"))
    circles = drawn.findall(".//{*}circle")
    assert len(circles) == 2
    # More requests a second lie to the right, more seconds above.
    assert float(circles[0].attrib["cx"]) < float(circles[1].attrib["cx"])
    assert float(circles[0].attrib["cy"]) > float(circles[1].attrib["cy"])
    texts = [each.text for each in drawn.findall(".//{*}text")]
    assert "target 100 ms" in texts
    assert "99 % of <b>requests</b>" in texts
    assert not drawn.findall(".//{*}b")


def test_a_single_rate_can_be_drawn() -> None:
    assert ET.fromstring(curve_svg(points()[:1], target_seconds=0.1, title="one")).tag


def test_a_rate_shows_its_interval_or_why_there_is_none() -> None:
    figure = Interval(0.02, 0.019, 0.022, 0.99, 900)
    met = rung_line(RungLine(rate=1200, verdict=TargetVerdict.MET, figure=figure, most_seconds=0.1))
    assert "20.0 ms [19.0, 22.0]  met" in met.plain
    without = rung_line(
        RungLine(rate=1200, verdict=None, figure=None, most_seconds=0.1, reason="no \x1b[31mway")
    )
    assert "\x1b" not in without.plain


def test_an_undecided_ratio_says_what_could_have_been_seen() -> None:
    ratio = Interval(1.05, 0.9, 1.2, 0.99, 6)
    line = RatioLine(quantile=0.99, verdict=Verdict.UNDECIDED, ratio=ratio, detectable=0.3)
    _, shown = ratio_lines([line], rounds=6, names=("main", "working tree"))
    assert "undecided" in shown.plain
    assert "could have seen +30 %" in shown.plain
