"""Whole suites by simulation: red when nothing changed, found when something did."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom, ttest_ind

from perfproof.judge import compare_sessions
from perfproof.judge.family import family_tail, joint_error
from perfproof.judge.locations import locate
from perfproof.judge.offsets import ASSUMED_OWN_SD, ASSUMED_SD
from perfproof.judge.pairing import pair
from perfproof.judge.ratios import suite_ratios
from perfproof.record import Session, Verdict
from tests.judge.planted import Scatter, drawn, name

ALPHA = 0.05
AS_ASSUMED = Scatter(session=ASSUMED_SD, own=ASSUMED_OWN_SD, process=0.03, block=0.02)

Judge = Callable[[Session, Session, list[Session]], set[str]]


def called_slower(base: Session, head: Session, history: list[Session]) -> set[str]:
    """Ours, at margin 0: no slack hides an error."""
    seen = compare_sessions(
        base, head, margin=0.0, alpha=ALPHA, rng=np.random.default_rng(0), history=history
    )
    return {r.benchmark for r in seen.results if r.verdict is Verdict.SLOWER}


def called_slower_by_pooling(base: Session, head: Session, _: list[Session]) -> set[str]:
    """What is usual: all blocks thrown together, one test a benchmark, none the wiser."""
    before, after = (
        locate(session.samples).seconds.reshape(len(session.benchmarks), -1)
        for session in (base, head)
    )
    low = ttest_ind(after, before, axis=1, alternative="greater").pvalue < ALPHA
    return {name(int(number)) for number in np.flatnonzero(low)}


def reds(judge: Judge, scatter: Scatter, *, suites: int, benchmarks: int, sessions: int = 0) -> int:
    """Suites of identical code in which anything is called slower."""
    count = 0
    for seed in range(suites):
        rng = np.random.default_rng(seed)
        base, head, *history = (
            drawn(rng, scatter, identity=str(n), benchmarks=benchmarks, processes=5, blocks=1)
            for n in range(2 + sessions)
        )
        count += bool(judge(base, head, history))
    return count


def most(suites: int) -> int:
    """More than chance leaves of ``ALPHA``, but once in ten thousand."""
    return int(binom.ppf(1 - 1e-4, suites, ALPHA))


def test_an_unchanged_suite_is_red_in_at_most_alpha_of_runs() -> None:
    assert reds(called_slower, AS_ASSUMED, suites=300, benchmarks=40) <= most(300)


def test_so_it_is_where_a_history_tells_the_scatter() -> None:
    wild = Scatter(session=0.2, own=0.08, process=0.03, block=0.02)
    seen = reds(called_slower, wild, suites=120, benchmarks=12, sessions=12)
    assert seen <= most(120)


def test_the_same_check_catches_pooled_values() -> None:
    assert reds(called_slower_by_pooling, AS_ASSUMED, suites=30, benchmarks=40) > most(30)


def test_the_same_check_catches_an_assumption_that_is_wrong() -> None:
    wild = Scatter(session=0.8, process=0.03, block=0.02)
    assert reds(called_slower, wild, suites=40, benchmarks=40) > most(40)


def test_a_planted_third_is_found_and_nothing_else() -> None:
    calm = Scatter(session=0.01, own=0.01, process=0.02, block=0.02)
    slower = np.zeros(12)
    slower[5] = np.log(1.3)
    found = wrong = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        base, *history = (
            drawn(rng, calm, identity=str(n), benchmarks=12, processes=6, blocks=1)
            for n in range(13)
        )
        head = drawn(rng, calm, identity="h", benchmarks=12, processes=6, blocks=1, slower=slower)
        seen = compare_sessions(base, head, margin=0.05, alpha=0.01, rng=rng, history=history)
        red = {r.benchmark for r in seen.results if r.verdict is Verdict.SLOWER}
        found += name(5) in red
        wrong += bool(red - {name(5)})
    assert found >= 36
    assert wrong <= 2


def test_what_is_called_detectable_is_found_nine_times_in_ten() -> None:
    def run(seed: int, slowdown: float) -> tuple[bool, float]:
        rng = np.random.default_rng(seed)
        base, head = (
            drawn(rng, AS_ASSUMED, identity=i, benchmarks=8, blocks=1, slower=np.log1p(planted))
            for i, planted in (("b", 0.0), ("h", slowdown))
        )
        first = compare_sessions(base, head, margin=0.05, alpha=ALPHA, rng=rng).results[0]
        assert first.detectable is not None
        return first.verdict is Verdict.SLOWER, first.detectable

    detectable = float(np.median([run(seed, 0.0)[1] for seed in range(20)]))
    found = sum(run(1000 + seed, detectable)[0] for seed in range(200))
    assert found == pytest.approx(180, abs=18)


def test_the_family_spends_no_more_than_alpha_and_no_less_than_bonferroni() -> None:
    rng = np.random.default_rng(3)
    for scatter in (AS_ASSUMED, Scatter(process=0.1)):
        base, head = (drawn(rng, scatter, identity=i, benchmarks=40, blocks=1) for i in "bh")
        ratios = suite_ratios(base, head, pair(base, head), rng)
        usable = np.isfinite(ratios.error)
        tail = family_tail(ratios, ALPHA)
        assert ALPHA / 40 <= tail <= ALPHA
        bonferroni = tail == pytest.approx(ALPHA / 40)
        assert bonferroni or joint_error(ratios, usable, tail, ALPHA) <= ALPHA


def test_the_bound_over_the_family_is_above_what_chance_does() -> None:
    rng = np.random.default_rng(4)
    base, head = (drawn(rng, AS_ASSUMED, identity=i, benchmarks=40, blocks=1) for i in "bh")
    ratios = suite_ratios(base, head, pair(base, head), rng)
    common = rng.standard_t(ratios.offsets.common_df, size=(20_000, 1)) * ratios.common_error
    own = rng.standard_t(ratios.own_df, size=(20_000, 40)) * ratios.own_error
    tail = family_tail(ratios, ALPHA)
    reach = np.quantile(rng.standard_t(ratios.df, size=(200_000, 40)), 1 - tail, axis=0)
    wrong = float(((common + own) > reach * ratios.error).any(axis=1).mean())
    assert 0.5 * ALPHA < wrong < 1.1 * ALPHA
