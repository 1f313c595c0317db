"""The verdicts of a live run, computed again from its file, and held against what it printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.study.recordings import Recording
from perfproof.judge.duel import (
    DuelJudge,
    Errors,
    Null,
    NullsJudgement,
    Question,
    State,
    downgraded,
    judge_nulls,
    judge_suite,
)
from perfproof.record import Verdict

__all__ = ["Retold", "disagreements", "printed_verdicts", "retold"]

# As the command has them; should it change them, it will print what its files do not say.
_CONFIRM_ALPHA = 0.05
_MOST_NULLS = 8
_FEWEST_NULL_PAIRS = 2

_ROW = re.compile(r"^(?P<name>\S.*?)  .*  (?P<verdict>slower|faster|same|undecided)(?:  |$)")


@dataclass(frozen=True, slots=True)
class Retold:
    """One benchmark of a live run.

    Attributes:
        benchmark: Its id.
        first: Verdict of its duel, before nulls and confirmation had a say.
        told: What the user was told.
        pairs: Pairs behind it.
        seconds: Its share, by pairs, of the wall seconds of the whole command.
    """

    benchmark: str
    first: Verdict
    told: Verdict
    pairs: int
    seconds: float


def retold(recording: Recording) -> list[Retold]:
    """Every benchmark that had a verdict."""
    duel = recording.session.header.duel
    assert duel is not None
    question = Question(margin=duel.margin, last=duel.most_pairs)
    errors = Errors(alpha=duel.alpha, same=duel.alpha)
    ratios = recording.log_ratios
    states = judge_suite(_judges(ratios["duel"], question), errors)
    lost = {each.benchmark for each in recording.troubles}
    nulls = _nulls(ratios["null"], len(states), question, errors)
    held = _confirmed(ratios["confirmation"], states, question)
    unconfirmed = "--no-confirm" in recording.segment.words
    found = []
    for name, state in states.items():
        if name in lost or not state.pairs:
            continue
        told = downgraded(state, nulls).verdict
        if told is Verdict.SLOWER and not unconfirmed and name not in held:
            told = Verdict.UNDECIDED
        seconds = recording.seconds_a_pair * state.pairs
        found.append(Retold(name, state.verdict, told, state.pairs, seconds))
    return found


def printed_verdicts(said: str) -> list[tuple[str, str]]:
    """Name and verdict of each row of the table that the command printed."""
    matched = (_ROW.match(line) for line in said.splitlines())
    return [(each["name"], each["verdict"]) for each in matched if each is not None]


def disagreements(recording: Recording, told: Sequence[Retold]) -> list[str]:
    """Where file, printed table and exit code do not say the same; sentences, none expected."""
    names = {each.id: each.name for each in recording.session.benchmarks}
    computed = {names[each.benchmark]: each.told.value for each in told}
    printed = printed_verdicts(recording.said)
    found = []
    if dict(printed).keys() == computed.keys():
        found = [
            f"{recording.name}: {name} was printed as {verdict}, its file says {computed[name]}"
            for name, verdict in printed
            if computed[name] != verdict
        ]
    elif Counter(word for _, word in printed) != Counter(computed.values()):
        found.append(f"{recording.name}: the printed verdicts are not those of its file")
    slower = Verdict.SLOWER.value in computed.values()
    failing = slower or any(each.kind != "skipped" for each in recording.troubles)
    if (recording.segment.exit_code == 1) != failing:
        found.append(f"{recording.name}: exit code {recording.segment.exit_code}, slower: {slower}")
    return found


def _judges(ratios: Mapping[str, Iterable[float]], question: Question) -> dict[str, DuelJudge]:
    judges = {name: DuelJudge(question) for name in ratios}
    for name, values in ratios.items():
        for value in values:
            judges[name].feed_log_ratio(value)
    return judges


def _nulls(
    ratios: Mapping[str, list[float]], benchmarks: int, question: Question, errors: Errors
) -> NullsJudgement:
    judges = _judges(ratios, question)
    # Those that were chosen and came to no pair count in the family too.
    for number in range(min(_MOST_NULLS, benchmarks) - len(judges)):
        judges[f"without a pair {number}"] = DuelJudge(question)
    states = judge_suite(judges, errors)
    seen = [
        Null.of(located, states[name])
        for name, judge in judges.items()
        if judge.pairs >= _FEWEST_NULL_PAIRS and (located := judge.located()) is not None
    ]
    return judge_nulls(seen, red_chance=2 * errors.alpha)


def _confirmed(
    ratios: Mapping[str, list[float]], states: Mapping[str, State], question: Question
) -> frozenset[str]:
    """Which slower verdicts held in the fresh pairs."""
    slower = [name for name, state in states.items() if state.verdict is Verdict.SLOWER]
    if not slower:
        return frozenset()
    judges = _judges({name: ratios.get(name, []) for name in slower}, question)
    again = judge_suite(judges, Errors(alpha=_CONFIRM_ALPHA, same=_CONFIRM_ALPHA))
    return frozenset(name for name in slower if again[name].verdict is Verdict.SLOWER)
