"""Medians of import times against an oracle and planted differences."""

from __future__ import annotations

import random

import pytest
from scipy.stats import binom

from perfproof.judge.imports import compare_imports, cost_of_import, median_interval
from perfproof.record import Verdict
from perfproof.record.importing import ImportRun


def run(**own: float) -> ImportRun:
    return ImportRun(dict(own), dict(own))


@pytest.mark.parametrize("n", [1, 5, 8, 12, 30, 101])
def test_the_interval_of_a_median_has_the_sign_tests_confidence(n: int) -> None:
    figure = median_interval([float(each) for each in range(1, n + 1)], 0.99)
    k = next((k for k in range(n // 2, 0, -1) if 1 - 2 * binom.cdf(k - 1, n, 0.5) >= 0.99), None)
    if k is None:
        assert (figure.low, figure.high, figure.level) == (None, None, None)
    else:
        assert (figure.low, figure.high) == (k, n + 1 - k)
        assert figure.level == pytest.approx(1 - 2 * binom.cdf(k - 1, n, 0.5))


def test_the_most_expensive_module_comes_first() -> None:
    cost = cost_of_import("a", [run(a=1.0, b=3.0, c=2.0)] * 3, level=0.99)
    assert [each.module for each in cost.modules] == ["b", "c", "a"]
    assert cost.base_seconds.estimate == 6


def pairs(slow: float, seed: int = 1) -> list[tuple[ImportRun, ImportRun]]:
    chance = random.Random(seed)

    def seconds(truth: float) -> float:
        return truth * chance.lognormvariate(0, 0.03)

    return [
        (
            run(same=seconds(1e-3), changed=seconds(1e-3), gone=seconds(1e-3)),
            run(same=seconds(1e-3), changed=seconds(slow * 1e-3), new=seconds(1e-3)),
        )
        for _ in range(20)
    ]


def test_what_became_slower_was_added_or_removed_is_told_apart() -> None:
    cost = compare_imports("a", pairs(2.0), level=0.99, margin=0.1)
    modules = {each.module: each for each in cost.modules}
    assert modules["changed"].verdict is Verdict.SLOWER
    assert modules["same"].verdict is not Verdict.SLOWER
    assert modules["new"].base_self is None
    assert modules["gone"].head_self is None
    assert cost.verdict is Verdict.SLOWER


def test_identical_imports_are_not_called_slower() -> None:
    red = sum(
        each.verdict is Verdict.SLOWER
        for seed in range(40)
        for each in compare_imports("a", pairs(1.0, seed), level=0.99, margin=0.02).modules
    )
    assert red == 0


def test_too_few_processes_are_undecided() -> None:
    cost = compare_imports("a", pairs(2.0)[:3], level=0.99, margin=0.1)
    assert cost.verdict is Verdict.UNDECIDED
