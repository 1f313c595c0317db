"""Where the duels of one part of a session stand: time and peak memory, each a family of its own.

The CPU time of programs belongs to the family of time: every one of them makes it larger by one.

What is measured live and what is read from a file is taken in here alike, so both say the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import msgspec

from perfproof.judge import process_location
from perfproof.judge.duel import (
    DuelJudge,
    Errors,
    Null,
    NullsJudgement,
    Pair,
    Question,
    State,
    judge_nulls,
    judge_suite,
)
from perfproof.judge.duel import Side as PairSide
from perfproof.judge.evidence import waiting_seconds
from perfproof.record import Sample, Side, Verdict

__all__ = [
    "CONFIRMATION",
    "MEMORY_MARGIN",
    "SUITE_END",
    "Seen",
    "Standing",
    "both_sides",
    "nulls_of",
    "pair_of",
]

MEMORY_MARGIN = 0.05
"""Growth of a process's peak memory that matters, whatever the margin of time.

It is held against the whole process, interpreter and imports included (some 40 MB): 5 % of that is
more than identical code shows, and a benchmark that keeps 3 MB more is seen. A margin of time of
1 % would be red for an import, one of 10 % blind to 4 MB."""

CONFIRMATION = Errors(alpha=0.05, same=0.05)
"""What fresh pairs may get wrong that fight a slower or larger verdict again."""

SUITE_END = "after the last benchmark"
"""What a trouble is called that took no benchmark's figure: the suite hung or died at its end."""

_NULL_BENCHMARKS = 0.4
"""Of the benchmarks are compared with themselves too, as far as there is time for it."""
_MOST_NULLS = 8
_FEWEST_NULL_PAIRS = 2


@dataclass(slots=True)
class Seen:
    """Figures of one benchmark in the processes of either side.

    Attributes:
        log_seconds: Log of the seconds a call, one value a process.
        peak_bytes: Largest resident size, where the system tells.
        waiting_seconds: Time off the CPU a call, where it was measured.
        log_cpu_seconds: Log of the CPU seconds a call, where they are judged.
    """

    log_seconds: dict[Side, list[float]] = field(default_factory=lambda: {"base": [], "head": []})
    peak_bytes: dict[Side, list[int]] = field(default_factory=lambda: {"base": [], "head": []})
    waiting_seconds: dict[Side, list[float]] = field(
        default_factory=lambda: {"base": [], "head": []}
    )

    log_cpu_seconds: dict[Side, list[float]] = field(
        default_factory=lambda: {"base": [], "head": []}
    )

    def add(self, side: Side, sample: Sample) -> None:
        """Take one process."""
        self.log_seconds[side].append(process_location(sample))
        if sample.peak_rss_bytes is not None:
            self.peak_bytes[side].append(sample.peak_rss_bytes)
        if sample.cpu_ns is not None:
            self.waiting_seconds[side].append(waiting_seconds(sample))


class Standing:
    """Takes the pairs of one part (duels, nulls or confirmation) and says what they show.

    Args:
        ids: The family judged by time.
        memory_ids: The family judged by peak memory.
        question: What is asked of time; of memory the same at ``MEMORY_MARGIN``.
        errors: Chances of error over each family.
        cpu_ids: What is judged by CPU time too, in the family of time.
    """

    def __init__(
        self,
        ids: Iterable[str],
        memory_ids: Iterable[str],
        question: Question,
        errors: Errors,
        cpu_ids: Iterable[str] = (),
    ) -> None:
        self.question = question
        self.errors = errors
        self.seen: dict[str, Seen] = {}
        self.taken: Counter[str] = Counter()
        self.pairs: set[int] = set()
        of_memory = replace(question, margin=MEMORY_MARGIN)
        self.times = {each: DuelJudge(question) for each in ids}
        self.memories = {each: DuelJudge(of_memory) for each in memory_ids}
        self.cpus = {each: DuelJudge(question) for each in cpu_ids}

    @property
    def ids(self) -> frozenset[str]:
        """Every benchmark of either family."""
        return frozenset(self.times) | frozenset(self.memories) | frozenset(self.cpus)

    def has_room(self, benchmark: str) -> bool:
        """Whether a further pair of a benchmark may be taken."""
        return benchmark in self.ids and self.taken[benchmark] < self.question.last

    def take(self, base: Sample, head: Sample) -> None:
        """Take one pair, in the order in which they came to their end."""
        name = base.benchmark
        self.taken[name] += 1
        self.pairs.add(base.process)
        if name in self.times:
            self.times[name].feed(pair_of(base, head))
        # Both sides or neither: 0 is no size of a process.
        if name in self.memories and base.peak_rss_bytes and head.peak_rss_bytes:
            growth = math.log(head.peak_rss_bytes / base.peak_rss_bytes)
            self.memories[name].feed_log_ratio(growth)
        seen = self.seen.setdefault(name, Seen())
        seen.add("base", base)
        seen.add("head", head)
        if name in self.cpus and base.cpu_ns and head.cpu_ns:
            base, head = _of_cpu(base), _of_cpu(head)
            self.cpus[name].feed(pair_of(base, head))
            seen.log_cpu_seconds["base"].append(process_location(base))
            seen.log_cpu_seconds["head"].append(process_location(head))

    def by_time(self) -> dict[str, State]:
        """What the time of each benchmark says now."""
        return self.in_time()[0]

    def in_time(self) -> tuple[dict[str, State], dict[str, State]]:
        """What the time and the CPU time of each benchmark say now, as one family."""
        judges = self._timed()
        states = judge_suite(judges, self.errors) if judges else {}
        times = {name: state for (what, name), state in states.items() if what == "wall"}
        return times, {name: state for (what, name), state in states.items() if what == "cpu"}

    def _timed(self) -> dict[tuple[str, str], DuelJudge]:
        walls = {("wall", name): judge for name, judge in self.times.items()}
        return {**walls, **{("cpu", name): judge for name, judge in self.cpus.items()}}

    def by_memory(self) -> dict[str, State]:
        """What the peak memory of each benchmark says now."""
        return judge_suite(self.memories, self.errors) if self.memories else {}

    def again(self, lost: Collection[str]) -> Standing:
        """A new one for what is slower or larger here, to be fed with fresh pairs.

        Args:
            lost: What gave no figure, and has no verdict that could be confirmed.
        """
        slower, more_cpu, larger = (
            [
                each
                for each, state in states.items()
                if state.verdict is Verdict.SLOWER and each not in lost
            ]
            for states in (*self.in_time(), self.by_memory())
        )
        return Standing(slower, larger, self.question, CONFIRMATION, more_cpu)

    def nulls_by_time(self) -> NullsJudgement:
        """What base against base says of the session's times, CPU times among them."""
        judges = self._timed()
        states = judge_suite(judges, self.errors) if judges else {}
        return _nulls(judges, states, self.errors)

    def nulls_by_memory(self) -> NullsJudgement:
        """What base against base says of the session's peaks."""
        return _nulls(self.memories, self.by_memory(), self.errors)


_Name = TypeVar("_Name", bound=Hashable)


def _nulls(
    judges: Mapping[_Name, DuelJudge], states: Mapping[_Name, State], errors: Errors
) -> NullsJudgement:
    seen = [
        Null.of(located, states[name])
        for name, judge in judges.items()
        if judge.pairs >= _FEWEST_NULL_PAIRS and (located := judge.located()) is not None
    ]
    return judge_nulls(seen, red_chance=2 * errors.alpha)


def nulls_of(benchmarks: int) -> int:
    """How many of a session's benchmarks are compared with themselves too."""
    return min(_MOST_NULLS, math.ceil(_NULL_BENCHMARKS * benchmarks))


def both_sides(samples: Sequence[Sample]) -> list[tuple[Sample, Sample]]:
    """Base and head of each pair, in the order of the bases; what stands alone is left out."""
    heads = {(each.benchmark, each.process): each for each in samples if each.side == "head"}
    return [
        (each, heads[each.benchmark, each.process])
        for each in samples
        if each.side == "base" and (each.benchmark, each.process) in heads
    ]


def pair_of(base: Sample, head: Sample) -> Pair:
    """Two samples of one process pair as the judge takes them."""
    return Pair(base=_side(base), head=_side(head))


def _of_cpu(sample: Sample) -> Sample:
    """The same blocks by their CPU time."""
    assert sample.cpu_ns is not None
    return msgspec.structs.replace(sample, block_ns=sample.cpu_ns)


def _side(sample: Sample) -> PairSide:
    fewest = min(sample.preemptions) if sample.preemptions else 0
    marks = tuple(count > fewest for count in sample.preemptions or ())
    # A block below the clock's step counts as one: it errs on both sides alike.
    return PairSide(tuple(max(1, ns) for ns in sample.block_ns), sample.slot, marks)
