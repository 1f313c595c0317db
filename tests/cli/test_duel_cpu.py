"""CPU time of programs in a duel's file: judged, confirmed, held by nulls; planted truths."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from perfproof.cli.duel_outcome import verdict_of
from perfproof.cli.retelling import fought_in, retold
from perfproof.errors import ExitCode
from perfproof.record import Comparisons, Session, Verdict
from perfproof.report import comparison_lines, print_lines
from perfproof.report.markdown import comparison_markdown
from tests.cli.duelled import pairs, session

EIGHT = range(8)
AGAIN = range(20, 28)
NULLS = range(10, 14)


def by_cpu(told: Comparisons) -> dict[str, Verdict]:
    return {each.benchmark: each.verdict for each in told.cpu}


def exit_code(measured: Session, *, strict: bool = False) -> ExitCode:
    return verdict_of(retold(measured), failed=fought_in(measured).failed, strict=strict)


@pytest.mark.parametrize(
    ("cpu", "verdict", "code"),
    [
        (1.5, Verdict.SLOWER, ExitCode.CHECK_FAILED),
        (0.6, Verdict.FASTER, ExitCode.PASS),
        (1.01, Verdict.SAME, ExitCode.PASS),
        (1.1, Verdict.UNDECIDED, ExitCode.UNDECIDED),
    ],
)
def test_cpu_time_has_four_verdicts_while_the_time_is_the_same(
    cpu: float, verdict: Verdict, code: ExitCode
) -> None:
    measured = session(pairs("a", EIGHT, cpu=cpu), programs=("a",))
    told = retold(measured)
    assert [each.verdict for each in told.results] == [Verdict.SAME]
    assert by_cpu(told) == {"a": verdict}
    assert told.cpu[0].base_seconds == pytest.approx(0.0002, rel=0.01)
    assert told.cpu[0].head_seconds == pytest.approx(0.0002 * cpu, rel=0.01)
    assert exit_code(measured, strict=True) is code


def test_what_runs_in_our_own_process_and_files_from_before_have_no_cpu_row() -> None:
    own = session(pairs("a", EIGHT, cpu=1.5))
    assert retold(own).cpu == ()
    assert exit_code(own) is ExitCode.PASS
    assert retold(session(pairs("a", EIGHT), programs=("a",))).cpu == ()


def test_cpu_times_make_the_family_of_time_larger() -> None:
    alone = session(pairs("a", EIGHT, slower=1.5), pairs("b", EIGHT, cpu=1.0))
    with_cpu = session(pairs("a", EIGHT, slower=1.5), pairs("b", EIGHT, cpu=1.0), programs=("b",))
    levels = [
        [each.ratio.level for each in retold(measured).results if each.benchmark == "a"]
        for measured in (alone, with_cpu)
    ]
    # alpha / 1 left of two that are the same and one that has fallen, against alpha / 2.
    assert levels[0] == [pytest.approx(1 - 0.01 - 0.005)]
    assert levels[1] == [pytest.approx(1 - 0.005 - 0.01 / 3)]


def test_more_cpu_that_fresh_pairs_do_not_bear_out_is_undecided() -> None:
    first = pairs("a", EIGHT, cpu=1.5)
    held = pairs("a", AGAIN, cpu=1.5, part="confirmation")
    gone = pairs("a", AGAIN, cpu=1.0, part="confirmation")
    assert exit_code(session(first, held, programs=("a",))) is ExitCode.CHECK_FAILED
    told = retold(session(first, gone, programs=("a",)))
    assert by_cpu(told) == {"a": Verdict.UNDECIDED}
    assert told.cpu[0].reason == "slower at first, not so in fresh pairs"


def test_nulls_that_differ_in_cpu_time_take_every_verdict_of_time_away() -> None:
    first = pairs("a", EIGHT, cpu=1.5)
    wrong = pairs("a", NULLS, cpu=1.5, part="null")
    told = retold(session(first, wrong, programs=("a",)))
    assert by_cpu(told) == {"a": Verdict.UNDECIDED}
    assert any("no verdict can be believed" in each for each in told.notes)
    right = pairs("a", NULLS, cpu=1.0, part="null")
    told = retold(session(first, right, programs=("a",)))
    assert by_cpu(told) == {"a": Verdict.SLOWER}
    # Time and CPU time of the one program that was compared with itself.
    assert any("0 of 2 null comparisons red" in each for each in told.notes)


def test_a_row_of_its_own_shows_both_figures_the_interval_and_the_verdict() -> None:
    told = retold(session(pairs("a", EIGHT, cpu=1.5), programs=("a",)))
    written = io.StringIO()
    print_lines(Console(file=written, width=100), comparison_lines(told, width=100))
    lines = written.getvalue().splitlines()
    row = lines[next(n for n, line in enumerate(lines) if line.startswith("CPU time ")) + 1]
    assert row.split()[0] == "a"
    assert row.split()[1:5:2] == ["200", "301"]
    assert "slower" in row
    assert any(line.startswith("CPU time of programs: 1 slower") for line in lines)
    markdown = comparison_markdown(told)
    assert "| CPU time | benchmark |" in markdown
    assert "CPU time of programs: 1 slower" in markdown
