from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfproof.report.visible import shorten_middle, visible


@given(st.text(max_size=80))
def test_nothing_invisible_is_left(text: str) -> None:
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not {unicodedata.category(each) for each in visible(text)} & hidden


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_a_bidirectional_control_is_written_out() -> None:
    assert visible("a\u202eb\nc\x1b") == "a<U+202E>b<U+000A>c<U+001B>"


def test_a_text_of_megabytes_costs_nothing() -> None:
    assert len(visible("\x00" * 10_000_000)) < 20_000


@given(st.text(max_size=60), st.integers(1, 70))
def test_a_shortened_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    short = shorten_middle(text, width)
    assert len(short) <= width
    if len(text) <= width:
        assert short == text
    elif width > 1:
        head, tail = short.split("…")[0], short.rpartition("…")[2]
        assert text.startswith(head) or "…" in text
        assert text.endswith(tail) or "…" in text


def test_no_width_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        shorten_middle("abc", 0)
