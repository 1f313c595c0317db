"""Typical seconds: the interval holds what it promises, and pooled values would not."""

from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from scipy.stats import binom, t

from perfproof.errors import UseError
from perfproof.judge import figure_seconds, figures_seconds
from perfproof.judge.figures import log_interval
from perfproof.record import Session
from tests.judge.planted import FloatArray, Scatter, drawn, log_blocks, name, session_of

SECONDS = 3e-6
TRIALS = 2000


class Coverage(NamedTuple):
    processes: float
    pooled: float


def at_least(share: float) -> float:
    """Smallest share of TRIALS that chance leaves of a true ``share``, but once in ten thousand."""
    return float(binom.ppf(1e-4, TRIALS, share)) / TRIALS


def coverage(deviations: FloatArray, level: float) -> Coverage:
    """How often the true 3 us lie in the interval over processes, and in one over pooled blocks."""
    session = session_of(deviations)
    rng = np.random.default_rng(0)
    figures = figures_seconds(session, level=level, rng=rng).values()
    inside = [
        f.low is not None and f.high is not None and f.low <= SECONDS <= f.high for f in figures
    ]
    pooled = deviations.reshape(len(deviations), -1)
    count = pooled.shape[1]
    reach = t.ppf((1 + level) / 2, count - 1) * pooled.std(axis=1, ddof=1) / np.sqrt(count)
    return Coverage(float(np.mean(inside)), float(np.mean(np.abs(pooled.mean(axis=1)) <= reach)))


@pytest.mark.parametrize("level", [0.95, 0.99])
@pytest.mark.parametrize("processes", [3, 5, 10])
def test_holds_the_truth_as_often_as_it_says(processes: int, level: float) -> None:
    rng = np.random.default_rng(processes)
    scatter = Scatter(process=0.08, block=0.1)
    deviations = log_blocks(rng, scatter, benchmarks=TRIALS, processes=processes, blocks=4)
    assert coverage(deviations, level).processes >= at_least(level)


def test_holds_the_truth_when_one_process_in_ten_is_disturbed() -> None:
    rng = np.random.default_rng(11)
    calm = log_blocks(rng, Scatter(process=0.03), benchmarks=TRIALS, processes=10, blocks=4)
    wild = rng.random((TRIALS, 10, 1)) < 0.1
    deviations = calm * np.where(wild, 8, 1)
    assert coverage(deviations, 0.99).processes >= at_least(0.99)


def test_pooling_the_blocks_of_a_process_would_have_been_wrong() -> None:
    rng = np.random.default_rng(12)
    deviations = log_blocks(rng, Scatter(process=0.05, block=0.02), benchmarks=TRIALS, processes=5)
    seen = coverage(deviations, 0.95)
    assert seen.processes >= at_least(0.95)
    assert seen.pooled < 0.6


def test_the_interval_is_no_wider_than_it_must_be() -> None:
    rng = np.random.default_rng(13)
    deviations = log_blocks(rng, Scatter(process=0.08, block=0.0), benchmarks=TRIALS)
    figures = figures_seconds(session_of(deviations), level=0.95, rng=rng).values()
    widths = [np.log(f.high / f.low) for f in figures if f.low is not None and f.high is not None]
    best = 2 * t.ppf(0.975, 9) * 0.08 / np.sqrt(10)
    assert np.median(widths) < 1.25 * best


def one(seed: int = 0, processes: int = 10) -> Session:
    return drawn(np.random.default_rng(seed), Scatter(), processes=processes)


def test_one_process_gives_a_figure_without_an_interval() -> None:
    figure = figure_seconds(one(processes=1).samples, level=0.99, rng=np.random.default_rng(0))
    assert (figure.low, figure.high, figure.level, figure.n) == (None, None, None, 1)
    assert figure.estimate == pytest.approx(SECONDS, rel=0.2)


def test_the_order_of_processes_changes_nothing() -> None:
    samples = one().samples
    figures = {
        figure_seconds(order, level=0.99, rng=np.random.default_rng(0))
        for order in (samples, samples[::-1])
    }
    assert len(figures) == 1


def test_many_figures_at_once_are_each_its_own() -> None:
    session = drawn(np.random.default_rng(3), Scatter(), benchmarks=3)
    together = figures_seconds(session, level=0.95, rng=np.random.default_rng(5))
    for number in range(3):
        alone = figure_seconds(
            session.samples_of(name(number)), level=0.95, rng=np.random.default_rng(5)
        )
        both = (together[name(number)], alone)
        assert both[0].low == pytest.approx(both[1].low)
    assert figures_seconds(session, level=0.95, rng=np.random.default_rng(5), ids={"?"}) == {}


def test_seconds_scale_with_their_blocks() -> None:
    samples = one().samples
    tenfold = [
        msgspec.structs.replace(s, block_ns=tuple(10 * ns for ns in s.block_ns)) for s in samples
    ]
    small = figure_seconds(samples, level=0.99, rng=np.random.default_rng(0))
    large = figure_seconds(tenfold, level=0.99, rng=np.random.default_rng(0))
    assert large.estimate == pytest.approx(10 * small.estimate)
    assert small.low is not None
    assert large.low == pytest.approx(10 * small.low)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, float("nan")])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(UseError, match="between 0 and 1"):
        figure_seconds(one().samples, level=level, rng=np.random.default_rng(0))


def test_samples_of_two_benchmarks_or_none_are_refused() -> None:
    two = drawn(np.random.default_rng(0), Scatter(), benchmarks=2).samples
    for samples in ((), two):
        with pytest.raises(UseError, match="samples of one benchmark"):
            figure_seconds(samples, level=0.9, rng=np.random.default_rng(0))


def test_an_interval_of_a_millionfold_counts_as_not_known() -> None:
    assert log_interval(0.0, 800.0, level=0.99, n=2).high is None
    assert log_interval(0.0, float("nan"), level=0.99, n=2).high is None


def test_thousands_of_claimed_processes_do_not_take_the_memory() -> None:
    rng = np.random.default_rng(0)
    many = drawn(rng, Scatter(process=0.08), processes=20_000, blocks=1).samples
    figure = figure_seconds(many, level=0.95, rng=rng)
    assert figure.n == 20_000
    assert figure.low is not None
    assert np.log(figure.estimate / figure.low) == pytest.approx(
        1.96 * 0.094 / 141 * 1.09, rel=0.25
    )
