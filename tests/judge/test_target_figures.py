"""Limits of other figures than the time: counts, peak memory, what is kept."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from perfproof.judge import Beside, CheckedTargets, Target, check_targets, target_verdict
from perfproof.judge.kept import KeptMemory, kept_memory
from perfproof.judge.leaks import judge_survey
from perfproof.judge.peaks import peaks_bytes
from perfproof.record import (
    FORMS,
    FigureKind,
    Interval,
    LeakVerdict,
    Series,
    Session,
    TargetVerdict,
)
from perfproof.record.counting import Meter, Tally
from tests.judge.planted import Scatter, drawn, name
from tests.judge.test_leaks import after_each, at, memory, survey

MIB = 2.0**20
MET, MISSED, OPEN = TargetVerdict.MET, TargetVerdict.MISSED, TargetVerdict.UNDECIDED


def session(*, processes: int = 10) -> Session:
    return drawn(np.random.default_rng(0), Scatter(), benchmarks=2, processes=processes)


def with_peaks(peaks: list[float]) -> Session:
    whole = session(processes=len(peaks))
    samples = tuple(
        msgspec.structs.replace(each, peak_rss_bytes=round(peaks[each.process]))
        for each in whole.samples
    )
    return msgspec.structs.replace(whole, samples=samples)


def tally(per_call: tuple[int, int], *, meter: Meter = "allocations", whole: bool = False) -> Tally:
    few, many = 100, 300
    counted = (977, 977 + 200 * per_call[0], 977, 977 + 200 * per_call[1])
    if whole:
        return Tally(
            benchmark=name(0),
            meter=meter,
            hash_seed=1,
            calls=(few,),
            counted=(few * per_call[0],),
            whole=True,
        )
    return Tally(
        benchmark=name(0), meter=meter, hash_seed=1, calls=(few, many, few, many), counted=counted
    )


def target(kind: FigureKind, limit: float, *, pattern: str | None = None) -> Target:
    return Target(pattern=pattern or name(0), kind=kind, limit=limit, origin="t.toml")


def checked(measured: Session, *targets: Target, beside: Beside | None = None) -> CheckedTargets:
    rng = np.random.default_rng(0)
    return check_targets(measured, targets, level=0.99, rng=rng, beside=beside)


def verdict_of(measured: Session, one: Target, beside: Beside | None = None) -> TargetVerdict:
    (result,) = checked(measured, one, beside=beside).results
    return result.verdict


@pytest.mark.parametrize(
    ("seen", "limit", "verdict"),
    [
        ((10, 10), 10, MET),
        ((10, 10), 9, MISSED),
        ((9, 11), 10, OPEN),
        ((9, 11), 11, MET),
        ((11, 12), 10, MISSED),
    ],
)
@pytest.mark.parametrize("meter", ["allocations", "instructions", "bytes"])
def test_a_count_may_reach_its_limit_and_one_more_is_too_many(
    meter: Meter, seen: tuple[int, int], limit: float, verdict: TargetVerdict
) -> None:
    measured = msgspec.structs.replace(session(), tallies=(tally(seen, meter=meter),))
    (result,) = checked(measured, target(FigureKind(meter), limit)).results
    assert result.verdict is verdict
    assert result.figure is not None
    assert (result.figure.low, result.figure.high) == seen


def test_one_count_is_not_held_against_the_limit_of_another() -> None:
    measured = msgspec.structs.replace(session(), tallies=(tally((5, 5), meter="bytes"),))
    seen = checked(measured, target(FigureKind.ALLOCATIONS, 1))
    assert seen.results == ()
    assert [each for _, each in seen.unmeasured] == [name(0)]


def test_a_count_with_what_the_suite_sets_up_says_so() -> None:
    measured = msgspec.structs.replace(session(), tallies=(tally((5, 5), whole=True),))
    (result,) = checked(measured, target(FigureKind.ALLOCATIONS, 5)).results
    assert (result.verdict, result.reason) == (MET, "with what the suite sets up")


def test_peak_memory_is_held_as_a_time_is_by_its_interval_over_processes() -> None:
    scattered = with_peaks([MIB * each for each in (60, 61, 62, 63, 64, 60, 61, 62, 63, 64)])
    peak = FigureKind.PEAK_MEMORY
    (result,) = checked(scattered, target(peak, 80 * MIB)).results
    assert result.figure is not None
    assert 60 * MIB < (result.figure.low or 0) < 62 * MIB < (result.figure.high or 0) < 65 * MIB
    limits = {80: MET, 62: OPEN, 55: MISSED}
    for limit, verdict in limits.items():
        assert verdict_of(scattered, target(peak, limit * MIB)) is verdict
    assert verdict_of(with_peaks([60 * MIB]), target(peak, 80 * MIB)) is OPEN


def test_no_peak_is_no_figure() -> None:
    rng = np.random.default_rng(0)
    assert peaks_bytes(session(), level=0.99, rng=rng, ids={name(0)}) == {}


def kept(*series: Series) -> KeptMemory:
    one = survey(*series)
    return kept_memory(judge_survey(one), one)


def test_what_leaks_at_two_places_is_one_rate_with_its_interval() -> None:
    found = kept(
        memory(after_each(lambda n: 16 * n), line=1), memory(after_each(lambda n: 32 * n), line=2)
    )
    assert found.figure is not None
    assert found.figure.low == found.figure.estimate == found.figure.high == 48.0
    assert found.figure.n == 8


def test_what_does_not_grow_is_kept_by_nobody() -> None:
    found = kept(memory([640] * 10 + [648]))
    assert found.figure is not None
    assert (found.figure.estimate, found.figure.high) == (0.0, 0.0)


def test_a_place_in_doubt_raises_the_upper_end_alone() -> None:
    # Growth that slows down, but not as clearly as a cache that fills up does.
    doubtful = memory(after_each(lambda n: 4000 * (n + 500) ** 0.55), line=2)
    sure = memory(after_each(lambda n: 16 * n))
    assert judge_survey(survey(doubtful)).verdict is LeakVerdict.UNDECIDED
    found = kept(sure, doubtful)
    assert found.figure is not None
    assert found.figure.low == 16.0
    assert (found.figure.high or 0) > 16.0


@pytest.mark.parametrize(
    ("figure", "others", "limit", "verdict"),
    [
        (Interval(0, 0, 0, 0.99, 8), LeakVerdict.FREE, 0, MET),
        (Interval(1, 1, 1, 0.99, 8), LeakVerdict.FREE, 0, MISSED),
        (Interval(0, 0, 1, 0.99, 8), LeakVerdict.FREE, 0, OPEN),
        (Interval(8, 7, 9, 0.99, 8), LeakVerdict.FREE, 16, MET),
        (Interval(8, 7, 9, 0.99, 8), LeakVerdict.LEAK, 16, MISSED),
        (Interval(0, 0, 0, 0.99, 8), LeakVerdict.UNDECIDED, 0, OPEN),
        (None, LeakVerdict.FREE, 0, OPEN),
    ],
)
def test_kept_memory_of_nothing_is_the_limit_that_allows_no_leak(
    figure: Interval | None, others: LeakVerdict, limit: float, verdict: TargetVerdict
) -> None:
    one = KeptMemory(figure, others, reason="said")
    beside = Beside(kept={name(0): one})
    assert verdict_of(session(), target(FigureKind.KEPT_MEMORY, limit), beside) is verdict


def test_a_leaking_descriptor_is_seen_beside_the_bytes() -> None:
    socket = Series(kept="socket", stack=at(3), counts=tuple(after_each(lambda n: n / 10)))
    assert kept(socket).others is LeakVerdict.LEAK


def test_a_result_of_another_survey_is_refused() -> None:
    leaking = survey(memory(after_each(lambda n: 16 * n)))
    with pytest.raises(ValueError, match="lacks a site"):
        kept_memory(judge_survey(leaking), survey())


@pytest.mark.parametrize("kind", [each for each in FORMS if each is not FigureKind.LATENCY])
def test_what_cannot_be_measured_here_is_open_and_says_why(kind: FigureKind) -> None:
    silent = msgspec.structs.replace(session(), samples=())
    beside = Beside(absent={kind: "nobody can"})
    (result,) = checked(silent, target(kind, 5), beside=beside).results
    assert (result.verdict, result.reason, result.figure) == (OPEN, "nobody can", None)


def test_marks_of_several_figures_are_targets_each() -> None:
    whole = session()
    first, second = whole.benchmarks
    limits = {FigureKind.ALLOCATIONS: 10.0}
    marked = msgspec.structs.replace(first, target_seconds=1.0, limits=limits)
    measured = msgspec.structs.replace(
        whole, benchmarks=(marked, second), tallies=(tally((11, 11)),)
    )
    found = {each.kind: each.verdict for each in checked(measured).results}
    assert found == {FigureKind.TIME: MET, FigureKind.ALLOCATIONS: MISSED}


def test_an_estimate_that_touches_its_limit_is_open_and_a_count_is_not() -> None:
    touching = Interval(9, 8, 10, 0.99, 5)
    assert target_verdict(touching, 10, FigureKind.PEAK_MEMORY) is OPEN
    assert target_verdict(touching, 10, FigureKind.ALLOCATIONS) is MET
