"""What a pair must be, and which blocks are compared."""

import numpy as np
import pytest

from perfproof.errors import UseError
from perfproof.judge.duel import Pair, Side, log_ratios

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


def test_a_marked_block_takes_no_part() -> None:
    pair = pair_of((100, 200, 400, 800), (110, 190, 400, 880), (False, True, False, False))
    assert np.exp(log_ratios(pair)) == pytest.approx([1.1, 1.0, 1.1])


def test_marks_on_all_blocks_say_nothing_about_any() -> None:
    blocks = (100, 200, 400, 800)
    assert len(log_ratios(pair_of(blocks, blocks, (True,) * 4))) == 4


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
