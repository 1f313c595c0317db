"""The independent measurement finds what was planted, with an interval that holds it."""

import random
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from scipy import stats

from analysis.study.planted import true_ratios
from analysis.study.truth import TRUTH, Version, a_round, append_round, rounds_in
from analysis.study.versions import GROWTHS

WORKLOADS = [("json", "small"), ("json", "large")]


class FakeVersion:
    """Fake: a process whose calls take exactly so long, but for one turn in eight."""

    def __init__(self, nanoseconds: float, asked: int) -> None:
        self.nanoseconds = nanoseconds
        self.asked = asked

    def ask(self, line: str) -> int:
        self.asked += 1
        if line.startswith("prepare"):
            return 0
        spike = 3.0 if self.asked % 8 == 0 else 1.0
        return round(int(line) * self.nanoseconds * spike)


def versions(**nanoseconds: float) -> dict[str, Version]:
    return {
        name: cast(Version, FakeVersion(each, number))
        for number, (name, each) in enumerate(nanoseconds.items())
    }


def test_a_round_sees_the_growth_through_spikes() -> None:
    fakes = versions(base=10_000, identical=10_000, grown_3=10_300)
    found = a_round(fakes, WORKLOADS, random.Random(1))
    assert found.keys() == {(name, each) for name in ("identical", "grown_3") for each in WORKLOADS}
    for each in WORKLOADS:
        assert found["identical", each] == pytest.approx(0, abs=1e-3)
        assert found["grown_3", each] == pytest.approx(np.log(1.03), abs=1e-3)


def test_rounds_are_added_and_numbered_on(tmp_path: Path) -> None:
    path = tmp_path / TRUTH
    assert rounds_in(path) == 0
    for number in range(2):
        append_round(path, number, {("grown_3", WORKLOADS[0]): 0.03})
    assert rounds_in(path) == 2
    assert len(path.read_text().splitlines()) == 3


def test_intervals_hold_the_planted_share_as_often_as_they_say(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    path = tmp_path / TRUTH
    many = [(f"workload {number}", "small") for number in range(40)]
    for number in range(40):
        values = {
            (scenario, each): float(np.log1p(percent / 100) + 0.01 * rng.standard_t(3))
            for scenario, percent in GROWTHS.items()
            for each in many
        }
        append_round(path, number, values)
    truth = true_ratios(path)
    every, single = truth[truth.workload == "all"], truth[truth.workload != "all"]
    inside = (single.low < single.planted) & (single.planted < single.high)
    assert len(inside) == len(GROWTHS) * len(many)
    assert stats.binom.ppf(0.001, 200, 0.95) <= inside.sum() <= stats.binom.ppf(0.999, 200, 0.95)
    assert (every.percent - every.planted).abs().max() < 0.2
