"""`perfproof compare FILE` with a duel's file: its verdicts, computed again from the raw values."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from perfproof.cli.duel_outcome import Fought, told
from perfproof.cli.duel_standing import SUITE_END, Standing, both_sides, nulls_of
from perfproof.errors import UseError
from perfproof.judge.duel import Errors, Question
from perfproof.record import Comparisons, Duel, Sample, Session, Trouble

__all__ = ["fought_in", "noted", "retold"]

_CUT_OFF = "the session was not brought to its end: this is what its pairs say so far"
_NOT_IN_FILE = "what stands on one side only is not in the file of a duel"

_Pairs = Sequence[tuple[Sample, Sample]]


def retold(session: Session) -> Comparisons:
    """What the command that measured the session said, or would have said.

    Raises:
        UseError: No duel, or one that asks what cannot be asked.
    """
    return noted(told(fought_in(session)), session)


def noted(comparisons: Comparisons, session: Session) -> Comparisons:
    """With what a reader of the file must know."""
    notes = (*comparisons.notes, _NOT_IN_FILE, *(() if session.complete else (_CUT_OFF,)))
    return msgspec.structs.replace(comparisons, notes=notes)


def fought_in(session: Session) -> Fought:
    """The pairs of a duel's file, taken in the order in which they came to their end.

    Raises:
        UseError: No duel, or one that asks what cannot be asked.
    """
    asked = session.header.duel
    if asked is None:
        raise UseError("holds no duel", remedy="name a file below .perfproof/duelled")
    question = Question(margin=asked.margin, last=asked.most_pairs)
    errors = Errors(alpha=asked.alpha, same=asked.alpha)
    ids = [each.id for each in session.benchmarks]
    pairs = both_sides(session.samples)
    programs = [each.id for each in session.benchmarks if each.program]
    duels = Standing(ids, ids, question, errors, programs)
    _feed(duels, [each for each in pairs if each[0].part == "duel"])
    again = [each for each in pairs if each[0].part == "confirmation"]
    return Fought(
        asked=asked,
        duels=duels,
        nulls=_nulls([each for each in pairs if each[0].part == "null"], ids, asked, duels),
        confirmation=_confirmation(duels, again, session),
        lost=_lost(session.troubles),
        seconds=session.elapsed_seconds,
    )


def _nulls(pairs: _Pairs, ids: Sequence[str], asked: Duel, duels: Standing) -> Standing:
    chosen = list(dict.fromkeys(base.benchmark for base, _ in pairs))
    # Those that were chosen and came to no pair count in the family too; which they were makes
    # no difference.
    others = [each for each in ids if each not in set(chosen)]
    chosen += others[: max(0, nulls_of(len(ids)) - len(chosen))]
    errors = Errors(alpha=asked.alpha, same=asked.alpha)
    nulls = Standing(chosen, chosen, duels.question, errors, duels.cpus.keys() & set(chosen))
    _feed(nulls, pairs)
    return nulls


def _confirmation(duels: Standing, pairs: _Pairs, session: Session) -> Standing | None:
    """``None`` where nobody asked for one: what is red was then given no further pair.

    A session that was cut off may not have come to it; what is red there stays unconfirmed.
    """
    if not pairs and session.complete:
        return None
    first = min((base.process for base, _ in pairs), default=None)
    before = [
        each
        for each in session.troubles
        if first is None or each.process is None or each.process < first
    ]
    standing = duels.again(_lost(before))
    _feed(standing, pairs)
    return standing


def _feed(standing: Standing, pairs: _Pairs) -> None:
    for base, head in pairs:
        if standing.has_room(base.benchmark):
            standing.take(base, head)


def _lost(troubles: Sequence[Trouble]) -> dict[str, Trouble]:
    lost: dict[str, Trouble] = {}
    for each in troubles:
        lost.setdefault(each.benchmark or SUITE_END, each)
    return lost
