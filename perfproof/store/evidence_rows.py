"""Rows of an evidence folder: its checks, and every value that its commands printed."""

from __future__ import annotations

import numpy as np

from perfproof.record import Proof
from perfproof.store.columns import Column, Part, reals, same, wholes, words
from perfproof.store.evidence import CommandRun, Runs
from perfproof.store.header_columns import commit_columns

__all__ = ["command_parts", "proof_parts"]


def proof_parts(proof: Proof) -> tuple[Part, ...]:
    """A row a check, with the figure that decided it."""
    checks = proof.checks
    figures = [check.figure for check in checks]
    columns = {
        **_proof(proof, len(checks)),
        "system": same(proof.system, len(checks)),
        "kind": same("check", len(checks)),
        "benchmark": words(check.id for check in checks),
        "name": words(check.id for check in checks),
        "group": words(check.phase for check in checks),
        "unit": words(check.unit for check in checks),
        "value": reals(figure.estimate if figure else None for figure in figures),
        "low": reals(figure.low if figure else None for figure in figures),
        "high": reals(figure.high if figure else None for figure in figures),
        "count": wholes(figure.n if figure else None for figure in figures),
        "verdict": words(check.outcome for check in checks),
    }
    return (Part(rows=len(checks), columns=columns),)


def command_parts(runs: Runs) -> tuple[Part, ...]:
    """A row a value of a figure, and a row a count of trials, in the order of printing."""
    return tuple(
        part
        for order, run in enumerate(runs.runs)
        for part in (_figures(run, order, runs.proof), _trials(run, order, runs.proof))
    )


def _figures(run: CommandRun, order: int, proof: Proof | None) -> Part:
    every = [
        (name, figure.unit, value)
        for name, figure in (run.printed.figures if run.printed else {}).items()
        for value in figure.values
    ]
    values = reals(value for _, _, value in every)
    units = words(unit for _, unit, _ in every)
    seconds = {place for place, unit in enumerate(units.known) if unit == "second"}
    columns = {
        **_run(run, order, len(every), proof),
        "kind": same("figure", len(every)),
        "figure": words(name for name, _, _ in every),
        "unit": units,
        "value": values,
        "seconds": np.where(np.isin(units.codes, list(seconds)), values, np.nan),
        "count": np.ones(len(every), dtype=np.int64),
    }
    return Part(rows=len(every), columns=columns)


def _trials(run: CommandRun, order: int, proof: Proof | None) -> Part:
    printed = run.printed
    counts = printed.counts if printed else {}
    every: list[tuple[str | None, int, int]] = [
        (name, each.trials, each.failures) for name, each in counts.items()
    ]
    if printed and printed.trials is not None and printed.failures is not None:
        every.append((None, printed.trials, printed.failures))
    columns = {
        **_run(run, order, len(every), proof),
        "kind": same("trials", len(every)),
        "figure": words(name for name, _, _ in every),
        "unit": same("failure", len(every)),
        "value": reals(failures for _, _, failures in every),
        "count": wholes(trials for _, trials, _ in every),
    }
    return Part(rows=len(every), columns=columns)


def _run(run: CommandRun, order: int, rows: int, proof: Proof | None) -> dict[str, Column]:
    command = " ".join(run.command)
    return {
        **(_proof(proof, rows) if proof else {}),
        "system": same(run.system, rows),
        "benchmark": same(command, rows),
        "name": same(command, rows),
        "order": np.full(rows, order, dtype=np.int64),
    }


def _proof(proof: Proof, rows: int) -> dict[str, Column]:
    return {
        "session": same(proof.session, rows),
        "started": same(proof.created, rows),
        **commit_columns(proof.commit, rows),
        "fingerprint": same(proof.fingerprint.slug, rows),
    }
