"""Rows of a file of imports: a process, a side and a module each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perfproof.record import Side
from perfproof.record.importing import ImportHeader, ImportSession
from perfproof.store.columns import Column, Part, reals, same, wholes, words
from perfproof.store.header_columns import header_columns

__all__ = ["import_parts"]


def import_parts(session: ImportSession) -> tuple[Part, ...]:
    """One part with every module of every process."""
    header = session.header
    every = [
        (side, process, module, own, run.cumulative_seconds[module])
        for side, runs in session.runs.items()
        for process, run in enumerate(runs)
        for module, own in run.self_seconds.items()
    ]
    rows = len(every)
    own = reals(seconds for _, _, _, seconds, _ in every)
    sides = [side for side, *_ in every]
    two = _versions(header, sides) if header.base is not None else {}
    columns: dict[str, Column] = {
        **header_columns(header, rows),
        **two,
        "kind": same("import", rows),
        "benchmark": same(header.package, rows),
        "name": words(module for _, _, module, _, _ in every),
        "process": wholes(process for _, process, *_ in every),
        "seconds": own,
        "cumulative_seconds": reals(seconds for *_, seconds in every),
        "value": own,
        "unit": same("second", rows),
        "count": np.ones(rows, dtype=np.int64),
    }
    return (Part(rows=rows, columns=columns),)


def _versions(header: ImportHeader, sides: Sequence[Side]) -> dict[str, Column]:
    """Which version each row is of; only the working tree differs from its commit."""
    of_tree = header.head_commit is None
    head = header.commit.hash if of_tree else header.head_commit
    dirty = float(bool(header.commit.dirty)) if of_tree else 0.0
    return {
        "side": words(sides),
        "commit": words(header.base_commit if side == "base" else head for side in sides),
        "dirty": reals(0.0 if side == "base" else dirty for side in sides),
    }
