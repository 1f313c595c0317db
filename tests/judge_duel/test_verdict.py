"""One duel: verdict, interval, what could have been seen, and when to stop."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfproof.errors import UseError
from perfproof.judge.duel import (
    DuelJudge,
    Errors,
    Levels,
    Pair,
    Question,
    Side,
    State,
)
from perfproof.judge.duel.location import SCATTER_FLOOR
from perfproof.record import Verdict
from tests.judge_duel import world
from tests.judge_duel.study import drawn, judged, suite_levels

LEVELS = Levels(slower=5e-4, faster=5e-4, same=0.01)
QUESTION = Question(margin=0.01, last=80)
MIRROR = {
    Verdict.SLOWER: Verdict.FASTER,
    Verdict.FASTER: Verdict.SLOWER,
    Verdict.SAME: Verdict.SAME,
    Verdict.UNDECIDED: Verdict.UNDECIDED,
}
log_ratios = st.lists(st.floats(-0.2, 0.2), min_size=4, max_size=40)
# Four pairs or more about a common ratio: what gets verdicts of every kind.
centred = st.builds(
    lambda values, centre: [centre + 0.2 * value for value in values],
    st.lists(st.floats(-0.05, 0.05), min_size=4, max_size=40),
    st.floats(-0.06, 0.06),
)


def fed(values: list[float], question: Question = QUESTION) -> DuelJudge:
    judge = DuelJudge(question)
    for value in values:
        judge.feed_log_ratio(value)
    return judge


def run(path: np.ndarray, question: Question = QUESTION, levels: Levels = LEVELS) -> State:
    judge = DuelJudge(question)
    state = judge.state(levels)
    for value in path:
        judge.feed_log_ratio(float(value))
        state = judge.state(levels)
        if not state.go_on:
            break
    return state


def test_every_planted_change_gets_its_verdict() -> None:
    rng = np.random.default_rng(1)
    for slower, expected in ((0.1, "slower"), (-0.1, "faster"), (0.0, "same"), (0.01, "undecided")):
        judge = DuelJudge(QUESTION)
        while judge.state(LEVELS).go_on:
            judge.feed(world.pair(rng, world.CALM, slower=math.log1p(slower), quads=10))
        assert judge.state(LEVELS).verdict == expected


@given(st.one_of(log_ratios, centred))
@settings(deadline=None)
def test_swapped_sides_mirror_verdict_and_interval(values: list[float]) -> None:
    there = fed(values).state(LEVELS)
    back = fed([-value for value in values]).state(LEVELS)
    assert back.verdict is MIRROR[there.verdict]
    assert there.ratio is not None
    assert back.ratio is not None
    assert back.ratio.estimate == pytest.approx(1 / there.ratio.estimate)
    if there.ratio.low is not None:
        assert back.ratio.high == pytest.approx(1 / there.ratio.low)
        assert back.ratio.low == pytest.approx(1 / (there.ratio.high or math.nan))


@given(st.one_of(log_ratios, centred))
@settings(deadline=None)
def test_the_interval_agrees_with_the_verdict(values: list[float]) -> None:
    state = fed(values).state(LEVELS)
    ratio = state.ratio
    assert ratio is not None
    if ratio.low is None or ratio.high is None:
        assert state.verdict is Verdict.UNDECIDED
        return
    assert (state.verdict is Verdict.SLOWER) == (ratio.low > 1.01)
    assert (state.verdict is Verdict.FASTER) == (ratio.high < 1 / 1.01)
    assert (state.verdict is Verdict.SAME) == (ratio.low >= 1 / 1.01 and ratio.high <= 1.01)


@given(st.one_of(log_ratios, centred), st.floats(0, 0.2))
@settings(deadline=None)
def test_more_slowdown_never_makes_slower_less_likely(values: list[float], more: float) -> None:
    there, worse = fed(values), fed([value + more for value in values])
    assert worse.p_values()[0] <= there.p_values()[0] * (1 + 1e-6)
    if there.state(LEVELS).verdict is Verdict.SLOWER:
        assert worse.state(LEVELS).verdict is Verdict.SLOWER


@given(st.integers(0, 1000), st.integers(2, 50))
@settings(max_examples=20, deadline=None)
def test_a_slower_machine_changes_nothing(seed: int, factor: int) -> None:
    pair = world.pair(np.random.default_rng(seed), world.USUAL)
    scaled = Pair(
        *(
            Side(tuple(factor * ns for ns in side.block_ns), side.slots)
            for side in (pair.base, pair.head)
        )
    )
    judges = DuelJudge(QUESTION), DuelJudge(QUESTION)
    judges[0].feed(pair)
    judges[1].feed(scaled)
    first, second = (judge.located() for judge in judges)
    assert first is not None
    assert second is not None
    assert first.location == pytest.approx(second.location, abs=1e-12)


@given(centred, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_pairs_does_not_matter_in_the_end(values: list[float], mix: object) -> None:
    other = list(values)
    mix.shuffle(other)  # type: ignore[attr-defined]
    assert fed(values).state(LEVELS) == fed(other).state(LEVELS)


@given(st.one_of(log_ratios, centred), st.floats(1e-6, 0.009))
@settings(deadline=None)
def test_the_p_value_says_when_the_verdict_falls(values: list[float], alpha: float) -> None:
    judge = fed(values)
    p_slower, p_faster = judge.p_values()
    state = judge.state(Levels(slower=alpha, faster=alpha, same=0.01))
    if abs(p_slower / alpha - 1) > 1e-5:
        assert (state.verdict is Verdict.SLOWER) == (p_slower < alpha)
    if abs(p_faster / alpha - 1) > 1e-5:
        assert (state.verdict is Verdict.FASTER) == (p_faster < alpha)


def test_the_fast_simulation_judges_as_the_judge_does() -> None:
    rng = np.random.default_rng(2)
    pool = world.locations(rng, world.USUAL, 3000)
    for slower in (0.0, 0.02, -0.03):
        paths = drawn(rng, pool, 12, 80, slower)
        outcomes = judged(paths, 0.01, LEVELS)
        for row, path in enumerate(paths):
            state = run(path)
            kinds = {"slower": outcomes.slower, "faster": outcomes.faster, "same": outcomes.same}
            said = {name for name, times in kinds.items() if times[row] <= 80}
            assert said == ({state.verdict.value} - {"undecided"})
            assert state.pairs == min(outcomes.first[row], 80)


def test_the_state_before_there_is_anything_to_say() -> None:
    judge = DuelJudge(QUESTION)
    assert judge.state(LEVELS) == State(
        pairs=0,
        verdict=Verdict.UNDECIDED,
        go_on=True,
        ratio=None,
        detectable=None,
        further_pairs=None,
    )
    three = fed([0.5, 0.5, 0.5])
    state = three.state(LEVELS)
    assert state.go_on
    assert state.ratio is not None
    assert state.ratio.estimate == pytest.approx(math.exp(0.5))
    assert state.ratio.low is None
    assert three.p_values() == (1, 1)


def test_a_margin_of_nothing_is_never_the_same() -> None:
    state = fed([0.0, 1e-5, -1e-5, 0.0, 0.0], Question(margin=0, last=80)).state(LEVELS)
    assert state.verdict is Verdict.UNDECIDED


def test_calm_pairs_cannot_promise_more_than_the_floor_of_the_scatter() -> None:
    ratio = fed([0.0] * 16).state(LEVELS).ratio
    assert ratio is not None
    assert ratio.high is not None
    assert math.log(ratio.high) > 3 * SCATTER_FLOOR / math.sqrt(16)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda: Question(margin=-0.1, last=80), "margin is -0.1"),
        (lambda: Question(margin=math.nan, last=80), "margin is nan"),
        (lambda: Question(margin=0.01, last=3), "3 pairs at most"),
        (lambda: Levels(slower=0.01, faster=0.01, same=0.001), "same may be wrong"),
        (lambda: Errors(alpha=0), "alpha|slower is 0"),
        (lambda: fed([math.nan]), "log ratio of a pair is nan"),
        (lambda: fed([0.0] * 5, Question(margin=0.01, last=4)), "pair 5 of at most 4"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: object, said: str) -> None:
    assert callable(asked)
    with pytest.raises(UseError, match=said):
        asked()


def test_goals_that_the_statistics_can_reach_are_reached() -> None:
    # At 10 quads a pair and 6 pairs a second: 5 s are 30 pairs.
    rng = np.random.default_rng(7)
    pool = world.locations(rng, world.USUAL, 20_000, quads=10)
    for slower, median_pairs in ((0.10, 6), (0.05, 12), (0.03, 18), (0.02, 48)):
        pairs = judged(drawn(rng, pool, 500, 120, slower), 0.01, suite_levels()).slower
        assert np.median(pairs) <= median_pairs
        assert np.mean(pairs <= 120) >= 0.95
    same = judged(drawn(rng, pool, 500, 120, 0.0), 0.01, suite_levels())
    assert np.median(same.same) <= 36
    assert np.mean(same.same <= 120) >= 0.98


def test_a_look_at_eighty_pairs_takes_well_under_five_milliseconds() -> None:
    judge = fed([float(value) for value in 0.01 * np.random.default_rng(8).normal(size=79)])
    judge.state(LEVELS)
    spent = []
    for _ in range(20):
        start = time.perf_counter()
        judge.p_values()
        judge.state(LEVELS)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.003
