"""Figures and counts as perfproof reads them, and as people do."""

from __future__ import annotations

import msgspec
import pytest

from benchmarks.golden.output import Count, Output, count_line, seconds, table
from perfproof.proof.doors import Ending
from perfproof.proof.printed import Printed, read_printed


def test_the_last_line_is_what_the_proof_reads() -> None:
    output = Output()
    output.add_figure("answer_10", [0.1234567, 2.0])
    output.add_count("conversations_10", 3, ["it broke"])
    output.add(Output(counts={"cold_starts": Count(2, 0, None)}))
    printed = read_printed(Ending(status=0, output=output.last_line(), errors=""), named=True)
    assert isinstance(printed, Printed)
    assert printed.figures["answer_10"].unit == "second"
    assert printed.figures["answer_10"].values == (0.123457, 2.0)
    assert printed.counts["conversations_10"].failures == 1
    assert printed.counts["conversations_10"].example == "it broke"
    assert printed.counts["cold_starts"].trials == 2


def test_a_figure_that_nothing_was_seen_of_is_left_out() -> None:
    output = Output()
    output.add_figure("answer_10", [])
    output.add_count("conversations_10", 1, ["dead"])
    assert msgspec.json.decode(output.last_line())["figures"] == {}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.00 us"),
        (2.5e-7, "0.250 us"),
        (0.000_031_4, "31.4 us"),
        (0.000_999_6, "1.00 ms"),
        (0.25, "250 ms"),
        (0.999_4, "999 ms"),
        (0.999_9, "1.00 s"),
        (12.34, "12.3 s"),
        (123.4, "123 s"),
        (-0.002, "-2.00 ms"),
    ],
)
def test_seconds_have_three_digits_and_the_unit_that_fits(value: float, shown: str) -> None:
    assert seconds(value) == shown


def test_a_table_shows_quantiles_and_only_those_that_the_values_carry() -> None:
    lines = table(
        [("many", [each / 1_000 for each in range(1, 102)]), ("few", [0.5]), ("none", [])]
    )
    assert lines[0].split() == ["p50", "p95", "p99", "largest", "n"]
    assert " ".join(lines[1].split()) == "many 51.0 ms 96.0 ms 100 ms 101 ms 101"
    assert " ".join(lines[2].split()) == "few not known not known not known 500 ms 1"
    assert " ".join(lines[3].split()) == "none not known not known not known not known 0"
    assert len({len(line) for line in lines}) == 1


def test_a_count_says_its_first_failure() -> None:
    assert count_line("starts", Count(3, 0, None)) == "starts: 0 of 3 failed"
    assert count_line("starts", Count(3, 1, "why")) == "starts: 1 of 3 failed; the first: why"
