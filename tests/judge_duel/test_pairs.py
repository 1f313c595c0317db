"""What a pair must be, and which blocks are compared."""

import numpy as np
import pytest

from perfproof.errors import UseError
from perfproof.judge.duel import Pair, Side, log_ratios
from perfproof.judge.duel.pairs import SETTLED_FROM

ABBA_BAAB = {"base": (0, 3, 1, 2), "head": (1, 2, 0, 3)}


def pair_of(base: tuple[int, ...], head: tuple[int, ...], marks: tuple[bool, ...] = ()) -> Pair:
    return Pair(
        base=Side(base, ABBA_BAAB["base"][: len(base)], marks),
        head=Side(head, ABBA_BAAB["head"][: len(head)]),
    )


def test_each_ratio_is_of_two_neighbours() -> None:
    pair = pair_of((100, 200, 400, 800), (110, 190, 400, 880))
    assert np.exp(log_ratios(pair)) == pytest.approx([1.1, 0.95, 1.0, 1.1])


def test_swapped_sides_change_the_sign_only() -> None:
    pair = pair_of((100, 200, 400, 800), (110, 190, 400, 880))
    assert log_ratios(pair.swapped()) == pytest.approx(-log_ratios(pair), abs=1e-15)


def test_a_marked_block_that_took_longer_takes_no_part() -> None:
    pair = pair_of((100, 200, 400, 800), (110, 190, 400, 880), (False, False, False, True))
    assert np.exp(log_ratios(pair)) == pytest.approx([1.1, 0.95, 1.0])


def test_a_marked_block_no_slower_than_its_like_counts() -> None:
    pair = pair_of((100, 200, 400, 800), (110, 190, 400, 880), (False, True, False, False))
    assert len(log_ratios(pair)) == 4


def test_marks_on_all_blocks_say_nothing_about_any() -> None:
    blocks = (100, 200, 400, 800)
    assert len(log_ratios(pair_of(blocks, blocks, (True,) * 4))) == 4


@pytest.mark.parametrize("slower", [0.5, 1.0, 2.0])
def test_whether_a_marked_block_is_slow_is_asked_of_its_own_side(slower: float) -> None:
    base = (1000, 1300, 1000, 1000)
    head = tuple(round(slower * each) for each in base)
    marks = (False, True, False, False)
    sides = (Side(base, ABBA_BAAB["base"], marks), Side(head, ABBA_BAAB["head"], marks[::-1]))
    # Of the head only a block of usual length is marked, however long its blocks are.
    assert np.exp(log_ratios(Pair(*sides))) == pytest.approx([slower] * 3)
    assert np.exp(log_ratios(Pair(*sides[::-1]))) == pytest.approx([1 / slower] * 3)


def long_pair(ratios: int, first: int) -> Pair:
    base, head = ([0, 3, 1, 2] * ratios)[:ratios], ([1, 2, 0, 3] * ratios)[:ratios]
    return Pair(
        base=Side((first, *(1000,) * (ratios - 1)), tuple(base)),
        head=Side((1000,) * ratios, tuple(head)),
    )


def test_the_first_ratio_is_left_out_as_the_base_stood_still_before_it() -> None:
    ratios = log_ratios(long_pair(SETTLED_FROM, first=1040))
    assert len(ratios) == SETTLED_FROM - 1
    assert not ratios.any()


def test_of_few_long_blocks_none_is_left_out() -> None:
    assert len(log_ratios(long_pair(SETTLED_FROM - 1, first=1040))) == SETTLED_FROM - 1


@pytest.mark.parametrize(
    ("side", "said"),
    [
        (lambda: Side((), ()), "no blocks"),
        (lambda: Side((5, 6), (0,)), "2 blocks, 1 slots"),
        (lambda: Side((5, 6), (0, 3), (True,)), "1 marks"),
        (lambda: Side((5, 0), (0, 3)), "block 1 took 0 ns"),
        (lambda: pair_of((5, 6), (5, 6, 7)), "base has 2 blocks and head 3"),
        (lambda: Pair(base=Side((5,), (0,)), head=Side((5,), (3,))), "slots 0 and 3"),
        (lambda: Pair(base=Side((5,), (1,)), head=Side((5,), (2,))), "slots 1 and 2"),
        (lambda: Pair(base=Side((5,), (0,)), head=Side((5,), (0,))), "slots 0 and 0"),
    ],
)
def test_what_is_no_pair_is_refused_with_its_reason(side: object, said: str) -> None:
    assert callable(side)
    with pytest.raises(UseError, match=said):
        side()
