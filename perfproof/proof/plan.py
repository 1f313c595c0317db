"""proof.toml: a title, the phases, and the checks in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from perfproof.configuration.tables import nearest, read_toml, to_record
from perfproof.errors import SettingError
from perfproof.proof.claim import Claim
from perfproof.proof.kinds import KINDS
from perfproof.proof.sabotage import sabotage_file

__all__ = ["Phase", "ProofPlan", "benchmarks_needed", "read_plan", "select"]


class Phase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ``[[phase]]``: its id, which checks name, and its title, which readers see."""

    id: str
    title: str


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    phase: tuple[dict[str, Any], ...] = ()
    check: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPlan:
    """What is to be proved.

    Attributes:
        path: The file it stands in.
        root: Folder of the project: commands run there, sabotages stand below it.
        title: What is proved, a line.
        phases: In their order.
        claims: The checks, in their order.
        left_out: Ids of mandatory checks that were not asked for.
    """

    path: Path
    root: Path
    title: str
    phases: tuple[Phase, ...]
    claims: tuple[Claim, ...]
    left_out: tuple[str, ...] = ()

    def phase_title(self, phase_id: str) -> str:
        """What readers see of a phase."""
        return next(phase.title for phase in self.phases if phase.id == phase_id)


def read_plan(path: Path, root: Path) -> ProofPlan:
    """The plan in a file; everything wrong with it is said now and not after the measuring.

    Raises:
        SettingError: The file is not as it must be.
    """
    file = to_record(_File, read_toml(path), where=path.name)
    phases = tuple(
        to_record(Phase, table, where=f"{path.name}, [[phase]] {number}")
        for number, table in enumerate(file.phase, start=1)
    )
    claims = tuple(
        _claim(table, f"{path.name}, [[check]] {number}")
        for number, table in enumerate(file.check, start=1)
    )
    plan = ProofPlan(path=path, root=root, title=file.title, phases=phases, claims=claims)
    _refuse_contradictions(plan)
    return plan


def _claim(table: Mapping[str, Any], place: str) -> Claim:
    where = f"{place} ('{table['id']}')" if isinstance(table.get("id"), str) else place
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        shown = "kind is missing" if kind is None else f"unknown kind '{kind}'"
        raise SettingError(
            f"{shown}{nearest(str(kind), KINDS)}",
            where=where,
            remedy=f"the kinds are {', '.join(sorted(KINDS))}",
        )
    return to_record(KINDS[kind], table, where=where)


def _refuse_contradictions(plan: ProofPlan) -> None:
    where = plan.path.name
    _refuse_twice((claim.id for claim in plan.claims), "check", where)
    _refuse_twice((phase.id for phase in plan.phases), "phase", where)
    # Titles stand for phases in proof.json.
    _refuse_twice((phase.title for phase in plan.phases), "phase title", where)
    known = [phase.id for phase in plan.phases]
    for claim in plan.claims:
        if claim.phase not in known:
            raise SettingError(
                f"check '{claim.id}' names the unknown phase '{claim.phase}'"
                f"{nearest(claim.phase, known)}",
                where=where,
                remedy=f"the phases are {', '.join(known) or 'none'}",
            )
        for name in claim.sabotages:
            _refuse_absent(plan.root, claim.id, name, where)
    empty = [each for each in known if each not in {claim.phase for claim in plan.claims}]
    if empty:
        raise SettingError(
            f"phase '{empty[0]}' has no check, so nothing of it would be proved",
            where=where,
            remedy="give it a check or take it out",
        )
    if not any(claim.mandatory for claim in plan.claims):
        raise SettingError(
            "no check is mandatory, so the answer could only be GO",
            where=where,
            remedy="make at least one check mandatory",
        )


def _refuse_twice(words: Iterable[str], what: str, where: str) -> None:
    seen: set[str] = set()
    for word in words:
        if word in seen:
            raise SettingError(f"two of the same {what}: '{word}'", where=where)
        seen.add(word)


def _refuse_absent(root: Path, check: str, name: str, where: str) -> None:
    if sabotage_file(root, name) is None:
        raise SettingError(
            f"check '{check}' names the sabotage '{name}', which is no module of the project",
            where=where,
            remedy="name a module by its path from the project's folder",
        )


def select(plan: ProofPlan, check_ids: Sequence[str]) -> ProofPlan:
    """The plan with the checks ``check_ids`` alone; without any id, the plan as it is.

    Raises:
        SettingError: An id that no check has.
    """
    if not check_ids:
        return plan
    known = [claim.id for claim in plan.claims]
    for each in check_ids:
        if each not in known:
            raise SettingError(
                f"no check is called '{each}'{nearest(each, known)}",
                where=plan.path.name,
                remedy=f"the checks are {', '.join(known)}",
            )
    chosen = tuple(claim for claim in plan.claims if claim.id in check_ids)
    left_out = tuple(
        claim.id for claim in plan.claims if claim.mandatory and claim.id not in check_ids
    )
    return replace(plan, claims=chosen, left_out=left_out)


def benchmarks_needed(plan: ProofPlan, ids: Sequence[str]) -> list[str]:
    """The benchmarks that the plan's checks rest on, in the order of ``ids``.

    Args:
        plan: All checks, or those that ``select`` left.
        ids: Every benchmark that could be measured.

    Raises:
        SettingError: A check means benchmarks that are not there.
    """
    wanted = {each for claim in plan.claims for each in claim.needs(ids)}
    return [each for each in ids if each in wanted]
