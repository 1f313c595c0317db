"""A load's quantile against a limit: stalls, failures, a late driver, too few requests."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from perfproof.errors import SettingError
from perfproof.judge.load_limits import LoadTarget, check_load, without_run
from perfproof.record import TargetResult, TargetVerdict
from perfproof.record.load import LoadRun
from tests.judge.test_tails import run

MET, MISSED, OPEN = TargetVerdict.MET, TargetVerdict.MISSED, TargetVerdict.UNDECIDED


def target(limit: float = 0.05, quantile: float = 0.99) -> LoadTarget:
    return LoadTarget(
        scenario="echo.toml", quantile=quantile, limit_seconds=limit, origin="t.toml, 1"
    )


def quick() -> LoadRun:
    return run(np.random.default_rng(1).lognormal(-5, 0.4, size=(20, 500)))


def held(seen: LoadRun, one: LoadTarget | None = None, *, failures: float = 0.0) -> TargetResult:
    return check_load(one or target(), seen, failures=failures, level=0.99)


def refused(seen: LoadRun, count: int) -> LoadRun:
    return msgspec.structs.replace(
        seen, answered=seen.answered - count, refused=count, example="busy"
    )


@pytest.mark.parametrize(("limit", "verdict"), [(0.05, MET), (0.0172, OPEN), (0.01, MISSED)])
def test_the_whole_interval_is_held_against_the_limit(limit: float, verdict: TargetVerdict) -> None:
    assert held(quick(), target(limit)).verdict is verdict


@pytest.mark.parametrize(
    "slow",
    [
        [n for n in range(20) if n % 2],  # every other slice
        [1, 2, 8, 9, 10, 16],
    ],
)
def test_a_server_that_stalls_misses_though_no_upper_end_can_be_had(slow: list[int]) -> None:
    slices = [[0.5] * 60 if n in slow else [0.001] * 60 for n in range(20)]
    result = held(run(slices))
    assert result.verdict is MISSED
    assert result.figure is not None
    assert result.figure.estimate == pytest.approx(0.5)
    assert result.figure.high is None
    assert "took longer than the limit" in str(result.reason)


def test_one_stall_alone_decides_nothing() -> None:
    slices = [[0.5] * 60 if n == 7 else [0.001] * 60 for n in range(20)]
    result = held(run(slices))
    assert result.verdict is OPEN
    assert "an interval takes" in str(result.reason)


def test_stalls_that_hit_less_than_the_quantile_allows_are_seldom_called_missed() -> None:
    # One request in 125 is slow where one in 100 may be, and they come in stalls of ten slices.
    chance = np.random.default_rng(3)
    wrong = 0
    for _ in range(300):
        hit = chance.random(20) < 0.08
        slices = [[0.5] * 6 + [0.001] * 54 if each else [0.001] * 60 for each in hit]
        wrong += held(run(slices)).verdict is MISSED
    # One-sided half of a hundredth, and the design effect comes from twenty slices alone.
    assert wrong <= 6


def test_more_failures_than_allowed_miss_whatever_the_latency() -> None:
    seen = refused(quick(), 30)
    result = held(seen)
    assert result.verdict is MISSED
    assert result.reason == "30 of 10,000 requests had no answer, more than 0 %, as in: busy"
    assert held(seen, failures=0.01).verdict is MET


def test_a_reply_gone_astray_misses() -> None:
    seen = msgspec.structs.replace(quick(), astray=1)
    assert held(seen, failures=0.5).verdict is MISSED


def test_an_event_that_never_came_misses_whatever_is_allowed_to_fail() -> None:
    result = held(msgspec.structs.replace(quick(), missing=2), failures=0.5)
    assert result.verdict is MISSED
    assert result.reason == "2 events never came"


def test_a_late_driver_makes_no_limit_missed_and_a_met_one_holds_as_lateness_only_adds() -> None:
    slow = run(np.full((20, 500), 0.5), lateness=np.full(10_000, 0.4))
    result = held(slow)
    assert result.verdict is OPEN
    assert "the driver was the bottleneck" in str(result.reason)
    assert held(run(np.full((20, 500), 0.5))).verdict is MISSED
    quick_all_the_same = run(np.full((20, 500), 0.01), lateness=np.full(10_000, 0.009))
    assert held(quick_all_the_same).verdict is MET


def test_without_a_run_nothing_is_met() -> None:
    with pytest.raises(ValueError, match="nothing is met"):
        without_run(target(), MET, "no server")
    assert without_run(target(), OPEN, "no parts").figure is None


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(SettingError, match=r"t\.toml, 1: .*above 0"):
        target(0.0)
