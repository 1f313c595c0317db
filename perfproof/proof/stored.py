"""The stored baselines as the checks ask for them: what is there, or which machine is nearest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from perfproof.proof.doors import Absent, Stored
from perfproof.record import Difference, Fingerprint, Session, differences
from perfproof.store import Baseline, current_baseline, list_baselines, load_baseline, read_session
from perfproof.store.naming import CURRENT

__all__ = ["baselines_in", "history_in"]


def history_in(folder: Path, session: Session) -> tuple[Session, ...]:
    """Other stored sessions of the same machine and system: they tell how sessions differ."""
    return _others(list_baselines(folder, session.header.fingerprint), session)


def baselines_in(folder: Path) -> Callable[[str, Fingerprint], Stored | Absent]:
    """The door to the baselines of a folder.

    Args:
        folder: Of all baselines; it may be missing.

    Returns:
        A baseline's name (``current`` is the promoted one) and a fingerprint to what is stored.
        It raises ResultFileError when that baseline is there but damaged.
    """

    def find(name: str, fingerprint: Fingerprint) -> Stored | Absent:
        mine = list_baselines(folder, fingerprint)
        meant = current_baseline(folder, fingerprint) if name == CURRENT else name
        if meant is None or meant not in {each.name for each in mine}:
            return Absent(reason=_why_absent(folder, name, mine, fingerprint))
        session = load_baseline(folder, fingerprint, meant)
        shown = meant if meant == name else f"{name}, {meant}"
        return Stored(name=shown, session=session, history=_others(mine, session))

    return find


def _others(mine: tuple[Baseline, ...], session: Session) -> tuple[Session, ...]:
    """Other sessions of the same system; one that cannot be read says nothing and is left out."""
    header = session.header
    others = (
        read_session(each.path)
        for each in mine
        if each.problem is None and each.session != header.id
    )
    return tuple(each for each in others if each.header.system == header.system)


def _why_absent(
    folder: Path, name: str, mine: tuple[Baseline, ...], fingerprint: Fingerprint
) -> str:
    if mine:
        names = ", ".join(each.name for each in mine)
        missing = "none is promoted" if name == CURRENT else f"none is called '{name}'"
        return f"of the baselines of this machine {missing}; there are {names}"
    others = [each for each in list_baselines(folder) if each.problem is None]
    if not others:
        return f"no baseline '{name}' of any machine is stored"
    nearest = min(
        (differences(read_session(each.path).header.fingerprint, fingerprint) for each in others),
        key=len,
    )
    return f"no baseline of this machine is stored; the nearest differs in {_listed(nearest)}"


def _listed(found: tuple[Difference, ...]) -> str:
    return ", ".join(str(each) for each in found)
