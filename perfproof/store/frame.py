"""Raw values as a table, for notebooks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfproof.errors import ResultFileError, UseError
from perfproof.record import Sample, Session
from perfproof.store.journal import read_session
from perfproof.store.naming import SUFFIX

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

__all__ = ["Source", "load"]

Source = Session | str | os.PathLike[str]


def load(source: Source | Iterable[Source]) -> pd.DataFrame:
    """A tidy table with one row a raw value: one block of one benchmark in one process.

    ====================  ==========================================================
    session, started      the session's id, and when it began (UTC)
    commit, dirty         version measured, and whether files differed from it
    fingerprint, system   slug of the machine, module in the reference's place
    benchmark, name       id, and its last part
    group, runner         as the suite has them
    process, block        from 0
    order, slot           place in the session, and in the base/head quad
    calls                 calls of the benchmark in the block
    seconds               seconds a call
    yardstick_seconds     seconds of the reference work beside the block, where it was done
    relative              seconds / yardstick_seconds
    parameter.<name>      one column a parameter of any benchmark
    ====================  ==========================================================

    Args:
        source: A session, a session's file, a folder (every session in it and below), or several
            of these.

    Raises:
        UseError: pandas is not installed, or a folder holds no session.
        ResultFileError: A file is no session, or is damaged.
    """
    _require_pandas()
    import numpy as np
    import pandas as pd

    sessions = tuple(chain.from_iterable(_sessions(one) for one in _several(source)))
    samples = [(number, sample) for number, s in enumerate(sessions) for sample in s.samples]
    lengths = np.array([len(sample.block_ns) for _, sample in samples], dtype=np.int64)
    rows = _benchmark_rows(sessions)
    of_session = np.repeat(np.array([number for number, _ in samples], dtype=np.int64), lengths)
    of_benchmark = np.array([rows[n, s.benchmark] for n, s in samples], dtype=np.int64)
    identity, parameters = _benchmark_tables(sessions)
    parts = [
        _session_table(sessions).iloc[of_session],
        identity.iloc[np.repeat(of_benchmark, lengths)],
        _block_table([sample for _, sample in samples], lengths),
        parameters.iloc[np.repeat(of_benchmark, lengths)],
    ]
    return pd.concat([part.reset_index(drop=True) for part in parts], axis=1)


def _require_pandas() -> None:
    # Imported here, when a table is wanted: it costs 0.7 s.
    try:
        import pandas  # noqa: F401
    except ImportError as exc:
        raise UseError(
            "tables need pandas, which is not installed", remedy="pip install 'perfproof[report]'"
        ) from exc


def _several(source: Source | Iterable[Source]) -> Iterable[Source]:
    return (source,) if isinstance(source, Session | str | os.PathLike) else source


def _sessions(source: Source) -> Iterator[Session]:
    if isinstance(source, Session):
        yield source
        return
    path = Path(source)
    if not path.is_dir():
        yield read_session(path)
        return
    files = sorted(path.rglob(f"[!.]*{SUFFIX}"))
    if not files:
        raise UseError(
            "holds no session", where=str(path), remedy="name a folder with files of `run`"
        )
    for file in files:
        yield read_session(file)


def _benchmark_rows(sessions: Sequence[Session]) -> dict[tuple[int, str], int]:
    """Row of each session's benchmark in the table of benchmarks."""
    every = ((n, b.id) for n, session in enumerate(sessions) for b in session.benchmarks)
    return {key: row for row, key in enumerate(every)}


def _category(values: Sequence[str | None]) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(list(values), dtype=object).astype("category")


def _session_table(sessions: Sequence[Session]) -> pd.DataFrame:
    import pandas as pd

    headers = [session.header for session in sessions]
    category: dict[str, list[str | None]] = {
        "session": [header.id for header in headers],
        "commit": [header.commit.hash for header in headers],
        "fingerprint": [header.fingerprint.slug for header in headers],
        "system": [header.system for header in headers],
    }
    started = pd.to_datetime(
        pd.Series([header.started for header in headers], dtype=object),
        utc=True,
        format="ISO8601",
        errors="coerce",
    )
    table = {name: _category(values) for name, values in category.items()}
    dirty = pd.array([header.commit.dirty for header in headers], dtype="boolean")
    return pd.DataFrame(
        {
            "session": table["session"],
            "started": started,
            "commit": table["commit"],
            "dirty": dirty,
            "fingerprint": table["fingerprint"],
            "system": table["system"],
        }
    )


def _benchmark_tables(sessions: Sequence[Session]) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    every = [benchmark for session in sessions for benchmark in session.benchmarks]
    identity: dict[str, list[str | None]] = {
        "benchmark": [b.id for b in every],
        "name": [b.name for b in every],
        "group": [b.group for b in every],
        "runner": [b.runner for b in every],
    }
    names = sorted({name for benchmark in every for name in benchmark.parameters})
    parameters = {
        f"parameter.{name}": pd.Series(
            [b.parameters.get(name) for b in every], dtype=object
        ).infer_objects()
        for name in names
    }
    return (
        pd.DataFrame({name: _category(values) for name, values in identity.items()}),
        pd.DataFrame(parameters, index=range(len(every))),
    )


def _block_table(samples: Sequence[Sample], lengths: npt.NDArray[np.int64]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    def whole(numbers: Iterable[int]) -> npt.NDArray[np.int64]:
        return np.fromiter(numbers, dtype=np.int64)

    def each(numbers: Iterable[int]) -> npt.NDArray[np.int64]:
        return np.repeat(whole(numbers), lengths)

    beside = (
        s.yardstick_ns if s.yardstick_ns is not None else repeat(np.nan, len(s.block_ns))
        for s in samples
    )
    try:
        calls = each(sample.calls for sample in samples)
        seconds = whole(chain.from_iterable(s.block_ns for s in samples)) / (calls * 1e9)
        yardstick = np.fromiter(chain.from_iterable(beside), dtype=np.float64) / 1e9
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        return pd.DataFrame(
            {
                "process": each(sample.process for sample in samples),
                "block": np.arange(len(seconds)) - starts,
                "order": whole(chain.from_iterable(s.order for s in samples)),
                "slot": whole(chain.from_iterable(s.slot for s in samples)),
                "calls": calls,
                "seconds": seconds,
                "yardstick_seconds": yardstick,
                "relative": seconds / yardstick,
            }
        )
    except OverflowError as exc:
        raise ResultFileError(
            "a sample holds a number of more than 64 bits", remedy="measure it again"
        ) from exc
