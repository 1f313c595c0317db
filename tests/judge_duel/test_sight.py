"""What a duel could see, foretold from a scatter and a number of pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perfproof.judge.duel import Levels, Question, Schedule, locate_pairs
from perfproof.judge.duel.sight import smallest_slowdown
from tests.judge_duel.test_verdict import fed

SCHEDULE = Schedule(120)
ALPHA = 5e-4


def foretold(scatter: float, pairs: int) -> float | None:
    return smallest_slowdown(scatter, pairs, margin=0.01, alpha=ALPHA, schedule=SCHEDULE)


@pytest.mark.parametrize("pairs", [4, 9, 10, 37, 120])
def test_it_is_what_the_judge_says_after_as_many_pairs(pairs: int) -> None:
    values = 0.012 * np.random.default_rng(pairs).standard_normal(pairs)
    located = locate_pairs(values[None, :])
    judge = fed(list(values), Question(margin=0.01, last=SCHEDULE.last))
    said = judge.state(Levels(slower=ALPHA, faster=ALPHA, same=0.01)).detectable
    assert foretold(float(located.error[0]) * math.sqrt(pairs), pairs) == pytest.approx(said)


def test_more_pairs_and_less_scatter_see_more() -> None:
    seen = [foretold(0.015, pairs) or math.inf for pairs in (5, 20, 80)]
    assert seen == sorted(seen, reverse=True)
    assert (foretold(0.01, 20) or math.inf) < (foretold(0.02, 20) or 0)
    assert min(seen) > 0.01


def test_too_few_pairs_see_nothing_and_too_many_count_as_the_last() -> None:
    assert foretold(0.015, 3) is None
    assert foretold(0.015, 5000) == foretold(0.015, 120)
