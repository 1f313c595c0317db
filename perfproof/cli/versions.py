"""Two versions of a project: where each runs, and which benchmarks stand on both."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from perfproof.cli.project import complaint, listing_timeout
from perfproof.configuration.settings import SYSTEM_VARIABLE, Settings
from perfproof.errors import UseError, WorkerError
from perfproof.measure.checkout import COMPILED_BESIDE, Checkout, import_paths
from perfproof.measure.environments import SAME, Environment, Environments
from perfproof.measure.selection import Selection
from perfproof.measure.suites import Suite, collect, find_suites
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Benchmark, Side

__all__ = ["Ground", "around", "survey"]

_Found = Mapping[Suite, tuple[Benchmark, ...]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What can be duelled.

    Attributes:
        sides: Where the workers of each side run.
        suites: Suites with the ids that stand on both sides, in an order that both keep.
        benchmarks: Those benchmarks, as the head has them.
        added: Ids on the head only.
        removed: Ids on the base only.
        changed_source: Ids whose own source differs.
        notes: What a reader must know of the sides' environments.
    """

    sides: Mapping[Side, Surroundings]
    suites: tuple[tuple[Suite, tuple[str, ...]], ...]
    benchmarks: tuple[Benchmark, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed_source: tuple[str, ...]
    notes: tuple[str, ...] = ()


def survey(
    settings: Settings,
    checkouts: tuple[Checkout, Checkout],
    system: str | None,
    selection: Selection,
    environments: Environments = SAME,
) -> Ground:
    """Ask both versions for their benchmarks.

    Raises:
        UseError: A suite that cannot be run on a side, or nothing that stands on both.
        WorkerError: A side that gave no list in time; it names the side.
    """
    base_side, head_side = (
        around(each, environments.sides[each.side], system) for each in checkouts
    )
    base, head = (
        _found(settings, each, checkout, selection)
        for each, checkout in zip((base_side, head_side), checkouts, strict=True)
    )
    on_base = {each.id: each for group in base.values() for each in group}
    on_head = {each.id: each for group in head.values() for each in group}
    chosen = {each.id for each in selection.choose(tuple((on_base | on_head).values()))}
    both = chosen & on_base.keys() & on_head.keys()
    if not both:
        raise UseError(
            "no benchmark stands on both sides",
            remedy="choose a base that has the suite, or other benchmarks",
        )
    return Ground(
        sides={"base": base_side, "head": head_side},
        suites=tuple(_in_common(base, head, both)),
        benchmarks=tuple(each for name, each in on_head.items() if name in both),
        added=tuple(each for each in on_head if each in chosen and each not in on_base),
        removed=tuple(each for each in on_base if each in chosen and each not in on_head),
        changed_source=tuple(
            each
            for each in on_head
            if each in both and on_base[each].source_hash != on_head[each].source_hash
        ),
        notes=environments.notes,
    )


def around(
    checkout: Checkout,
    environment: Environment = SAME.sides["base"],
    system: str | None = None,
) -> Surroundings:
    """Where the processes of one side run."""
    paths = [str(each) for each in import_paths(checkout)]
    inherited = os.environ.get("PYTHONPATH")
    variables = {
        **environment.variables,
        **COMPILED_BESIDE,
        "PYTHONPATH": os.pathsep.join([*paths, *([inherited] if inherited else [])]),
    }
    if system is not None:
        variables[SYSTEM_VARIABLE] = system
    return Surroundings(checkout.root, variables, environment.python)


def _found(
    settings: Settings, side: Surroundings, checkout: Checkout, selection: Selection
) -> _Found:
    # A folder that one version does not have yet is no mistake here: its benchmarks are added.
    paths = settings.pytest
    if paths is not None:
        paths = tuple(each for each in paths if (side.root / each).exists())
    suites = find_suites(side.root, paths, settings.pyperf, settings.command)
    if not suites:
        return {}
    try:
        return collect(
            suites,
            side,
            timeout_seconds=listing_timeout(settings),
            complain=complaint if selection.chooses else None,
        )
    except (UseError, WorkerError) as exc:
        where = f"{checkout.side} ({checkout.ref})" + (f", {exc.where}" if exc.where else "")
        raise type(exc)(exc.what, where=where, remedy=exc.remedy) from exc


def _in_common(base: _Found, head: _Found, both: set[str]) -> list[tuple[Suite, tuple[str, ...]]]:
    """Suites of the head with their ids; a script whose order changed is visited id by id."""
    common: list[tuple[Suite, tuple[str, ...]]] = []
    base_order = [each.id for group in base.values() for each in group]
    for suite, group in head.items():
        ids = tuple(each.id for each in group if each.id in both)
        there = tuple(each for each in base_order if each in set(ids))
        if suite.runner == "pytest-benchmark" or there == ids:
            common += [(suite, ids)] if ids else []
        else:
            common += [(suite, (each,)) for each in ids]
    return common
