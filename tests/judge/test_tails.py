"""Tails under load: intervals of dependent requests, the driver's lateness, rounds, the knee."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from perfproof.judge.duel import Question
from perfproof.judge.knee import Rung, find_knee, next_rate
from perfproof.judge.quantiles import TooFewValuesError, quantile_interval
from perfproof.judge.tails import (
    bottleneck,
    judge_rounds,
    latency_quantile,
    lowest_seconds,
    quantile_ratio,
    quantile_seconds,
    tail_verdict,
)
from perfproof.record import Interval, TargetVerdict, Verdict
from perfproof.record.load import Bins, LoadRun, Offered

OFFERED = Offered(
    rate=100, seconds=10, connections=1, arrivals="poisson", seed=1, timeout_seconds=60
)
ON_TIME = (0.0,)


def bins(seconds: object) -> Bins:
    values, counts = np.unique(np.round(np.asarray(seconds) * 1e9).astype(int), return_counts=True)
    return Bins(upper_ns=tuple(values.tolist()), counts=tuple(counts.tolist()))


def run(slices: object, lateness: object = ON_TIME) -> LoadRun:
    held = tuple(bins(each) for each in slices)  # type: ignore[attr-defined]
    total = sum(each.total for each in held)
    return LoadRun(
        offered=OFFERED,
        requests=total,
        answered=total,
        refused=0,
        late=0,
        lost=0,
        slices=held,
        lateness=bins(lateness),
        elapsed_seconds=10.0,
    )


def test_independent_requests_get_about_the_interval_of_independent_values() -> None:
    drawn = np.random.default_rng(1).lognormal(-5, 0.5, size=(20, 500))
    found = latency_quantile(run(drawn), 0.9, level=0.95)
    plain = quantile_interval(drawn.ravel().tolist(), 0.9, level=0.95)
    assert found.estimate == pytest.approx(plain.estimate, abs=2e-9)
    assert found.low is not None
    assert found.high is not None
    assert plain.low is not None
    assert plain.high is not None
    wide = (found.high - found.low) / (plain.high - plain.low)
    assert 0.9 < wide < 2.5


def test_holds_the_planted_quantile_of_requests_that_suffer_together() -> None:
    # Half of the scatter is the slice's own, as in a stall: twenty slices of a hundred requests.
    chance = np.random.default_rng(2)
    inside = tried = 0
    for _ in range(400):
        own = chance.normal(0, 1, size=(20, 1))
        drawn = np.exp(-5 + own + chance.normal(0, 1, size=(20, 100)))
        try:
            found = latency_quantile(run(drawn), 0.5, level=0.95)
        except TooFewValuesError:
            continue
        tried += 1
        inside += (found.low or 0) <= math.exp(-5) <= (found.high or 0)
    assert tried > 350
    # Taken as independent, these intervals would hold it in half of the runs.
    assert inside >= binom.ppf(1e-3, tried, 0.93)


def test_requests_that_suffer_together_carry_less_and_say_how_many_it_would_take() -> None:
    stalled = [[0.5] * 100 if n % 5 == 0 else [0.001] * 100 for n in range(20)]
    with pytest.raises(TooFewValuesError) as caught:
        latency_quantile(run(stalled), 0.9, level=0.95)
    assert caught.value.needed > 2000


def test_overload_is_missed_although_it_carries_no_upper_end() -> None:
    # Each request waits for all before it: seconds grow through the run.
    growing = np.linspace(0.01, 5.0, 2000).reshape(20, 100)
    with pytest.raises(TooFewValuesError):
        latency_quantile(run(growing), 0.99, level=0.95)
    assert 1.0 < lowest_seconds(run(growing), 0.99, level=0.95) < 4.95


def test_the_lower_end_alone_is_above_the_planted_quantile_as_seldom_as_that_of_both() -> None:
    chance = np.random.default_rng(5)
    truth = math.exp(-5 + math.sqrt(2) * 1.2815515655446004)
    above = sum(
        lowest_seconds(
            run(np.exp(-5 + chance.normal(0, 1, (20, 1)) + chance.normal(0, 1, (20, 100)))),
            0.9,
            level=0.95,
        )
        > truth
        for _ in range(400)
    )
    # Nominally one in forty; the design effect is itself estimated from twenty slices.
    assert above <= binom.ppf(0.999, 400, 0.035)
    assert lowest_seconds(run([[0.01]]), 0.01, level=0.95) == 0.0


@given(st.floats(0.05, 0.95), st.lists(st.floats(1e-5, 1), min_size=30, max_size=80))
def test_the_slices_do_not_move_the_quantile(quantile: float, values: list[float]) -> None:
    whole = quantile_seconds((bins(values),), quantile)
    parts = quantile_seconds([bins(values[:13]), bins(values[13:])], quantile)
    assert whole == parts


def test_a_target_is_met_only_by_the_whole_interval() -> None:
    figure = Interval(0.09, 0.08, 0.11, 0.95, 500)
    assert tail_verdict(figure, 0.12) is TargetVerdict.MET
    assert tail_verdict(figure, 0.1) is TargetVerdict.UNDECIDED
    assert tail_verdict(figure, 0.07) is TargetVerdict.MISSED
    assert tail_verdict(Interval(0.09, None, None, None, 1), 1) is TargetVerdict.UNDECIDED


def test_a_median_counts_where_nine_in_ten_were_in_time_for_it_and_the_tail_where_99_were() -> None:
    answers = [[0.01] * 100]
    few_late = run(answers, [0.0009] * 95 + [0.008] * 5)
    assert bottleneck(few_late, quantile=0.5) is None
    assert bottleneck(few_late, quantile=0.99) is not None
    many_late = run(answers, [0.0009] * 85 + [0.002] * 15)
    assert bottleneck(many_late, quantile=0.5) is not None
    # In time for the tail alone is not in time for a median that is far shorter.
    skewed = run([[0.001] * 90 + [0.1] * 10], [0.005] * 100)
    assert bottleneck(skewed, quantile=0.99) is None
    assert bottleneck(skewed, quantile=0.5) is not None
    # Runs of one figure are taken together.
    assert bottleneck(few_late, run(answers, [0.0] * 900), quantile=0.99) is None


def test_a_driver_that_is_late_by_more_than_a_tenth_of_the_tail_is_the_bottleneck() -> None:
    answers = [[0.010] * 100]
    assert bottleneck(run(answers, [0.0009] * 100)) is None
    found = bottleneck(run(answers, [0.002] * 100))
    assert found is not None
    assert found.lateness_seconds == pytest.approx(0.002)
    # One late request in a thousand is not the driver's usual pace.
    assert bottleneck(run(answers, [0.0] * 999 + [0.5])) is None
    # What is under a tenth of a millisecond is as good as it gets.
    assert bottleneck(run([[0.0002] * 100], [0.00009] * 100)) is None


def test_swapping_the_sides_inverts_the_ratio() -> None:
    quick, slow = run([[0.010] * 1000]), run([[0.012] * 1000])
    assert quantile_ratio([quick], [slow], 0.99) == pytest.approx(math.log(1.2))
    assert quantile_ratio([slow], [quick], 0.99) == pytest.approx(-math.log(1.2))


def test_a_ratio_of_a_p99_needs_requests_beyond_it() -> None:
    few = run([[0.01] * 100])
    with pytest.raises(TooFewValuesError, match="it takes 500 values"):
        quantile_ratio([few], [few], 0.99)


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [(1.5, Verdict.SLOWER), (1 / 1.5, Verdict.FASTER), (1.0, Verdict.SAME)],
)
def test_rounds_say_what_was_planted(ratio: float, verdict: Verdict) -> None:
    drawn = np.random.default_rng(3).normal(math.log(ratio), 0.02, size=12)
    state = judge_rounds(drawn.tolist(), Question(margin=0.1, last=12), alpha=0.01, family=2)
    assert state.verdict is verdict
    assert not state.go_on


def test_rounds_that_scatter_are_undecided_and_say_what_could_have_been_seen() -> None:
    drawn = np.random.default_rng(4).normal(0.1, 0.4, size=5)
    state = judge_rounds(drawn.tolist(), Question(margin=0.1, last=12), alpha=0.01, family=2)
    assert state.verdict is Verdict.UNDECIDED
    assert state.detectable is None or state.detectable > 0.1


@pytest.mark.parametrize("truth", [3.0, 40.0, 130.0, 777.0, 5000.0])
def test_a_sweep_closes_in_on_the_planted_knee(truth: float) -> None:
    rungs: list[Rung] = []
    while (rate := next_rate(rungs, 100.0, most=100_000.0, step=1.1)) is not None:
        met = rate <= truth
        rungs.append(Rung(rate=rate, verdict=TargetVerdict.MET if met else TargetVerdict.MISSED))
        assert len(rungs) <= 16
    knee = find_knee(rungs)
    assert knee.highest_met is not None
    assert knee.lowest_not_met is not None
    assert knee.highest_met <= truth < knee.lowest_not_met <= 1.1 * knee.highest_met


def test_a_rate_met_above_one_that_was_not_counts_for_nothing() -> None:
    verdicts = {100.0: TargetVerdict.MET, 200.0: None, 400.0: TargetVerdict.MET}
    knee = find_knee([Rung(rate=rate, verdict=each) for rate, each in verdicts.items()])
    assert (knee.highest_met, knee.lowest_not_met) == (100.0, 200.0)


def test_a_sweep_ends_where_nothing_stops_it_and_where_nothing_is_met() -> None:
    met = [Rung(rate=800.0, verdict=TargetVerdict.MET)]
    assert next_rate(met, 100.0, most=800.0, step=1.1) is None
    never: list[Rung] = []
    while (rate := next_rate(never, 100.0, most=800.0, step=1.1)) is not None:
        never.append(Rung(rate=rate, verdict=TargetVerdict.MISSED))
    assert len(never) < 8
    assert find_knee(never).highest_met is None
