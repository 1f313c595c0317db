"""What a comparison says, refuses, and keeps from vanishing."""

import msgspec
import numpy as np
import pytest

from perfproof.errors import FingerprintError, UseError
from perfproof.judge import compare_sessions, verdict_of
from perfproof.record import Comparisons, Interval, Session, Trouble, Verdict
from tests.judge.planted import Scatter, drawn, fingerprint, header, log_blocks, name, session_of


def compared(base: Session, head: Session, margin: float = 0.1, alpha: float = 0.01) -> Comparisons:
    return compare_sessions(
        base, head, margin=margin, alpha=alpha, rng=np.random.default_rng(0), base_name="old"
    )


def two(
    benchmarks: int = 4, *, slower: float = 0.0, processes: int = 10
) -> tuple[Session, Session]:
    rng = np.random.default_rng(1)
    first = drawn(rng, Scatter(), identity="b", benchmarks=benchmarks, processes=processes)
    second = drawn(
        rng, Scatter(), identity="h", benchmarks=benchmarks, processes=processes, slower=slower
    )
    return first, second


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.11, 1.30, Verdict.SLOWER),
        (1.05, 1.30, Verdict.UNDECIDED),
        (0.95, 1.09, Verdict.SAME),
        (0.85, 1.05, Verdict.UNDECIDED),
        (0.50, 0.90, Verdict.FASTER),
        (0.80, 1.20, Verdict.UNDECIDED),
        (None, None, Verdict.UNDECIDED),
    ],
)
def test_the_verdict_follows_from_the_interval(
    low: float | None, high: float | None, verdict: Verdict
) -> None:
    level = None if low is None else 0.99
    assert verdict_of(Interval(1.0, low, high, level, 10), 0.1) is verdict


@pytest.mark.parametrize(("slowdown", "verdict"), [(5.0, Verdict.SLOWER), (0.2, Verdict.FASTER)])
def test_a_large_change_is_found(slowdown: float, verdict: Verdict) -> None:
    base, head = two(slower=float(np.log(slowdown)))
    results = compared(base, head).results
    assert {result.verdict for result in results} == {verdict}
    for result in results:
        assert result.ratio.estimate == pytest.approx(slowdown, rel=0.1)
        assert result.head_seconds == pytest.approx(slowdown * 3e-6, rel=0.1)
        assert result.base_seconds == pytest.approx(3e-6, rel=0.1)


def test_every_verdict_is_that_of_its_shown_interval() -> None:
    rng = np.random.default_rng(2)
    base = drawn(rng, Scatter(), identity="b", benchmarks=60)
    head = drawn(rng, Scatter(), identity="h", benchmarks=60, slower=np.linspace(-2, 2, 60))
    results = compared(base, head, margin=1.0).results
    assert [r.verdict for r in results] == [verdict_of(r.ratio, 1.0) for r in results]
    assert set(Verdict) == {r.verdict for r in results}
    assert len({r.ratio.level for r in results}) == 1


def test_swapping_the_sides_inverts_the_ratio() -> None:
    base, head = two(slower=0.3)
    there, back = compared(base, head).results, compared(head, base).results
    for one, other in zip(there, back, strict=True):
        assert one.ratio.low is not None
        assert other.ratio.high is not None
        assert one.ratio.estimate == pytest.approx(1 / other.ratio.estimate)
        assert one.ratio.low == pytest.approx(1 / other.ratio.high)
        assert one.detectable == pytest.approx(other.detectable)


def test_a_unit_common_to_both_sides_changes_nothing() -> None:
    rng = np.random.default_rng(4)
    first, second = (log_blocks(rng, Scatter(), benchmarks=3) for _ in range(2))
    small, large = (
        compared(
            session_of(first, identity="b", seconds=seconds),
            session_of(second, identity="h", seconds=seconds),
        )
        for seconds in (2e-5, 2e-2)
    )
    for one, other in zip(small.results, large.results, strict=True):
        assert one.ratio.estimate == pytest.approx(other.ratio.estimate, rel=1e-6)
        assert one.ratio.high == pytest.approx(other.ratio.high, rel=1e-6)
        assert one.verdict is other.verdict


def test_the_order_of_processes_changes_nothing() -> None:
    base, head = two()
    count = head.samples[-1].process + 1
    turned = tuple(msgspec.structs.replace(s, process=count - 1 - s.process) for s in head.samples)
    assert compared(base, msgspec.structs.replace(head, samples=turned)) == compared(base, head)


def test_the_yardstick_takes_the_machines_speed_out() -> None:
    rng = np.random.default_rng(5)
    calm = [log_blocks(rng, Scatter(block=0.01), benchmarks=2) for _ in range(2)]
    base = session_of(calm[0], identity="b", speed=np.log(1.0))
    head = session_of(calm[1], identity="h", speed=np.log(1.8))
    seen = compared(base, head)
    assert [r.ratio.estimate for r in seen.results] == pytest.approx([1, 1], abs=0.05)
    assert [r.head_seconds / r.base_seconds for r in seen.results] == pytest.approx(
        [1.8] * 2, rel=0.05
    )
    assert any("in yardsticks" in note for note in seen.notes)
    bare = msgspec.structs.replace(head.samples[0], yardstick_ns=None)
    partly = msgspec.structs.replace(head, samples=(bare, *head.samples[1:]))
    raw = compared(base, partly)
    assert raw.results[0].ratio.estimate == pytest.approx(1.8, rel=0.05)
    assert any("in seconds" in note for note in raw.notes)


def test_another_machine_is_refused_with_what_differs() -> None:
    base, head = two()
    elsewhere = msgspec.structs.replace(
        head, header=header("h", machine=fingerprint("Another CPU", logical_cores=4))
    )
    with pytest.raises(FingerprintError, match="Example CPU against Another CPU") as caught:
        compared(base, elsewhere)
    assert "logical_cores: 2 against 4" in str(caught.value)


def test_what_stands_on_one_side_is_named() -> None:
    base, head = two(3)
    lacking = tuple(s for s in head.samples if s.benchmark != name(0))
    trouble = Trouble(benchmark=name(0), process=0, kind="failed", reason="it raised")
    head = msgspec.structs.replace(head, samples=lacking, troubles=(trouble,))
    there, back = compared(base, head), compared(head, base)
    assert (there.removed, there.added) == ((name(0),), ())
    assert (back.removed, back.added) == ((), (name(0),))
    assert any("of the head gave no figure (1 failed): " + name(0) in n for n in there.notes)
    assert [r.benchmark for r in there.results] == [name(1), name(2)]


def test_a_changed_benchmark_is_marked() -> None:
    base, head = two(2)
    edited = msgspec.structs.replace(head.benchmarks[1], source_hash="0" * 16)
    seen = compared(base, msgspec.structs.replace(head, benchmarks=(head.benchmarks[0], edited)))
    assert seen.changed_source == (name(1),)
    assert "source differs" in (seen.results[1].reason or "")


def test_nothing_in_common_is_said() -> None:
    base, head = two(1)
    empty = msgspec.structs.replace(head, samples=())
    seen = compared(base, empty)
    assert seen.results == ()
    assert any("nothing was compared" in note for note in seen.notes)


def test_one_process_leaves_the_verdict_undecided() -> None:
    base, _ = two(2)
    _, head = two(2, processes=1)
    for result in compared(base, head).results:
        assert result.verdict is Verdict.UNDECIDED
        assert (result.ratio.low, result.detectable, result.ratio.n) == (None, None, 1)
        assert "one process" in (result.reason or "")


def test_two_processes_give_no_interval_a_millionfold_wide() -> None:
    rng = np.random.default_rng(0)
    scatter = Scatter(process=0.5)
    base, head = (drawn(rng, scatter, identity=i, benchmarks=30, processes=2) for i in "bh")
    results = compared(base, head, alpha=1e-9).results
    unknown = [r for r in results if r.ratio.low is None]
    assert unknown
    for result in unknown:
        assert result.detectable is None
        assert result.reason == "2 processes are too few for an interval at this level"


@pytest.mark.parametrize(("margin", "alpha"), [(-0.1, 0.01), (0.1, 0.0), (0.1, 1.0)])
def test_terms_without_meaning_are_refused(margin: float, alpha: float) -> None:
    with pytest.raises(UseError):
        compared(*two(1), margin=margin, alpha=alpha)


def test_an_unfinished_session_is_said_to_be() -> None:
    base, head = two(1)
    seen = compared(msgspec.structs.replace(base, complete=False), head)
    assert "the base session was not brought to its end" in seen.notes


def test_a_comparison_survives_its_own_file_format() -> None:
    seen = compared(*two(3, processes=2), alpha=1e-6)
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Comparisons) == seen
