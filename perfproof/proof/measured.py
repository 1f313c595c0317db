"""Which benchmarks a check means, and which of them gave no whole figure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from perfproof.configuration.tables import nearest
from perfproof.errors import SettingError
from perfproof.proof.judging import matching
from perfproof.record import Outcome, Session

__all__ = ["Losses", "losses", "meant", "restricted"]


@dataclass(frozen=True, slots=True)
class Losses:
    """What is missing of the benchmarks that a check rests on.

    Attributes:
        outcome: What a check becomes that would otherwise rest on less than it says.
        reason: What is missing and why; empty when nothing is.
    """

    outcome: Outcome
    reason: str


def meant(pattern: str, ids: Sequence[str], *, check_id: str) -> tuple[str, ...]:
    """The benchmarks that a check's pattern means, at least one.

    Raises:
        SettingError: It means none.
    """
    found = matching(pattern, ids)
    if not found:
        raise SettingError(
            f"no benchmark is meant by '{pattern}'{nearest(pattern, ids)}",
            where=f"check '{check_id}'",
            remedy="`perfproof list` shows them all",
        )
    return found


def losses(session: Session, wanted: Collection[str]) -> Losses:
    """What the session lost of the benchmarks ``wanted``.

    A suite that skips its own test says so on purpose: the check is skipped. Whatever else took
    a figure away is an error, because what is gone may be what was slow.
    """
    measured = {sample.benchmark for sample in session.samples}
    troubles = [each for each in session.troubles if each.benchmark in {None, *wanted}]
    serious = [each for each in troubles if each.kind != "skipped"]
    if serious:
        first = serious[0]
        who = first.benchmark or "a whole process"
        more = f", and {len(serious) - 1} more" if len(serious) > 1 else ""
        return Losses(Outcome.ERROR, f"{who} {first.kind}: {first.reason}{more}")
    skipped = {each.benchmark: each.reason for each in troubles}
    for name in wanted:
        if name in measured and name not in skipped:
            continue
        if name in skipped:
            return Losses(Outcome.SKIPPED, f"{name} was skipped by its suite: {skipped[name]}")
        return Losses(Outcome.ERROR, f"{name} was not measured in this session")
    return Losses(Outcome.PASSED, "")


def restricted(session: Session, ids: Collection[str]) -> Session:
    """The session with the benchmarks ``ids`` alone."""
    return msgspec.structs.replace(
        session,
        benchmarks=tuple(each for each in session.benchmarks if each.id in ids),
        samples=tuple(each for each in session.samples if each.benchmark in ids),
        troubles=tuple(each for each in session.troubles if each.benchmark in {None, *ids}),
    )
