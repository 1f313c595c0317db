"""The scatter between sessions: found where planted, common and own kept apart, assumed aloud."""

import msgspec
import numpy as np
import pytest

from perfproof.judge.offsets import (
    ASSUMED_OWN_SD,
    ASSUMED_RELATIVE_SD,
    ASSUMED_SD,
    FULL_DF,
    Offsets,
    offsets_between,
)
from perfproof.judge.pairing import pair
from perfproof.record import Benchmark, Commit, Session
from tests.judge.planted import Scatter, drawn, fingerprint, header, name


def stored(count: int, scatter: Scatter, *, benchmarks: int = 20, seed: int = 0) -> list[Session]:
    rng = np.random.default_rng(seed)
    return [
        drawn(rng, scatter, identity=f"h{n}", benchmarks=benchmarks, processes=4, blocks=2)
        for n in range(count)
    ]


def offsets_of(sessions: list[Session], benchmarks: int = 20) -> Offsets:
    ids = [name(number) for number in range(benchmarks)]
    return offsets_between([s.samples for s in sessions], ids, relative=False)


def test_without_a_history_the_scatter_is_assumed_and_said_to_be() -> None:
    found = offsets_of(stored(2, Scatter()))
    assert found.common_variance == pytest.approx(ASSUMED_SD**2)
    assert found.own_variance.tolist() == pytest.approx([ASSUMED_OWN_SD**2] * 20)
    assert found.sessions == 0
    assert "are assumed to scatter by 10.0 %" in found.note
    assert "2 stored sessions" in found.note


def test_a_long_history_finds_what_was_planted() -> None:
    scatter = Scatter(session=0.06, own=0.02, process=0.001, block=0.001)
    found = offsets_of(stored(60, scatter))
    assert np.sqrt(found.common_variance) == pytest.approx(0.06, rel=0.3)
    assert np.sqrt(found.own_variance) == pytest.approx(np.full(20, 0.02), rel=0.3)
    assert found.common_df == 59, "nothing is assumed any more"
    assert found.own_df.min() > 59, "the suite lends strength"


def test_a_common_offset_is_not_made_certain_by_many_benchmarks() -> None:
    found = offsets_of(
        stored(3, Scatter(session=0.1, process=0.001, block=0.001), benchmarks=200), 200
    )
    assert found.common_df == FULL_DF
    assert found.own_variance.max() < 0.01**2


def test_the_assumption_fades_as_sessions_come() -> None:
    calm = Scatter(process=0.01, block=0.0)
    seen = [offsets_of(stored(count, calm)).common_variance for count in (0, 3, 6, 9, 12)]
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] < 0.1 * ASSUMED_SD**2


def test_few_benchmarks_are_completed_by_the_assumption() -> None:
    found = offsets_of(stored(3, Scatter(), benchmarks=4), 4)
    assert found.own_df.tolist() == [FULL_DF] * 4
    assert found.own_variance.min() > 0.7 * ASSUMED_OWN_SD**2


def test_a_single_benchmark_has_nothing_of_its_own() -> None:
    found = offsets_of(stored(5, Scatter(), benchmarks=1), 1)
    assert found.own_variance.tolist() == [0.0]


def test_a_benchmark_that_some_sessions_lack_gets_what_the_suite_has() -> None:
    sessions = stored(6, Scatter(own=0.05))
    lacking = [s for s in sessions[0].samples if s.benchmark != name(3)]
    sessions[0] = msgspec.structs.replace(sessions[0], samples=tuple(lacking))
    found = offsets_of(sessions)
    others = np.delete(found.own_variance, 3)
    assert found.own_variance[3] == pytest.approx(others.mean())


def test_a_session_of_few_benchmarks_is_left_out() -> None:
    sessions = stored(3, Scatter())
    sessions[0] = msgspec.structs.replace(sessions[0], samples=sessions[0].samples[:8])
    assert offsets_of(sessions).sessions == 0


def test_relative_times_are_assumed_to_scatter_less() -> None:
    found = offsets_between([], [name(0)], relative=True)
    assert found.common_variance == pytest.approx(ASSUMED_RELATIVE_SD**2)


def changed(session: Session, **fields: object) -> Session:
    benchmarks: tuple[Benchmark, ...] = tuple(
        msgspec.structs.replace(b, **fields) for b in session.benchmarks
    )
    return msgspec.structs.replace(session, benchmarks=benchmarks)


def test_only_sessions_of_this_machine_and_source_count_as_history() -> None:
    base, head, good = stored(3, Scatter(), benchmarks=2)
    elsewhere = msgspec.structs.replace(
        good, header=header("elsewhere", machine=fingerprint("Another CPU"))
    )
    other_source = changed(msgspec.structs.replace(good, header=header("x")), source_hash="0" * 16)
    sides = pair(base, head, [base, head, elsewhere, other_source, good, good])
    assert sides.history == (good.samples,)


def test_without_a_source_hash_the_commit_must_agree() -> None:
    base, head, same, other = (changed(s, source_hash=None) for s in stored(4, Scatter()))
    other = msgspec.structs.replace(
        other, header=msgspec.structs.replace(other.header, commit=Commit(hash="b" * 40))
    )
    assert pair(base, head, [same, other]).history == (same.samples,)
