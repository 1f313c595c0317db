"""The suite, as any user of pytest-benchmark would write it."""

from collections.abc import Callable

import pytest
from workloads.catalogue import CATALOGUE, SIZES

Benchmark = Callable[[Callable[[], object]], object]
both_sizes = pytest.mark.parametrize("size", SIZES)


@both_sizes
def test_arithmetic(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["arithmetic"].sized(size))


@both_sizes
def test_calls(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["calls"].sized(size))


@both_sizes
def test_attributes(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["attributes"].sized(size))


@both_sizes
def test_json(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["json"].sized(size))


@both_sizes
def test_matching(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["matching"].sized(size))


@both_sizes
def test_strings(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["strings"].sized(size))


@both_sizes
def test_sqlite(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["sqlite"].sized(size))


@both_sizes
def test_gather(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["gather"].sized(size))


@both_sizes
def test_allocation(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["allocation"].sized(size))


@both_sizes
def test_numpy(benchmark: Benchmark, size: str) -> None:
    benchmark(CATALOGUE["numpy"].sized(size))
