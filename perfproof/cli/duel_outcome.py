"""What the duels of a session gave, as comparisons for the reader and as an exit code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from perfproof.cli.duel_standing import MEMORY_MARGIN, Standing
from perfproof.errors import ExitCode
from perfproof.judge.duel import NullsJudgement, State, downgraded
from perfproof.record import (
    Comparison,
    Comparisons,
    Duel,
    MemoryComparison,
    MemoryVerdict,
    Trouble,
    Verdict,
)
from perfproof.record.quantity import show_share

__all__ = ["Fought", "told", "verdict_of"]

_OF_MEMORY = {
    Verdict.SLOWER: MemoryVerdict.LARGER,
    Verdict.FASTER: MemoryVerdict.SMALLER,
    Verdict.SAME: MemoryVerdict.SAME,
    Verdict.UNDECIDED: MemoryVerdict.UNDECIDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fought:
    """All that a session of duels gave, live or from its file.

    Attributes:
        asked: What was asked.
        duels: Base against head.
        nulls: Base against itself.
        confirmation: What was slower or larger, fought again; ``None`` when that was not asked.
        lost: What gave no figure, with the first cause.
        seconds: Wall time of the whole session; ``None`` where it was cut off.
    """

    asked: Duel
    duels: Standing
    nulls: Standing
    confirmation: Standing | None
    lost: Mapping[str, Trouble]
    seconds: float | None = None

    @property
    def failed(self) -> bool:
        """Whether a benchmark failed or hung."""
        return any(each.kind != "skipped" for each in self.lost.values())

    @property
    def seconds_a_pair(self) -> float | None:
        """Wall seconds of one benchmark in one pair, starts and nulls included."""
        parts = (self.duels, self.nulls, *((self.confirmation,) if self.confirmation else ()))
        taken = sum(part.taken.total() for part in parts)
        return self.seconds / taken if self.seconds is not None and taken else None


def told(fought: Fought) -> Comparisons:
    """The duels as comparisons, downgraded where the session does not bear them."""
    asked = fought.asked
    nulls = fought.nulls.nulls_by_time()
    return Comparisons(
        base=_named(asked.base_name, asked.base),
        head=_named(asked.head_name, asked.head),
        alpha=asked.alpha,
        results=_times(fought, nulls),
        cpu=_cpu_times(fought, nulls),
        memory=_peaks(fought),
        notes=(_nulls_note(nulls, fought), _pairs_note(fought), *_no_peaks(fought)),
    )


def _named(ref: str, commit: str) -> str:
    short = commit[:10]
    return short if commit == ref else f"{ref} ({short})"


def _times(fought: Fought, nulls: NullsJudgement) -> tuple[Comparison, ...]:
    again = fought.confirmation.by_time() if fought.confirmation else None
    return tuple(
        _comparison(name, _held(downgraded(state, nulls), name, again, "slower"), fought)
        for name, state in fought.duels.by_time().items()
        if state.ratio is not None and name not in fought.lost
    )


def _cpu_times(fought: Fought, nulls: NullsJudgement) -> tuple[Comparison, ...]:
    again = fought.confirmation.in_time()[1] if fought.confirmation else None
    return tuple(
        _comparison(name, _held(downgraded(state, nulls), name, again, "slower"), fought, cpu=True)
        for name, state in fought.duels.in_time()[1].items()
        if state.ratio is not None and name not in fought.lost
    )


def _peaks(fought: Fought) -> tuple[MemoryComparison, ...]:
    nulls = fought.nulls.nulls_by_memory()
    if not nulls.believed:
        nulls = replace(nulls, reason="the peaks of base against itself differ more than claimed")
    again = fought.confirmation.by_memory() if fought.confirmation else None
    return tuple(
        _memory_comparison(name, _held(downgraded(state, nulls), name, again, "larger"), fought)
        for name, state in fought.duels.by_memory().items()
        if state.ratio is not None and name not in fought.lost
    )


def _held(state: State, name: str, again: Mapping[str, State] | None, word: str) -> State:
    """The state, undecided where it was red and fresh pairs do not bear that out."""
    if state.verdict is not Verdict.SLOWER or again is None:
        return state
    if name in again and again[name].verdict is Verdict.SLOWER:
        return state
    fought_again = name in again and again[name].pairs
    reason = "not so in fresh pairs" if fought_again else "not fought again in fresh pairs"
    return replace(state, verdict=Verdict.UNDECIDED, reason=f"{word} at first, {reason}")


def _comparison(name: str, state: State, fought: Fought, *, cpu: bool = False) -> Comparison:
    assert state.ratio is not None
    seen = fought.duels.seen[name]
    logs = seen.log_cpu_seconds if cpu else seen.log_seconds
    return Comparison(
        benchmark=name,
        ratio=state.ratio,
        margin=fought.asked.margin,
        verdict=state.verdict,
        detectable=state.detectable,
        base_seconds=math.exp(float(np.median(logs["base"]))),
        head_seconds=math.exp(float(np.median(logs["head"]))),
        base_processes=state.pairs,
        head_processes=state.pairs,
        reason=_wanting(state, fought.seconds_a_pair),
    )


def _wanting(state: State, seconds_a_pair: float | None) -> str | None:
    """The reason, and for what is undecided what it would take."""
    if state.verdict is not Verdict.UNDECIDED or not state.further_pairs:
        return state.reason
    more = f"some {state.further_pairs} further pairs would decide it, as it looks"
    if seconds_a_pair is not None:
        more += f" ({math.ceil(state.further_pairs * seconds_a_pair)} s)"
    return f"{state.reason}; {more}" if state.reason else more


def _memory_comparison(name: str, state: State, fought: Fought) -> MemoryComparison:
    assert state.ratio is not None
    peaks = fought.duels.seen[name].peak_bytes
    return MemoryComparison(
        benchmark=name,
        ratio=state.ratio,
        margin=MEMORY_MARGIN,
        verdict=_OF_MEMORY[state.verdict],
        detectable=state.detectable,
        base_bytes=float(np.median(peaks["base"])),
        head_bytes=float(np.median(peaks["head"])),
        pairs=state.pairs,
        reason=state.reason,
    )


def _nulls_note(nulls: NullsJudgement, fought: Fought) -> str:
    if nulls.reason is not None:
        return f"no verdict can be believed: {nulls.reason}"
    if not nulls.nulls:
        return "no comparison of base with itself: the session was too short for one"
    of_nulls, of_duels = (standing.taken.total() for standing in (fought.nulls, fought.duels))
    return (
        f"base against itself: {nulls.red} of {nulls.nulls} null comparisons red;"
        f" noise floor {show_share(nulls.floor)};"
        f" {show_share(of_nulls / (of_nulls + of_duels))} of the measuring"
    )


def _pairs_note(fought: Fought) -> str:
    pairs = len(fought.duels.pairs | fought.nulls.pairs)
    return f"{pairs} process pairs, base and head alternating"


def _no_peaks(fought: Fought) -> tuple[str, ...]:
    told = any(judge.pairs for judge in fought.duels.memories.values())
    return () if told else ("peak memory: not known, as the system does not tell it",)


def verdict_of(comparisons: Comparisons, *, failed: bool, strict: bool) -> ExitCode:
    """1 for any slower (CPU time of programs too), larger or failed one; 3 for undecided, if asked.

    Peak memory that is undecided counts for nothing: no pair is measured for its sake.
    """
    verdicts = {result.verdict for result in (*comparisons.results, *comparisons.cpu)}
    larger = any(each.verdict is MemoryVerdict.LARGER for each in comparisons.memory)
    if Verdict.SLOWER in verdicts or larger or failed:
        return ExitCode.CHECK_FAILED
    undecided = Verdict.UNDECIDED in verdicts or not comparisons.results
    return ExitCode.UNDECIDED if strict and undecided else ExitCode.PASS
