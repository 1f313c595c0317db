"""Arrival times are drawn before, by rate and seed alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from perfproof.errors import UseError
from perfproof.measure.load.arrivals import arrival_ns
from perfproof.measure.load.scenario import Scenario, filled


def test_the_same_seed_gives_the_same_times_and_another_one_others() -> None:
    one, same, other = (
        arrival_ns(100, 2, kind="poisson", seed=seed).tolist() for seed in (1, 1, 2)
    )
    assert one == same != other
    assert len(one) == 200
    assert one == sorted(one)
    assert 0 <= one[0] <= one[-1] < 2e9


def test_poisson_arrivals_come_at_random_and_constant_ones_at_equal_distances() -> None:
    drawn = arrival_ns(5000, 1, kind="poisson", seed=3)
    gaps = np.diff(drawn)
    assert kstest(gaps / gaps.mean(), "expon").pvalue > 1e-4
    even = arrival_ns(1000, 1, kind="constant", seed=3)
    assert set(np.diff(even).tolist()) <= {999_999, 1_000_000, 1_000_001}


@pytest.mark.parametrize(("rate", "seconds"), [(0.1, 1), (1e6, 3600)])
def test_no_request_and_endlessly_many_are_refused(rate: float, seconds: float) -> None:
    with pytest.raises(UseError, match="requests a second for"):
        arrival_ns(rate, seconds, kind="poisson", seed=1)


def test_only_the_known_names_in_braces_are_replaced() -> None:
    assert filled('{"id":"{id}","x":{y}}', {"id": "7"}) == '{"id":"7","x":{y}}'


def test_what_is_kept_of_a_url_holds_no_secret() -> None:
    scenario = Scenario(url="http://me:secret@host:8/path?token=secret#secret", rate=1)
    assert scenario.shown_url == "http://host:8/path"
    assert Scenario(url="http://host:8?token=secret", rate=1).shown_url == "http://host:8/"
