"""A pair whose sides do not do the same: each report names side and cause, and none hangs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from perfproof.measure.berths import Berths, Crew
from perfproof.measure.lockstep import Chance, Pairing, PairPlan, Station, measure_pair
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Side

PLAN = PairPlan(quads=1, block_seconds=0.0003, warmup_seconds=0.001, timeout_seconds=30.0)
SIDES: tuple[Side, Side] = ("base", "head")

SUITE = """\
import os

import pytest

HEAD = os.environ["SIDE"] == "head"


def test_twice_on_the_head(benchmark):
    benchmark(int)
    if HEAD:
        benchmark(int)


def test_twice_on_both(benchmark):
    benchmark(int)
    benchmark(int)


def test_not_on_the_base(benchmark):
    if HEAD:
        benchmark(int)


def test_raises_inside(benchmark):
    benchmark(lambda: 1 / 0 if HEAD else 1)


def test_raises_afterwards(benchmark):
    benchmark(int)
    assert not HEAD, "slower than promised"


def test_other_iterations(benchmark):
    benchmark.pedantic(int, rounds=4, iterations=5 if HEAD else 3)


def test_skipped_on_the_base(benchmark):
    if not HEAD:
        pytest.skip("not here")
    benchmark(int)
    assert benchmark.stats.stats.mean < 1


def test_breaks_the_set_up(benchmark, request):
    request.addfinalizer(lambda: 1 / 0 if HEAD else 1)
    benchmark(int)


def test_same(benchmark):
    benchmark(int)


def test_passed_by(benchmark):
    benchmark(int)
    assert 0 < benchmark.stats.stats.mean < 1


def test_pedantic_passed_by(benchmark):
    assert benchmark.pedantic(lambda: 3, setup=lambda: None, rounds=2) == 3
    assert 0 < benchmark.stats["median"] < 1
"""

CHANCE = """\
import random

SCALE = random.random()


def test_chance(benchmark):
    with open("drawn.txt", "a") as file:
        print(SCALE, random.random(), file=file)
    benchmark(int)
"""

SCRIPT = """\
import os

import pyperf

HEAD = os.environ["SIDE"] == "head"
runner = pyperf.Runner()
if not HEAD:
    runner.bench_func("base_only", int)
runner.bench_func("both", int)
if HEAD:
    raise OSError("no disk")
runner.bench_func("after", int)
runner.bench_func("last", int)
"""


def paired(
    root: Path,
    suite: Suite,
    ids: Sequence[str],
    *,
    wanted: Callable[[str], bool] = lambda _: True,
    seed: int = 3,
) -> Pairing:
    """One pair in which each side knows which it is."""
    station = Station(
        surroundings={side: Surroundings(root, {"SIDE": side}) for side in SIDES},
        berths=Berths(()),
        crew=Crew(),
        number=0,
        wanted=wanted,
    )
    return measure_pair(suite, ids, station, PLAN, Chance(random.Random(seed)))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sides")


@pytest.fixture(scope="module")
def pairing(root: Path) -> Pairing:
    (root / "test_sides.py").write_text(SUITE)
    names = [line[4:].split("(")[0] for line in SUITE.splitlines() if line.startswith("def ")]
    ids = [f"test_sides.py::{name}" for name in names]
    suite = Suite("pytest-benchmark", ("test_sides.py",))
    return paired(root, suite, ids, wanted=lambda each: "passed_by" not in each)


Reports = dict[tuple[str, Side | None], tuple[str, str]]


def troubles(pairing: Pairing) -> Reports:
    found: Reports = {
        ((each.benchmark or "").split("::")[1], each.side): (each.kind, each.reason)
        for each in pairing.troubles
    }
    assert len(found) == len(pairing.troubles)
    return found


ONCE = "FixtureAlreadyUsed: Fixture can only be used once"
EXPECTED: Reports = {
    ("test_twice_on_the_head", "head"): ("failed", ONCE),
    ("test_twice_on_both", "base"): ("failed", ONCE),
    ("test_twice_on_both", "head"): ("failed", ONCE),
    ("test_not_on_the_base", "base"): ("failed", "passed without calling its benchmark fixture"),
    ("test_raises_inside", "head"): ("failed", "ZeroDivisionError: division by zero"),
    ("test_raises_afterwards", "head"): ("failed", "AssertionError: slower than promised"),
    ("test_other_iterations", "head"): ("failed", "different iterations"),
    ("test_skipped_on_the_base", "base"): ("skipped", "not here"),
    ("test_breaks_the_set_up", "head"): ("failed", "teardown: ZeroDivisionError"),
}


def test_each_trouble_names_the_side_and_the_cause_and_no_side_is_blamed_for_the_other(
    pairing: Pairing,
) -> None:
    found = troubles(pairing)
    assert found.keys() == EXPECTED.keys()
    for key, (kind, reason) in EXPECTED.items():
        assert found[key][0] == kind
        assert reason in found[key][1]


def test_one_pair_comes_through_all_of_it_and_measures_what_both_sides_have(
    pairing: Pairing,
) -> None:
    assert list(pairing.remaining) == []
    sides = {each.side for each in pairing.samples if each.benchmark.endswith("test_same")}
    assert sides == set(SIDES)


def test_a_benchmark_that_is_passed_by_shows_its_test_true_figures_all_the_same(
    pairing: Pairing,
) -> None:
    assert not any("passed_by" in each.benchmark for each in pairing.samples)
    assert not any("passed_by" in name for name, _ in troubles(pairing))


@pytest.mark.parametrize("options", ["", "-p no:randomly"])
def test_both_sides_draw_the_same_by_chance_and_each_pair_something_else(
    tmp_path: Path, options: str
) -> None:
    (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = {options}\n")
    (tmp_path / "test_chance.py").write_text(CHANCE)
    suite = Suite("pytest-benchmark", ("test_chance.py",))
    for seed in (1, 2):
        assert paired(tmp_path, suite, ["test_chance.py::test_chance"], seed=seed).samples
    first, again, second, _ = (tmp_path / "drawn.txt").read_text().splitlines()
    assert first == again != second


def test_scripts_that_differ_are_followed_and_an_error_between_benchmarks_has_its_side(
    root: Path,
) -> None:
    (root / "perf_sides.py").write_text(SCRIPT)
    suite = Suite("pyperf", ("perf_sides.py",))
    ids = [f"perf_sides.py::{name}" for name in ("base_only", "both", "after", "last")]
    pairing = paired(root, suite, ids)
    assert {each.benchmark for each in pairing.samples} == {ids[1]}
    found = troubles(pairing)
    assert found.keys() == {("base_only", "head"), ("after", "head")}
    assert found["base_only", "head"] == ("failed", f"went on to {ids[1]} without it")
    assert found["after", "head"] == ("failed", "perf_sides.py: OSError: no disk")
    assert list(pairing.remaining) == [ids[3]]


def test_a_suite_that_dies_at_its_end_keeps_what_was_measured(tmp_path: Path) -> None:
    (tmp_path / "test_end.py").write_text(
        "import os\n\nimport pytest\n\n\n"
        "@pytest.fixture(scope='session')\ndef server():\n    yield\n"
        "    if os.environ['SIDE'] == 'head':\n        os._exit(7)\n\n\n"
        "def test_one(benchmark, server):\n    benchmark(int)\n"
    )
    suite = Suite("pytest-benchmark", ("test_end.py",))
    pairing = paired(tmp_path, suite, ["test_end.py::test_one"])
    assert {each.side for each in pairing.samples} == {"base", "head"}
    (trouble,) = pairing.troubles
    assert (trouble.benchmark, trouble.side, trouble.kind) == (None, "head", "worker")
    assert "exit code 7" in trouble.reason
