"""A suite of fifty tests: every workload in five sizes."""

from collections.abc import Callable

import pytest
from workloads.catalogue import CATALOGUE

Benchmark = Callable[[Callable[[], object]], object]


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("name", CATALOGUE)
def test_workload(benchmark: Benchmark, name: str, step: int) -> None:
    workload = CATALOGUE[name]
    further = (workload.large - workload.small) * step // 4
    benchmark(workload.prepare(workload.small + further // 100 * 100))
