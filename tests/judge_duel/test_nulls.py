"""A session whose base differs from itself is not believed, and one in order is."""

import numpy as np
import pytest
from scipy import stats

from perfproof.errors import UseError
from perfproof.judge.duel import (
    DuelJudge,
    Levels,
    Null,
    NullsJudgement,
    Question,
    downgraded,
    judge_nulls,
    locate_pairs,
)
from perfproof.record import Verdict
from tests.judge_duel import world

RED_CHANCE = 0.001
LEVELS = Levels(slower=5e-4, faster=5e-4, same=0.01)


def nulls_of(paths: np.ndarray, *, stretch: float = 1.0, lean: float = 0.0) -> list[Null]:
    located = locate_pairs(paths)
    return [
        Null(log_ratio=stretch * location + lean, error=error, df=located.df, red=False)
        for location, error in zip(located.location.tolist(), located.error.tolist(), strict=True)
    ]


def judged(nulls: list[Null]) -> NullsJudgement:
    return judge_nulls(nulls, red_chance=RED_CHANCE)


@pytest.mark.parametrize("pairs", [4, 8, 24])
def test_sessions_in_order_are_believed(pairs: int) -> None:
    rng = np.random.default_rng(1)
    doubted = sum(
        not judged(nulls_of(0.02 * rng.standard_normal((12, pairs)))).believed for _ in range(1500)
    )
    assert doubted <= stats.binom.isf(0.001, 1500, 0.001)


def test_sessions_of_the_simulated_world_are_believed() -> None:
    rng = np.random.default_rng(2)
    pool = world.locations(rng, world.ALLOCATING, 10_000)
    doubted = sum(not judged(nulls_of(rng.choice(pool, (20, 8)))).believed for _ in range(500))
    assert doubted <= 4


def test_scatter_beyond_the_claimed_errors_is_seen() -> None:
    rng = np.random.default_rng(3)
    seen = [judged(nulls_of(0.02 * rng.standard_normal((20, 8)), stretch=2.5)) for _ in range(100)]
    assert np.mean([not judgement.believed for judgement in seen]) > 0.95
    assert any("times as far as claimed, n = 20" in (judgement.reason or "") for judgement in seen)


def test_a_lean_to_one_side_is_seen() -> None:
    rng = np.random.default_rng(4)
    seen = [judged(nulls_of(0.01 * rng.standard_normal((20, 8)), lean=0.005)) for _ in range(100)]
    assert np.mean([not judgement.believed for judgement in seen]) > 0.95
    assert any("leans to one side by +0.5%" in (judgement.reason or "") for judgement in seen)


def test_more_reds_than_allowed_are_seen_and_one_that_chance_allows_is_not() -> None:
    calm = nulls_of(0.02 * np.random.default_rng(5).standard_normal((40, 8)))
    red = [Null(log_ratio=n.log_ratio, error=n.error, df=n.df, red=True) for n in calm[:3]]
    assert judged(red + calm[3:]).reason == (
        "base against itself was called slower or faster in 3 of 40"
    )
    one = judge_nulls(red[:1] + calm[1:], red_chance=0.01)
    assert one.believed
    assert (one.red, one.nulls) == (1, 40)


def test_the_noise_floor_holds_95_percent_of_the_nulls() -> None:
    nulls = [Null(log_ratio=(-1) ** n * n / 1000, error=1.0, df=7, red=False) for n in range(1, 41)]
    assert judged(nulls).floor == pytest.approx(np.expm1(0.038))
    assert judged(nulls[:5]).floor == pytest.approx(np.expm1(0.005))


def test_without_nulls_nothing_is_known() -> None:
    assert judged([]) == NullsJudgement(nulls=0, red=0, floor=None, reason=None)


def test_what_is_not_believed_is_told_as_undecided_with_the_reason() -> None:
    judge = DuelJudge(Question(margin=0.01, last=40))
    for value in (0.2, 0.21, 0.19, 0.2, 0.2, 0.21):
        judge.feed_log_ratio(value)
    state, located = judge.state(LEVELS), judge.located()
    assert state.verdict is Verdict.SLOWER
    assert located is not None
    null = Null.of(located, state)
    assert null.red
    judgement = judged([null, null])
    told = downgraded(state, judgement)
    assert told.verdict is Verdict.UNDECIDED
    assert (
        told.reason
        == judgement.reason
        == ("base against itself was called slower or faster in 2 of 2")
    )
    assert (told.ratio, told.go_on) == (state.ratio, False)
    assert downgraded(state, judged([])) == state


@pytest.mark.parametrize(("error", "df"), [(0.0, 7), (float("nan"), 7), (0.1, 0)])
def test_a_null_without_an_error_is_refused(error: float, df: int) -> None:
    with pytest.raises(UseError, match="at least two pairs"):
        Null(log_ratio=0.0, error=error, df=df, red=False)
