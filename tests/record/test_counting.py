"""Raw counts in a session's file."""

from __future__ import annotations

import pytest

from perfproof.record import Session, decode_session, encode_session
from perfproof.record.counting import Span, Tally
from tests.store.sessions import header

TALLY = Tally(
    benchmark="b", meter="bytes", hash_seed=3, calls=(1, 3), counted=(100, 280), side="head"
)


def test_raw_counts_stand_in_the_file_and_come_back() -> None:
    session = Session(header=header(), tallies=(TALLY,), complete=True)
    assert decode_session(encode_session(session), where="here").tallies == (TALLY,)


@pytest.mark.parametrize(
    ("calls", "counted"), [((), ()), ((1, 3), (1,)), ((0, 3), (1, 1)), ((2, 2), (1, 1))]
)
def test_a_tally_that_counts_nothing_is_refused(
    calls: tuple[int, ...], counted: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"count|calls|call"):
        Tally(benchmark="b", meter="bytes", hash_seed=1, calls=calls, counted=counted)


def test_the_ends_of_a_span_are_in_order() -> None:
    with pytest.raises(ValueError, match="in order"):
        Span(2, 1, 3, 1)
