"""A comparison as JUnit XML, which CI systems show beside the results of tests.

There is no standard; what Jenkins, GitLab and the usual actions read in common is used: a case a
benchmark, ``failure`` for a verdict that fails the job, ``error`` for a benchmark that gave no
figure, ``skipped`` for what is undecided, as it neither passed nor failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

from perfproof.record import (
    Comparison,
    Comparisons,
    MemoryComparison,
    MemoryVerdict,
    Trouble,
    Verdict,
)
from perfproof.report.memory import memory_cells, memory_sees
from perfproof.report.visible import visible
from perfproof.report.wording import show_detectable, show_interval, show_value

__all__ = ["Case", "comparison_cases", "junit_xml"]

Ending = Literal["passed", "failure", "error", "skipped"]
_TIMES: dict[Verdict, Ending] = {
    Verdict.SLOWER: "failure",
    Verdict.FASTER: "passed",
    Verdict.SAME: "passed",
    Verdict.UNDECIDED: "skipped",
}
_PEAKS: dict[MemoryVerdict, Ending] = {
    MemoryVerdict.LARGER: "failure",
    MemoryVerdict.SMALLER: "passed",
    MemoryVerdict.SAME: "passed",
    MemoryVerdict.UNDECIDED: "skipped",
}
_SUITE_END = "end of the suite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the report.

    Attributes:
        benchmark: Id; what stands before its ``::`` becomes the class.
        about: What of it, where that is not its time.
        ending: How it counts.
        word: The verdict, or the kind of trouble.
        said: The figures, or what went wrong.
    """

    benchmark: str
    about: str = ""
    ending: Ending
    word: str
    said: str

    @property
    def key(self) -> tuple[str, str]:
        """What it is about."""
        return self.benchmark, self.about


def comparison_cases(comparisons: Comparisons, troubles: Iterable[Trouble]) -> list[Case]:
    """Every time, CPU time, peak and trouble of a comparison, in that order."""
    return [
        *(_of_time(each) for each in comparisons.results),
        *(_of_time(each, about="CPU time") for each in comparisons.cpu),
        *(_of_memory(each) for each in comparisons.memory),
        *(_of_trouble(each) for each in troubles),
    ]


def junit_xml(title: str, cases: Sequence[Case], *, seconds: float | None = None) -> bytes:
    """The report as a UTF-8 file with one suite.

    Args:
        title: Name of the suite.
        cases: What it holds.
        seconds: Wall time of the whole job, where that is known.
    """
    counted = {
        "tests": str(len(cases)),
        **{
            name: str(sum(each.ending == ending for each in cases))
            for name, ending in (
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            )
        },
        **({} if seconds is None else {"time": f"{seconds:.3f}"}),
    }
    root = ET.Element("testsuites", {"name": "perfproof", **counted})
    suite = ET.SubElement(root, "testsuite", {"name": visible(title), **counted})
    for case in cases:
        _add(suite, case)
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _add(suite: ET.Element, case: Case) -> None:
    where, parted, name = case.benchmark.partition("::")
    about = f" ({case.about})" if case.about else ""
    place = {"classname": visible(where), "name": visible(name if parted else where) + about}
    line = ET.SubElement(suite, "testcase", place)
    said = visible(case.said)
    if case.ending == "passed":
        ET.SubElement(line, "system-out").text = f"{case.word}: {said}"
        return
    kind = {} if case.ending == "skipped" else {"type": case.word}
    ET.SubElement(line, case.ending, {**kind, "message": f"{case.word}: {said}"})


def _of_time(result: Comparison, *, about: str = "") -> Case:
    seconds = (show_value(each, "second") for each in (result.base_seconds, result.head_seconds))
    said = f"{show_interval(result.ratio, 'ratio')}, from {' to '.join(seconds)}"
    return Case(
        benchmark=result.benchmark,
        about=about,
        ending=_TIMES[result.verdict],
        word=result.verdict.value,
        said=_with(said, show_detectable(result), result.reason),
    )


def _of_memory(result: MemoryComparison) -> Case:
    base, head, ratio, _ = memory_cells(result)
    return Case(
        benchmark=result.benchmark,
        about="peak memory",
        ending=_PEAKS[result.verdict],
        word=result.verdict.value,
        said=_with(f"{ratio}, from {base} to {head}", memory_sees(result), result.reason),
    )


def _with(said: str, seen: str, reason: str | None) -> str:
    sees = f"; could have seen {seen}" if seen else ""
    return said + sees + (f"; {reason}" if reason else "")


def _of_trouble(trouble: Trouble) -> Case:
    side = f" on the {trouble.side}" if trouble.side else ""
    return Case(
        benchmark=trouble.benchmark or _SUITE_END,
        ending="skipped" if trouble.kind == "skipped" else "error",
        word=trouble.kind + side,
        said=trouble.reason,
    )
