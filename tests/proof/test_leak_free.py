"""The check ``leak_free``: what a report of leaks means for a proof."""

from __future__ import annotations

import sys

import msgspec
import pytest

from perfproof.proof import Command, Doors, Ending, Finding
from perfproof.proof.kinds.leak_free import LeakFreeClaim
from perfproof.proof.prove import examine
from perfproof.record import (
    Frame,
    Interval,
    Leak,
    LeakReport,
    LeakResult,
    LeakVerdict,
    Outcome,
)
from tests.proof.planted import case, common, doors

FREE = LeakResult(benchmark="a", verdict=LeakVerdict.FREE, operations=9000, visible_every=200)
LEAKING = LeakResult(
    benchmark="b",
    verdict=LeakVerdict.LEAK,
    operations=9000,
    leaks=(
        Leak(
            kept="memory",
            verdict=LeakVerdict.LEAK,
            stack=(Frame(file="shop.py", line=7, function="sell"),),
            objects=Interval(0.01, 0.01, 0.01, 0.99, 8),
            size=Interval(0.64, 0.6, 0.7, 0.99, 8),
        ),
    ),
)
SLOW = LeakResult(benchmark="c", verdict=LeakVerdict.UNDECIDED, reason="too few rounds")


def claim(**keys: object) -> LeakFreeClaim:
    table = common(kind="leak_free", benchmarks=("benchmarks/test_a.py",))
    return msgspec.convert(table | keys, LeakFreeClaim)


def found(report: LeakReport, status: int = 0) -> Finding:
    ending = Ending(status=status, output=msgspec.json.encode(report).decode(), errors="")
    return examine(claim(), case(through=doors(ending=ending)))


@pytest.mark.parametrize(
    ("report", "outcome", "said"),
    [
        (LeakReport(results=(FREE,)), Outcome.PASSED, "9,000 operations"),
        (LeakReport(results=(FREE, LEAKING)), Outcome.FAILED, "shop.py:7 in sell"),
        (LeakReport(results=(FREE, SLOW)), Outcome.UNDECIDED, "too few rounds"),
        (LeakReport(results=(FREE,), troubles=("d: it died",)), Outcome.ERROR, "it died"),
        (LeakReport(), Outcome.ERROR, "nothing was looked at"),
        (LeakReport(skipped="no server"), Outcome.SKIPPED, "no server"),
    ],
)
def test_it_passes_only_when_all_were_looked_at_and_none_leaks(
    report: LeakReport, outcome: Outcome, said: str
) -> None:
    finding = found(report, status=1 if outcome is Outcome.FAILED else 0)
    assert finding.outcome is outcome
    assert said in finding.reason


def test_a_leak_is_shown_with_its_rate() -> None:
    finding = found(LeakReport(results=(LEAKING,)), status=1)
    assert finding.figure == Interval(0.64, 0.6, 0.7, 0.99, 8)
    assert finding.unit == "bytes an operation"


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (Ending(status=2, output="", errors="perfproof: no memray."), "no memray"),
        (Ending(status=0, output="all good\n", errors=""), "no report of leaks"),
        (Ending(status=1, output="", errors="quiet"), "printed nothing"),
        (Ending(status=None, output="", errors=""), "longer than 120 s"),
    ],
)
def test_a_command_that_reports_nothing_is_an_error_and_never_a_pass(
    ending: Ending, said: str
) -> None:
    finding = examine(claim(), case(through=doors(ending=ending)))
    assert finding.outcome is Outcome.ERROR
    assert said in finding.reason


def test_it_asks_perfproof_for_the_benchmarks_or_runs_its_own_command() -> None:
    asked: list[tuple[str, ...]] = []

    def run(command: Command) -> Ending:
        asked.append(command.arguments)
        return Ending(
            status=0, output=msgspec.json.encode(LeakReport(results=(FREE,))).decode(), errors=""
        )

    door = Doors(
        root=doors().root,
        run_command=run,
        find_baseline=doors().find_baseline,
        now=doors().now,
    )
    examine(claim(), case(through=door))
    examine(claim(benchmarks=(), command=("{python}", "-m", "mine")), case(through=door))
    assert asked[0][:4] == (sys.executable, "-m", "perfproof", "leaks")
    assert asked[0][-1] == "benchmarks/test_a.py"
    assert asked[1] == (sys.executable, "-m", "mine")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"benchmarks": ()}, "one of them"),
        ({"command": ("x",)}, "one of them"),
        ({"benchmarks": ("--jobs",)}, "no options"),
        ({"benchmarks": ("",)}, "empty"),
        ({"timeout": "soon"}, "not a duration"),
    ],
)
def test_keys_that_could_not_be_meant_are_refused(keys: dict[str, object], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        claim(**keys)
