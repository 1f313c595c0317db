"""What a file's header says of every row: which session, commit, machine and system."""

from __future__ import annotations

import numpy as np

from perfproof.record import Commit, Header
from perfproof.record.importing import ImportHeader
from perfproof.record.load import LoadHeader
from perfproof.record.looking import LeakHeader
from perfproof.store.columns import Column, same

__all__ = ["commit_columns", "header_columns"]


def header_columns(
    header: Header | LeakHeader | LoadHeader | ImportHeader, rows: int
) -> dict[str, Column]:
    """The columns from ``session`` to ``system``, the same in every row."""
    system = header.system if isinstance(header, Header | LeakHeader) else None
    return {
        "session": same(header.id, rows),
        "started": same(header.started, rows),
        **commit_columns(header.commit, rows),
        "fingerprint": same(header.fingerprint.slug, rows),
        "system": same(system, rows),
    }


def commit_columns(commit: Commit, rows: int) -> dict[str, Column]:
    """The version; whether files differed from it is missing where nobody knows."""
    dirty = np.nan if commit.dirty is None else float(commit.dirty)
    return {"commit": same(commit.hash, rows), "dirty": np.full(rows, dirty)}
