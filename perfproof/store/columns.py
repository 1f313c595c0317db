"""Columns of the table of raw values, and how parts that know some of them become one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["COLUMNS", "Column", "Part", "Words", "joined", "reals", "same", "wholes", "words"]

Kind = Literal["word", "time", "truth", "whole", "real"]

COLUMNS: Mapping[str, Kind] = {
    **dict.fromkeys(("session",), "word"),
    "started": "time",
    "commit": "word",
    "dirty": "truth",
    **dict.fromkeys(("fingerprint", "system", "benchmark", "name", "group", "runner"), "word"),
    **dict.fromkeys(("process", "block", "order", "slot", "calls"), "whole"),
    **dict.fromkeys(("seconds", "yardstick_seconds", "relative"), "real"),
    **dict.fromkeys(("kind", "figure", "unit"), "word"),
    **dict.fromkeys(("value", "low", "high"), "real"),
    "count": "whole",
    **dict.fromkeys(("side", "part", "verdict", "site"), "word"),
    **dict.fromkeys(("cpu_seconds", "cumulative_seconds"), "real"),
    **dict.fromkeys(("preemptions", "peak_rss_bytes", "hash_seed"), "whole"),
    "rate": "real",
    **dict.fromkeys(("round", "slice"), "whole"),
}
"""Every column that is always there, in its order, and what it holds."""


@dataclass(frozen=True, slots=True)
class Words:
    """Texts that repeat: the different ones, and for each row which; -1 is missing."""

    known: tuple[str, ...]
    codes: npt.NDArray[np.int64]


Column = Words | npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of one kind from one file.

    Attributes:
        rows: How many.
        columns: What they know, by column; a column that is not there is missing in each row.
            Words and times as :class:`Words`, truths as 0 and 1, whole numbers as integers or,
            where some are missing, as floats.
        parameters: Values of the benchmarks' parameters by name, one a row.
    """

    rows: int
    columns: Mapping[str, Column]
    parameters: Mapping[str, npt.NDArray[np.object_]] = field(default_factory=dict)


def words(values: Iterable[str | None]) -> Words:
    """One text a row."""
    places: dict[str, int] = {}
    codes = [-1 if each is None else places.setdefault(each, len(places)) for each in values]
    return Words(tuple(places), np.array(codes, dtype=np.int64))


def same(value: str | None, rows: int) -> Words:
    """The same text in every row."""
    known = () if value is None else (value,)
    return Words(known, np.full(rows, len(known) - 1, dtype=np.int64))


def wholes(values: Iterable[int | None]) -> npt.NDArray[Any]:
    """Whole numbers, one a row.

    Raises:
        OverflowError: One has more than 64 bits.
    """
    every = list(values)
    if any(each is None for each in every):
        return np.array([np.nan if each is None else each for each in every], dtype=np.float64)
    return np.array(every, dtype=np.int64)


def reals(values: Iterable[float | None]) -> npt.NDArray[np.float64]:
    """Real numbers, one a row; NaN is how a column of floats says that one is missing."""
    return np.array([np.nan if each is None else each for each in values], dtype=np.float64)


def joined(parts: Sequence[Part]) -> pd.DataFrame:
    """One table of all parts, below each other."""
    makers = {"word": _word, "time": _time, "truth": _truth, "whole": _whole, "real": _floats}
    table = {name: makers[kind](name, parts) for name, kind in COLUMNS.items()}
    for name in sorted({name for part in parts for name in part.parameters}):
        table[f"parameter.{name}"] = _parameter(name, parts)
    return pd.DataFrame(table, index=range(sum(part.rows for part in parts)))


def _word(name: str, parts: Sequence[Part]) -> object:
    every = _words(name, parts)
    order = sorted(range(len(every.known)), key=lambda place: every.known[place])
    rank = {old: new for new, old in enumerate(order)}
    categories = pd.Index([every.known[place] for place in order])
    return pd.Categorical.from_codes(_recoded(every.codes, rank), categories=categories)


def _time(name: str, parts: Sequence[Part]) -> object:
    every = _words(name, parts)
    texts = pd.Series([*every.known, None], dtype=object)
    moments = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
    return moments.iloc[np.where(every.codes < 0, len(every.known), every.codes)].array


def _truth(name: str, parts: Sequence[Part]) -> object:
    values = _floats(name, parts)
    missing = np.isnan(values)
    return pd.arrays.BooleanArray(np.where(missing, 0, values).astype(bool), missing)


def _whole(name: str, parts: Sequence[Part]) -> object:
    values, missing = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=bool)]
    for part in parts:
        column = part.columns.get(name, np.full(part.rows, np.nan))
        assert not isinstance(column, Words)
        none = np.isnan(column)
        missing.append(none)
        values.append(np.where(none, 0, column).astype(np.int64))
    whole, gaps = np.concatenate(values), np.concatenate(missing)
    # Plain numbers where none is missing: every library takes them.
    return pd.arrays.IntegerArray(whole, gaps) if gaps.any() else whole


def _parameter(name: str, parts: Sequence[Part]) -> object:
    missing = (np.full(part.rows, None, dtype=object) for part in parts)
    values = [part.parameters.get(name, none) for part, none in zip(parts, missing, strict=True)]
    return pd.Series(np.concatenate(values), dtype=object).infer_objects()


def _floats(name: str, parts: Sequence[Part]) -> npt.NDArray[np.float64]:
    empty = np.empty(0, dtype=np.float64)
    found = (part.columns.get(name, np.full(part.rows, np.nan)) for part in parts)
    return np.concatenate([empty, *found]).astype(np.float64)


def _words(name: str, parts: Sequence[Part]) -> Words:
    places: dict[str, int] = {}
    codes = [np.empty(0, dtype=np.int64)]
    for part in parts:
        column = part.columns.get(name, same(None, part.rows))
        assert isinstance(column, Words)
        rank = {old: places.setdefault(word, len(places)) for old, word in enumerate(column.known)}
        codes.append(_recoded(column.codes, rank))
    return Words(tuple(places), np.concatenate(codes))


def _recoded(codes: npt.NDArray[np.int64], rank: Mapping[int, int]) -> npt.NDArray[np.int64]:
    # One place more, for -1: the last entry is where a negative index falls.
    table = np.array([*(rank[old] for old in range(len(rank))), -1], dtype=np.int64)
    return table[codes]
