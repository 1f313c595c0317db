from __future__ import annotations

import pytest

from perfproof.record.sizes import parse_amount, show_amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("100 ms", (0.1, "second")),
        ("10 KiB", (10240.0, "byte")),
        ("10kB", (10000.0, "byte")),
        ("3 B", (3.0, "byte")),
        ("50", (50.0, None)),
        ("1e3", (1000.0, None)),
    ],
)
def test_an_amount_says_what_it_is_of(text: str, amount: tuple[float, str | None]) -> None:
    assert parse_amount(text) == pytest.approx(amount)


@pytest.mark.parametrize("text", ["", "fast", "0 ms", "0", "-3", "3 apples", "1 2"])
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="as in '100 ms'"):
        parse_amount(text)


def test_an_amount_is_shown_in_the_unit_that_suits_it() -> None:
    shown = [show_amount(2048.0, "byte"), show_amount(0.0021, "second"), show_amount(15, "event")]
    assert shown == ["2 KiB", "2.10 ms", "15 event"]
    assert show_amount(None, "byte") == "not known"
    assert (show_amount(12, "byte"), show_amount(3, None)) == ("12 B", "3")
