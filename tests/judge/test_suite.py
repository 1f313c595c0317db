"""The suite's mean ratio: an offset that all benchmarks share does not average out."""

import msgspec
import numpy as np
import pytest
from scipy.stats import binom, t

from perfproof.errors import FingerprintError, UseError
from perfproof.judge import compare_sessions, suite_ratio
from perfproof.judge.offsets import ASSUMED_OWN_SD, ASSUMED_SD
from perfproof.record import Session
from tests.judge.planted import Scatter, drawn, fingerprint, header, name

AS_ASSUMED = Scatter(session=ASSUMED_SD, own=ASSUMED_OWN_SD, process=0.05, block=0.02)


def two(seed: int, *, benchmarks: int = 15, slower: float = 0.0) -> tuple[Session, Session]:
    rng = np.random.default_rng(seed)
    base = drawn(rng, AS_ASSUMED, identity="b", benchmarks=benchmarks, processes=5, blocks=1)
    head = drawn(
        rng, AS_ASSUMED, identity="h", benchmarks=benchmarks, processes=5, blocks=1, slower=slower
    )
    return base, head


def covers(seed: int) -> tuple[bool, bool]:
    """Whether the truth lies in ours, and in one that takes benchmarks as independent."""
    base, head = two(seed, slower=float(np.log(1.2)))
    ours = suite_ratio(base, head, level=0.9, rng=np.random.default_rng(0))
    assert ours.low is not None
    assert ours.high is not None
    seen = compare_sessions(base, head, margin=0.1, alpha=0.1, rng=np.random.default_rng(0))
    logs = np.log([r.ratio.estimate for r in seen.results])
    reach = t.ppf(0.95, len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs))
    return ours.low <= 1.2 <= ours.high, bool(abs(logs.mean() - np.log(1.2)) <= reach)


def test_holds_the_truth_where_independent_benchmarks_would_not() -> None:
    seen = np.array([covers(seed) for seed in range(150)])
    assert seen[:, 0].sum() >= binom.ppf(1e-4, 150, 0.9)
    assert seen[:, 1].sum() < 60, "the sabotage: benchmarks taken as replicates"


def test_more_benchmarks_do_not_shrink_it_to_nothing() -> None:
    few, many = (
        suite_ratio(*two(1, benchmarks=count), level=0.95, rng=np.random.default_rng(0))
        for count in (5, 80)
    )
    for interval in (few, many):
        assert interval.low is not None
        assert interval.estimate / interval.low > np.exp(1.9 * ASSUMED_SD * np.sqrt(2))


def test_swapping_the_sides_inverts_it() -> None:
    base, head = two(2, slower=0.4)
    there = suite_ratio(base, head, level=0.95, rng=np.random.default_rng(0))
    back = suite_ratio(head, base, level=0.95, rng=np.random.default_rng(0))
    assert back.high is not None
    assert there.estimate == pytest.approx(1 / back.estimate)
    assert there.low == pytest.approx(1 / back.high)


def test_a_process_without_a_slow_benchmark_is_not_taken_for_fast() -> None:
    rng = np.random.default_rng(3)
    uneven = np.log([1.0, 1000.0])
    base, head = (
        drawn(rng, Scatter(process=0.01), identity=i, benchmarks=2, slower=uneven) for i in "bh"
    )
    lacking = tuple(s for s in head.samples if (s.benchmark, s.process) != (name(1), 4))
    head = msgspec.structs.replace(head, samples=lacking)
    seen = suite_ratio(base, head, level=0.95, rng=rng)
    assert seen.estimate == pytest.approx(1, abs=0.05)
    assert seen.n == 10


def test_history_tightens_it() -> None:
    rng = np.random.default_rng(4)
    base, head, *history = (
        drawn(rng, Scatter(process=0.01), identity=str(n), benchmarks=4, blocks=1)
        for n in range(14)
    )
    alone = suite_ratio(base, head, level=0.95, rng=rng)
    told = suite_ratio(base, head, level=0.95, rng=rng, history=history)
    assert alone.high is not None
    assert told.high is not None
    assert told.high - 1 < 0.2 * (alone.high - 1)


def test_one_process_gives_a_ratio_without_an_interval() -> None:
    rng = np.random.default_rng(5)
    base, head = (drawn(rng, Scatter(), identity=i, processes=1) for i in "bh")
    seen = suite_ratio(base, head, level=0.95, rng=rng)
    assert (seen.low, seen.n) == (None, 1)


def test_what_cannot_be_compared_is_refused() -> None:
    base, head = two(6)
    rng = np.random.default_rng(0)
    elsewhere = header("h", machine=fingerprint("Another CPU"))
    with pytest.raises(FingerprintError):
        suite_ratio(base, msgspec.structs.replace(head, header=elsewhere), level=0.9, rng=rng)
    with pytest.raises(UseError, match="no benchmark has figures on both sides"):
        suite_ratio(base, msgspec.structs.replace(head, samples=()), level=0.9, rng=rng)
