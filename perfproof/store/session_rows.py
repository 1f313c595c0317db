"""Rows of a session: a block of a benchmark each, and after them the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt

from perfproof.errors import ResultFileError
from perfproof.record import Benchmark, Sample, Session, Side
from perfproof.record.counting import Tally
from perfproof.store.columns import Column, Part, Words, same, wholes, words
from perfproof.store.header_columns import header_columns

__all__ = ["session_parts"]

_UNITS = {"instructions": "instruction", "allocations": "allocation", "bytes": "byte"}


def session_parts(session: Session) -> tuple[Part, ...]:
    """Blocks, and counts where there are any.

    Raises:
        ResultFileError: A number has more than 64 bits.
    """
    try:
        blocks = _blocks(session)
        return (blocks, _counts(session)) if session.tallies else (blocks,)
    except OverflowError as exc:
        raise ResultFileError(
            "a sample holds a number of more than 64 bits", remedy="measure it again"
        ) from exc


def _blocks(session: Session) -> Part:
    samples = session.samples
    lengths = np.array([len(sample.block_ns) for sample in samples], dtype=np.int64)
    rows = int(lengths.sum())
    calls = np.repeat(wholes(sample.calls for sample in samples), lengths)
    seconds = _chained(sample.block_ns for sample in samples) / (calls * 1e9)
    yardstick = _beside([sample.yardstick_ns for sample in samples], lengths) / 1e9
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    columns: dict[str, Column] = {
        "kind": same("block", rows),
        "process": np.repeat(wholes(sample.process for sample in samples), lengths),
        "block": np.arange(rows) - starts,
        "order": _chained(sample.order for sample in samples),
        "slot": _chained(sample.slot for sample in samples),
        "calls": calls,
        "seconds": seconds,
        "yardstick_seconds": yardstick,
        "relative": seconds / yardstick,
        "value": seconds,
        "unit": same("second", rows),
        "count": np.ones(rows, dtype=np.int64),
        "side": _repeated((sample.side for sample in samples), lengths),
        "part": _repeated((sample.part for sample in samples), lengths),
        **_versions(
            session, ["base" if each.part == "null" else each.side for each in samples], lengths
        ),
        "cpu_seconds": _beside([sample.cpu_ns for sample in samples], lengths) / (calls * 1e9),
        "preemptions": _beside([sample.preemptions for sample in samples], lengths),
        "peak_rss_bytes": np.repeat(wholes(sample.peak_rss_bytes for sample in samples), lengths),
    }
    places = np.repeat(_places(session, samples), lengths)
    return _part(session, rows, columns, places)


def _counts(session: Session) -> Part:
    shed = [tally.shed() for tally in session.tallies]
    lengths = np.array([len(each) for each in shed], dtype=np.int64)
    rows = int(lengths.sum())
    calls = _chained((calls for calls, _ in each) for each in shed)
    counted = _chained((counted for _, counted in each) for each in shed)
    tallies = session.tallies
    columns: dict[str, Column] = {
        "kind": _repeated((tally.meter for tally in tallies), lengths),
        "order": np.concatenate([np.arange(length) for length in lengths]),
        "calls": calls,
        "value": np.divide(counted, calls, out=np.full(rows, np.nan), where=calls != 0),
        "unit": _repeated((_UNITS[tally.meter] for tally in tallies), lengths),
        "count": np.ones(rows, dtype=np.int64),
        "side": _repeated((tally.side for tally in tallies), lengths),
        "hash_seed": np.repeat(wholes(tally.hash_seed for tally in tallies), lengths),
        **_versions(session, [tally.side for tally in tallies], lengths),
    }
    places = np.repeat(_places(session, tallies), lengths)
    return _part(session, rows, columns, places)


def _part(
    session: Session,
    rows: int,
    columns: Mapping[str, Column],
    places: npt.NDArray[np.int64],
) -> Part:
    """With what the session and the benchmarks tell; ``places`` says which benchmark of each."""
    known = _known(session)
    described = [(each, known[each]) for each in known]
    identity = {
        "benchmark": words(known),
        "name": words(each.name if each else name for name, each in described),
        "group": words(each.group if each else None for _, each in described),
        "runner": words(each.runner if each else None for _, each in described),
    }
    names = sorted({name for each in session.benchmarks for name in each.parameters})
    return Part(
        rows=rows,
        columns={
            **header_columns(session.header, rows),
            **{name: Words(each.known, each.codes[places]) for name, each in identity.items()},
            **columns,
        },
        parameters={name: _objects(known.values(), name)[places] for name in names},
    )


def _versions(
    session: Session, ran: Sequence[Side | None], lengths: npt.NDArray[np.int64]
) -> dict[str, Column]:
    """Which version each row is of, where two were measured; the header's commit is the head."""
    duel, commit = session.header.duel, session.header.commit
    if duel is None:
        return {}
    of_base = [side == "base" for side in ran]
    dirty = np.nan if commit.dirty is None else float(commit.dirty)
    return {
        "commit": _repeated((duel.base if base else commit.hash for base in of_base), lengths),
        "dirty": np.repeat(np.array([0.0 if base else dirty for base in of_base]), lengths),
    }


def _known(session: Session) -> dict[str, Benchmark | None]:
    """What rows can be of, in its order; a benchmark that was counted may not be described."""
    known: dict[str, Benchmark | None] = {each.id: each for each in session.benchmarks}
    for tally in session.tallies:
        known.setdefault(tally.benchmark, None)
    return known


def _places(session: Session, of: Sequence[Sample | Tally]) -> npt.NDArray[np.int64]:
    place = {name: number for number, name in enumerate(_known(session))}
    return np.array([place[each.benchmark] for each in of], dtype=np.int64)


def _objects(known: Iterable[Benchmark | None], name: str) -> npt.NDArray[np.object_]:
    found = [None if each is None else each.parameters.get(name) for each in known]
    values = np.empty(len(found), dtype=object)
    values[:] = found
    return values


def _chained(numbers: Iterable[Iterable[int]]) -> npt.NDArray[np.int64]:
    return np.fromiter(chain.from_iterable(numbers), dtype=np.int64)


def _repeated(values: Iterable[str | None], lengths: npt.NDArray[np.int64]) -> Words:
    each = words(values)
    return Words(each.known, np.repeat(each.codes, lengths))


def _beside(
    numbers: Sequence[Sequence[int] | None], lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """One number a block, NaN for the blocks of a sample that has none."""
    every = (
        repeat(np.nan, int(length)) if each is None else each
        for each, length in zip(numbers, lengths, strict=True)
    )
    return np.fromiter(chain.from_iterable(every), dtype=np.float64)
