"""What a look foretells: the slowdown it would have seen, the pairs still to come, giving up."""

import math

import numpy as np
import pytest

from perfproof.judge.duel import Question
from perfproof.record import Verdict
from tests.judge_duel import world
from tests.judge_duel.study import drawn
from tests.judge_duel.test_verdict import LEVELS, fed, run


def test_detectable_is_the_slowdown_found_nine_times_in_ten() -> None:
    rng = np.random.default_rng(3)
    pool = 0.01 * rng.standard_normal(50_000)
    paths = drawn(rng, pool, 600, 24, 0.0)
    question = Question(margin=0.01, last=24)
    claimed = np.median(
        [fed(list(path), question).state(LEVELS).detectable or math.nan for path in paths]
    )
    shifted = drawn(rng, pool, 800, 24, float(claimed))
    found = [fed(list(path), question).p_values()[0] < LEVELS.slower for path in shifted]
    assert 0.85 < np.mean(found) < 0.97


def test_further_pairs_tell_how_long_it_takes() -> None:
    rng = np.random.default_rng(4)
    pool = 0.011 * rng.standard_normal(50_000)
    foretold, taken = [], []
    for path in drawn(rng, pool, 60, 80, 0.02):
        further = fed(list(path[:12])).state(LEVELS).further_pairs
        state = run(path)
        if further is not None and state.pairs > 12:
            foretold.append(12 + further)
            taken.append(state.pairs)
    assert np.median(foretold) == pytest.approx(np.median(taken), rel=0.35)


def test_further_pairs_may_be_more_than_there_are_and_may_be_unknown() -> None:
    close = [0.0145, -0.002, 0.02, 0.009, 0.012, 0.011, 0.0105, 0.013]
    state = fed(close, Question(margin=0.01, last=10)).state(LEVELS)
    assert state.further_pairs is not None
    assert state.further_pairs > 100
    at_margin = [math.log1p(0.01) + value for value in (0.01, -0.01, 0.01, -0.01)]
    further = fed(at_margin).state(LEVELS).further_pairs
    assert further is None or further > 10**6


def test_the_last_pair_ends_it_with_the_reason() -> None:
    state = run(np.array([0.01, 0.0, 0.02, 0.03, -0.02]), Question(margin=0.01, last=5))
    assert not state.go_on
    assert state.verdict is Verdict.UNDECIDED
    assert state.reason == "not decided in 5 pairs, the most that were allowed"


def test_hopeless_duels_stop_early_only_when_asked() -> None:
    rng = np.random.default_rng(5)
    edge = math.log1p(0.01)
    path = edge + 0.03 * rng.standard_normal(80)
    patient, hasty = (run(path, Question(margin=0.01, last=80, futility=f)) for f in (False, True))
    assert patient.pairs == 80
    assert hasty.pairs < 60
    assert hasty.reason is not None
    assert "given up" in hasty.reason


def test_giving_up_loses_few_verdicts() -> None:
    rng = np.random.default_rng(6)
    pool = world.locations(rng, world.USUAL, 4000)
    question = Question(margin=0.01, last=80, futility=True)
    found = [
        run(path, question).verdict is Verdict.SLOWER for path in drawn(rng, pool, 60, 80, 0.02)
    ]
    assert np.mean(found) >= 0.95
