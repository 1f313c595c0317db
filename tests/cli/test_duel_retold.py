"""What a duel's file says: time and peak memory, nulls, confirmations, losses; planted truths."""

from __future__ import annotations

import msgspec
import pytest

from perfproof.cli.duel_outcome import verdict_of
from perfproof.cli.retelling import fought_in, retold
from perfproof.errors import ExitCode, UseError
from perfproof.record import Comparisons, MemoryVerdict, Sample, Session, Trouble, Verdict
from tests.cli.duelled import ASKED, pairs, session

EIGHT = range(8)
AGAIN = range(20, 28)
NULLS = pairs("a", range(10, 14), part="null")


def times(told: Comparisons) -> dict[str, Verdict]:
    return {each.benchmark: each.verdict for each in told.results}


def peaks(told: Comparisons) -> dict[str, MemoryVerdict]:
    return {each.benchmark: each.verdict for each in told.memory}


def exit_code(measured: Session, *, strict: bool = False) -> ExitCode:
    return verdict_of(retold(measured), failed=fought_in(measured).failed, strict=strict)


@pytest.mark.parametrize(
    ("larger", "verdict", "code"),
    [
        (1.5, MemoryVerdict.LARGER, ExitCode.CHECK_FAILED),
        (0.6, MemoryVerdict.SMALLER, ExitCode.PASS),
        (1.01, MemoryVerdict.SAME, ExitCode.PASS),
        (1.05, MemoryVerdict.UNDECIDED, ExitCode.PASS),
    ],
)
def test_peak_memory_has_four_verdicts_and_only_larger_fails(
    larger: float, verdict: MemoryVerdict, code: ExitCode
) -> None:
    measured = session(pairs("a", EIGHT, larger=larger), NULLS)
    told = retold(measured)
    assert peaks(told) == {"a": verdict}
    assert times(told) == {"a": Verdict.SAME}
    assert exit_code(measured) is code
    # Nothing is measured for the sake of memory: it cannot make a strict job undecided either.
    assert exit_code(measured, strict=True) is code


def test_swapped_sides_invert_the_growth() -> None:
    measured = session(pairs("a", EIGHT, larger=1.5), NULLS)
    (there,) = retold(measured).memory
    (back,) = retold(swapped(measured)).memory
    assert back.verdict is MemoryVerdict.SMALLER
    assert back.ratio.estimate == pytest.approx(1 / there.ratio.estimate)
    assert (back.base_bytes, back.head_bytes) == (there.head_bytes, there.base_bytes)


def swapped(measured: Session) -> Session:
    def other(sample: Sample) -> Sample:
        return msgspec.structs.replace(sample, side="head" if sample.side == "base" else "base")

    return msgspec.structs.replace(measured, samples=tuple(map(other, measured.samples)))


def test_time_and_memory_are_families_of_their_own() -> None:
    both = session(
        pairs("a", EIGHT, slower=1.5),
        pairs("b", EIGHT, larger=1.5),
        pairs("c", EIGHT),
    )
    told = retold(both)
    assert times(told) == {"a": Verdict.SLOWER, "b": Verdict.SAME, "c": Verdict.SAME}
    assert peaks(told) == {
        "a": MemoryVerdict.SAME,
        "b": MemoryVerdict.LARGER,
        "c": MemoryVerdict.SAME,
    }
    assert {each.margin for each in told.results} == {ASKED.margin}
    assert {each.margin for each in told.memory} == {0.05}


@pytest.mark.parametrize(("slower", "larger"), [(1.5, 1.0), (1.0, 1.5)])
def test_what_fresh_pairs_do_not_bear_out_is_undecided_and_says_so(
    slower: float, larger: float
) -> None:
    first = pairs("a", EIGHT, slower=slower, larger=larger)
    held = pairs("a", AGAIN, slower=slower, larger=larger, part="confirmation")
    gone = pairs("a", AGAIN, part="confirmation")
    assert exit_code(session(first, NULLS, held)) is ExitCode.CHECK_FAILED
    assert exit_code(session(first, NULLS, gone)) is ExitCode.PASS
    told = retold(session(first, NULLS, gone))
    results = told.results if slower > 1 else told.memory
    (reason,) = [each.reason for each in results]
    assert reason is not None
    assert reason.endswith("at first, not so in fresh pairs")


def test_what_is_red_stays_so_where_nobody_asked_for_a_confirmation_and_not_where_it_was_cut() -> (
    None
):
    first = pairs("a", EIGHT, slower=1.5)
    assert times(retold(session(first))) == {"a": Verdict.SLOWER}
    cut = retold(session(first, complete=False))
    assert times(cut) == {"a": Verdict.UNDECIDED}
    assert cut.results[0].reason == "slower at first, not fought again in fresh pairs"
    assert any("not brought to its end" in note for note in cut.notes)


def test_nulls_whose_memory_misbehaves_silence_memory_alone() -> None:
    off = [pairs(name, range(10, 18), larger=1.4, part="null") for name in "abc"]
    measured = session(*(pairs(name, EIGHT, larger=1.5) for name in "abcdefg"), *off)
    told = retold(measured)
    assert set(peaks(told).values()) == {MemoryVerdict.UNDECIDED}
    assert set(times(told).values()) == {Verdict.SAME}
    assert exit_code(measured) is ExitCode.PASS


def test_nulls_whose_time_misbehaves_silence_time_alone() -> None:
    off = [pairs(name, range(10, 18), slower=1.4, part="null") for name in "abc"]
    measured = session(*(pairs(name, EIGHT, slower=1.5, larger=1.5) for name in "abcdefg"), *off)
    told = retold(measured)
    assert set(times(told).values()) == {Verdict.UNDECIDED}
    assert set(peaks(told).values()) == {MemoryVerdict.LARGER}


def test_where_the_system_tells_no_peak_memory_is_not_known() -> None:
    told = retold(session(pairs("a", EIGHT, weighed=False), pairs("b", EIGHT, weighed=False)))
    assert told.memory == ()
    assert "peak memory: not known, as the system does not tell it" in told.notes
    some = retold(session(pairs("a", EIGHT, weighed=False), pairs("b", EIGHT)))
    assert peaks(some) == {"b": MemoryVerdict.SAME}


def test_a_benchmark_that_was_lost_has_no_verdict_and_fails_the_job() -> None:
    lost = Trouble(benchmark="a", process=5, kind="timeout", reason="silent", side="head")
    measured = session(pairs("a", range(5)), pairs("b", EIGHT), troubles=(lost,))
    told = retold(measured)
    assert times(told).keys() == peaks(told).keys() == {"b"}
    assert exit_code(measured) is ExitCode.CHECK_FAILED


def test_a_side_alone_and_pairs_past_the_last_are_left_out() -> None:
    cut_off = pairs("a", [30])[:1]
    measured = session(pairs("a", range(25)), cut_off, complete=False)
    (result,) = retold(measured).results
    assert result.base_processes == ASKED.most_pairs


@pytest.mark.parametrize(
    "changes", [{"margin": -1.0}, {"alpha": 0.0}, {"most_pairs": 1}, {"most_pairs": 10**9}]
)
def test_a_file_that_asks_the_impossible_is_refused(changes: dict[str, float]) -> None:
    asked = msgspec.structs.replace(ASKED, **changes)
    with pytest.raises(UseError):
        retold(session(pairs("a", EIGHT), asked=asked))


def test_a_session_without_a_duel_is_refused() -> None:
    with pytest.raises(UseError, match="holds no duel"):
        retold(session(pairs("a", EIGHT), asked=None))
