"""Rows of a load session: its recorded bins, and what became of its requests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perfproof.record.load import Bins, LoadRun, LoadSession
from perfproof.store.columns import Column, Part, same, wholes, words
from perfproof.store.header_columns import header_columns

__all__ = ["load_parts"]

_OUTCOMES = ("answered", "refused", "late", "lost", "astray")
"""What becomes of requests; the first four add up to all, ``astray`` is beside them."""


def load_parts(session: LoadSession) -> tuple[Part, ...]:
    """For each run its latencies by slice, the driver's lateness, and its requests."""
    return tuple(
        part
        for order, run in enumerate(session.runs)
        for part in (
            _bins(session, order, "latency", run.slices),
            _bins(session, order, "lateness", (run.lateness,)),
            _requests(session, order),
        )
    )


def _bins(session: LoadSession, order: int, kind: str, slices: Sequence[Bins]) -> Part:
    run = session.runs[order]
    lengths = [len(each.counts) for each in slices]
    rows = sum(lengths)
    seconds = np.array([ns for each in slices for ns in each.upper_ns], dtype=np.float64) / 1e9
    columns: dict[str, Column] = {
        "kind": same(kind, rows),
        "seconds": seconds,
        "value": seconds,
        "unit": same("second", rows),
        "count": wholes(count for each in slices for count in each.counts),
    }
    # Lateness is kept for the run as a whole, and belongs to no slice of it.
    of_slice = {"slice": np.repeat(np.arange(len(slices)), lengths)} if kind == "latency" else {}
    return Part(rows=rows, columns={**_run(session, order, run, rows), **columns, **of_slice})


def _requests(session: LoadSession, order: int) -> Part:
    run = session.runs[order]
    rows = len(_OUTCOMES)
    numbers = wholes(getattr(run, outcome) for outcome in _OUTCOMES)
    columns: dict[str, Column] = {
        "kind": same("requests", rows),
        "figure": words(_OUTCOMES),
        "value": numbers.astype(np.float64),
        "unit": same("request", rows),
        "count": np.full(rows, run.requests, dtype=np.int64),
    }
    return Part(rows=rows, columns={**_run(session, order, run, rows), **columns})


def _run(session: LoadSession, order: int, run: LoadRun, rows: int) -> dict[str, Column]:
    scenario = session.header.scenario
    return {
        **header_columns(session.header, rows),
        "benchmark": same(scenario, rows),
        "name": same(scenario, rows),
        "order": np.full(rows, order, dtype=np.int64),
        "side": same(run.side, rows),
        "rate": np.full(rows, run.offered.rate),
        "round": np.full(rows, run.round, dtype=np.int64),
    }
