from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from perfproof.record import Decision, Outcome, TargetVerdict, Trouble
from perfproof.report import (
    check_line,
    check_lines,
    comparison_lines,
    decision_lines,
    print_lines,
    session_lines,
    target_lines,
)
from tests.report.shown import HOSTILE, check, comparisons, figures, proof, session, target

RULE = ("high: a mandatory check did not pass",)


def printed(lines: Sequence[Text], *, terminal: bool = False, encoding: str = "utf-8") -> str:
    written = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_lines(Console(file=written, force_terminal=terminal, width=80), lines)
    written.flush()
    content = written.buffer
    assert isinstance(content, io.BytesIO)
    return content.getvalue().decode(encoding)


def test_a_check_is_one_line_with_figure_unit_interval_n_limit_and_outcome() -> None:
    (line,) = printed(check_lines([check()])).splitlines()
    assert line == "✓  quick  21.3 us [20.9, 21.8] n=10  < 500 us  passed"


def test_lines_of_checks_fit_eighty_columns() -> None:
    many = [
        check(f"a-check-with-{'quite-' * 8}a-long-name-{n}", outcome)
        for n, outcome in enumerate(Outcome)
    ]
    lines = check_lines(many)
    assert len(lines) == len(many)
    assert max(cell_len(line.plain) for line in lines) <= 80


def test_a_line_told_early_stands_where_the_others_will() -> None:
    ids = ["quick", "a-longer-one"]
    lines = [check_line(check(each), ids).plain for each in ids]
    assert lines[0].index("21.3 us") == lines[1].index("21.3 us")


def test_a_log_gets_no_colour_and_no_wrapping() -> None:
    reason = "because " * 40
    lines = decision_lines(proof(check("slow", Outcome.FAILED, reason=reason)), RULE)
    text = printed(lines)
    assert "\x1b" not in text
    assert f"slow: {reason}" in text


def test_a_terminal_gets_colour() -> None:
    assert "\x1b[" in printed(check_lines([check()]), terminal=True)


def test_an_output_without_the_letters_gets_others() -> None:
    assert printed(check_lines([check("é")]), encoding="ascii").startswith("+  \\xe9")


def test_a_hostile_name_drives_no_terminal_and_is_no_rich_markup() -> None:
    hostile = check("[red]x[/red]", reason="\x1b]0;owned\x07", outcome=Outcome.ERROR)
    text = printed([*check_lines([hostile]), *decision_lines(proof(hostile), RULE)])
    assert "\x1b" not in text
    assert "[red]x[/red]" in text
    assert "<U+001B>]0;owned<U+0007>" in text


@pytest.mark.parametrize(("decision", "word"), [(Decision.GO, "GO"), (Decision.NO_GO, "NO-GO")])
def test_the_last_line_is_the_decision(decision: Decision, word: str) -> None:
    lines = decision_lines(proof(decision=decision), RULE, package="evidence")
    assert lines[-1].plain == word
    assert "Evidence: evidence" in [line.plain for line in lines]
    assert "  rule: high: a mandatory check did not pass" in [line.plain for line in lines]


def test_a_part_of_the_checks_gives_no_decision() -> None:
    lines = decision_lines(proof(), RULE, left_out=3)
    assert lines[-1].plain == "No decision: 3 mandatory checks were not asked for (1 passed)"


def test_what_did_not_pass_says_why_and_how_to_repeat_it() -> None:
    lines = [x.plain for x in decision_lines(proof(check("slow", Outcome.UNDECIDED)), RULE)]
    assert lines[:2] == [
        "slow: all of it under 500 us",
        "  repeat it: perfproof prove --check slow",
    ]


def test_a_comparison_stands_worst_first_and_says_what_could_have_been_seen() -> None:
    lines = [line.plain for line in comparison_lines(comparisons())]
    assert [line.split()[0] for line in lines[2:7]] == [
        "slowest",
        "slow",
        "doubtful",
        "fast",
        "same",
    ]
    assert "x 3 [2.94, 3.06]" in lines[2]
    assert lines[4].endswith("undecided  4.1 %")
    assert max(map(len, lines[:7])) <= 80


def test_long_ids_of_a_comparison_lose_their_middle() -> None:
    results = [
        msgspec.structs.replace(each, benchmark=f"b.py::test_{'very_' * 9}long[{n}]")
        for n, each in enumerate(comparisons().results)
    ]
    lines = comparison_lines(comparisons(*results))
    assert max(len(line.plain) for line in lines[1:7]) <= 80
    assert "…" in lines[2].plain


def test_a_comparison_without_results_is_no_table() -> None:
    empty = msgspec.structs.replace(comparisons(), results=())
    assert comparison_lines(empty)[1].plain == "none."


def test_targets_stand_worst_first() -> None:
    results = [
        target("b.py::met", 5e-4, TargetVerdict.MET),
        target("b.py::missed", 2e-3, TargetVerdict.MISSED),
    ]
    lines = [line.plain for line in target_lines(results)]
    assert lines[1].split() == [
        "missed",
        "2.00",
        "ms",
        "[1.80,",
        "2.20]",
        "10",
        "<",
        "1.00",
        "ms",
        "missed",
    ]
    assert lines[3] == "1 missed, 1 met."
    assert target_lines([])[0].plain == "No targets."


def test_a_session_says_what_gave_no_figure_and_that_it_was_cut_off() -> None:
    measured = session(3)
    known = figures(measured)
    lost = measured.benchmarks[1].id
    known.pop(lost)
    broken = msgspec.structs.replace(
        measured,
        complete=False,
        troubles=(Trouble(benchmark=lost, process=2, kind="timeout", reason="silent for 60 s"),),
    )
    text = printed(session_lines(broken, known))
    assert "no figure" in text
    assert f"{lost} timeout: silent for 60 s" in text
    assert "not brought to its end" in text


def test_every_line_survives_a_hostile_name() -> None:
    one = session(1, name=HOSTILE.replace("{", "(").replace("}", ")"))
    text = printed(session_lines(one, figures(one)))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 3
