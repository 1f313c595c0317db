"""Limits: met by the whole interval, never dropped, patterns without surprises."""

import msgspec
import numpy as np
import pytest

from perfproof.errors import SettingError
from perfproof.judge import CheckedTargets, Target, check_targets, target_verdict
from perfproof.record import Benchmark, Interval, Session, TargetVerdict
from tests.judge.planted import Scatter, drawn, name


def session(benchmarks: int = 3, *, processes: int = 10) -> Session:
    rng = np.random.default_rng(0)
    return drawn(rng, Scatter(), benchmarks=benchmarks, processes=processes)


def target(
    pattern: str, limit: float = 1.0, *, hard: bool = True, origin: str = "t.toml"
) -> Target:
    return Target(pattern=pattern, limit=limit, hard=hard, origin=origin)


def checked(measured: Session, *targets: Target) -> CheckedTargets:
    return check_targets(measured, targets, level=0.99, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [
        (2e-6, TargetVerdict.MISSED),
        (3e-6, TargetVerdict.UNDECIDED),
        (5e-6, TargetVerdict.MET),
    ],
)
def test_a_limit_is_held_against_the_whole_interval(limit: float, verdict: TargetVerdict) -> None:
    seen = checked(session(), target("*", limit))
    assert {result.verdict for result in seen.results} == {verdict}


def test_an_interval_that_touches_the_limit_leaves_it_open() -> None:
    touching = Interval(1.0, 0.9, 1.1, 0.99, 10)
    assert target_verdict(touching, 1.1) is TargetVerdict.UNDECIDED
    assert target_verdict(touching, 0.9) is TargetVerdict.UNDECIDED


def test_one_process_decides_nothing() -> None:
    seen = checked(session(processes=1), target("*", 1.0))
    assert {result.verdict for result in seen.results} == {TargetVerdict.UNDECIDED}


def test_every_target_that_matches_is_checked() -> None:
    seen = checked(
        session(),
        target("*", 5e-6, origin="document"),
        target(name(1), 2e-6, hard=False, origin="ours"),
    )
    mine = [(r.origin, r.hard, r.verdict) for r in seen.results if r.benchmark == name(1)]
    assert mine == [
        ("document", True, TargetVerdict.MET),
        ("ours", False, TargetVerdict.MISSED),
    ]


def test_a_target_that_names_nothing_is_reported() -> None:
    lost = target("benchmarks/gone.py::*")
    seen = checked(session(), lost, target("*"))
    assert seen.unmatched == (lost,)
    assert len(seen.results) == 3


def test_a_benchmark_without_a_figure_is_reported() -> None:
    whole = session()
    silent = msgspec.structs.replace(
        whole, samples=tuple(s for s in whole.samples if s.benchmark != name(1))
    )
    every = target("*")
    seen = checked(silent, every)
    assert seen.unmeasured == ((every, name(1)),)
    assert [r.benchmark for r in seen.results] == [name(0), name(2)]


def test_a_mark_is_a_target_of_its_own_benchmark_only() -> None:
    whole = session(2)
    starred = Benchmark(
        id="a::test[*]", name="test[*]", runner="pytest-benchmark", target_seconds=2e-6
    )
    samples = tuple(msgspec.structs.replace(s, benchmark=starred.id) for s in whole.samples[:10])
    marked = msgspec.structs.replace(
        whole, benchmarks=(*whole.benchmarks, starred), samples=whole.samples + samples
    )
    (result,) = checked(marked).results
    assert (result.benchmark, result.origin) == ("a::test[*]", "mark")
    assert result.verdict is TargetVerdict.MISSED


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("b.py::test[1-x]", ["b.py::test[1-x]"]),
        ("b.py::test[*]", ["b.py::test[1-x]", "b.py::test[2]"]),
        ("b.py::test[?]", ["b.py::test[2]"]),
        ("*", ["b.py::test[1-x]", "b.py::test[2]", "b.py::test1"]),
        ("b.py::test[12]", []),
        ("B.py::*", []),
        ("test1", []),
    ],
)
def test_square_brackets_are_themselves(pattern: str, named: list[str]) -> None:
    ids = ["b.py::test[1-x]", "b.py::test[2]", "b.py::test1"]
    assert target(pattern).matching(ids) == named


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_is_no_time_is_refused(limit: float) -> None:
    with pytest.raises(SettingError, match=r"t\.toml: the limit is"):
        target("*", limit)


def test_a_pattern_is_needed() -> None:
    with pytest.raises(SettingError, match="needs a pattern"):
        target("")
