"""JUnit XML of a comparison: what CI systems count, and that no name breaks out of it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st

from perfproof.record import Interval, MemoryComparison, MemoryVerdict, Trouble, Verdict
from perfproof.report.junit import Case, comparison_cases, junit_xml
from perfproof.report.visible import visible
from tests.report.shown import HOSTILE, comparison, comparisons

LARGER = MemoryComparison(
    benchmark="b.py::same",
    ratio=Interval(1.4, 1.3, 1.5, 0.99, 8),
    margin=0.05,
    verdict=MemoryVerdict.LARGER,
    detectable=None,
    base_bytes=50 * 2**20,
    head_bytes=70 * 2**20,
    pairs=8,
)
TROUBLES = (
    Trouble(benchmark="b.py::raises", process=3, kind="failed", reason="boom", side="head"),
    Trouble(benchmark="b.py::left_out", process=0, kind="skipped", reason="no gpu"),
    Trouble(benchmark=None, process=0, kind="worker", reason="died", side="base"),
)


def read(xml: bytes) -> ET.Element:
    (suite,) = ET.fromstring(xml)
    return suite


def test_every_verdict_and_every_trouble_is_one_case_that_counts_as_it_should() -> None:
    told = comparisons()
    suite = read(junit_xml("head against base", comparison_cases(told, TROUBLES), seconds=61.5))
    endings = {each.get("name"): [child.tag for child in each] for each in suite}
    assert endings == {
        "same": ["system-out"],
        "fast": ["system-out"],
        "doubtful": ["skipped"],
        "slow": ["failure"],
        "slowest": ["failure"],
        "raises": ["error"],
        "left_out": ["skipped"],
        "end of the suite": ["error"],
    }
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "8",
        "failures": "2",
        "errors": "2",
        "skipped": "2",
        "time": "61.500",
    }
    assert {each.get("classname") for each in suite} == {"b.py", "end of the suite"}


def test_a_failure_says_by_how_much_and_how_sure() -> None:
    (case,) = comparison_cases(comparisons(comparison("b.py::slow", 1.3, Verdict.SLOWER)), ())
    (line,) = read(junit_xml("t", [case]))
    failure = line.find("failure")
    assert failure is not None
    assert failure.get("type") == "slower"
    assert failure.get("message") == "slower: +30.0 % [+27.4, +32.6], from 10.0 us to 13.0 us"


def test_an_undecided_one_says_what_could_have_been_seen() -> None:
    doubtful = comparison("b.py::doubtful", 1.04, Verdict.UNDECIDED, detectable=0.07)
    (case,) = comparison_cases(comparisons(doubtful), ())
    (line,) = read(junit_xml("t", [case]))
    skipped = line.find("skipped")
    assert skipped is not None
    assert "could have seen" in str(skipped.get("message"))


def test_peak_memory_is_a_case_of_its_own() -> None:
    told = comparisons(comparison("b.py::same", 1.0, Verdict.SAME))
    told = type(told)(base="a", head="b", alpha=0.01, results=told.results, memory=(LARGER,))
    time, peak = read(junit_xml("t", comparison_cases(told, ())))
    assert (time.get("name"), peak.get("name")) == ("same", "same (peak memory)")
    assert [each.tag for each in peak] == ["failure"]


def test_cpu_time_of_a_program_is_a_case_of_its_own() -> None:
    told = comparisons(comparison("command::x", 1.0, Verdict.SAME))
    cpu = (comparison("command::x", 1.5, Verdict.SLOWER),)
    told = type(told)(base="a", head="b", alpha=0.01, results=told.results, cpu=cpu)
    time, used = read(junit_xml("t", comparison_cases(told, ())))
    assert (time.get("name"), used.get("name")) == ("x", "x (CPU time)")
    assert ([each.tag for each in time], [each.tag for each in used]) == (
        ["system-out"],
        ["failure"],
    )


@given(st.text(max_size=60))
@example(HOSTILE)
@example("]]> <a/> \x0b \ud800")
def test_no_text_becomes_markup(text: str) -> None:
    case = Case(benchmark=f"{text}::{text}", ending="failure", word="slower", said=text)
    (line,) = read(junit_xml(text, [case]))
    where, _, name = f"{text}::{text}".partition("::")
    assert (line.get("classname"), line.get("name")) == (visible(where), visible(name))
    assert [each.tag for each in line] == ["failure"]
    assert line[0].get("message") == f"slower: {visible(text)}"
