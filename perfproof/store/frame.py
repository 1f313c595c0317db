"""Raw values as a table, for notebooks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from perfproof.errors import UseError
from perfproof.record import Proof, Session
from perfproof.record.importing import ImportSession
from perfproof.record.load import LoadSession
from perfproof.record.looking import LeakSession
from perfproof.store.evidence import Runs
from perfproof.store.result_files import Result, read_result, results_below

if TYPE_CHECKING:
    import pandas as pd

    from perfproof.store.columns import Part

__all__ = ["Source", "load"]

Source = Result | str | os.PathLike[str]


def load(source: Source | Iterable[Source]) -> pd.DataFrame:
    """A tidy table of all that files of perfproof hold; ``kind`` tells what a row is.

    ==================================  =====================================  ==================
    kind                                a row is                               value
    ==================================  =====================================  ==================
    block                               a block of a benchmark in a process    second a call
    instructions, allocations, bytes    a counted loop, less the one before    that many a call
    latency                             a bin of latencies of `load`           second, its upper end
    lateness                            a bin of the driver's own lateness     second, its upper end
    requests                            what became of requests (`figure`)     request
    held                                what one site holds at a mark          object or byte
    leak                                a verdict of `leaks`                   object or byte a call
    import                              a module that a process imported       second, its own
    figure                              a value that a proof's command printed by ``unit``
    trials                              trials that one printed                failure
    check                               a check of a proof                     by ``unit``
    ==================================  =====================================  ==================

    Every column is always there; what a kind does not know is missing in its rows.

    ====================  ==========================================================
    session, started      the session's id, and when it began (UTC)
    commit, dirty         version measured, and whether files differed from it; of a duel that
                          of the row's side (in a null both sides run the base)
    fingerprint, system   slug of the machine, module in the reference's place
    benchmark, name       id, and its last part; the scenario's file of a load, the command of
                          a figure, the id of a check, package and module of an import
    group, runner         as the suite has them; the phase of a check
    process, block        from 0; which look of `leaks`
    order, slot           place in the session, and in the base/head quad; order is the run of a
                          load, the loop of a count, the mark of what is held
    calls                 calls of the benchmark in the row; before the mark of what is held
    seconds               seconds a call, of a block; of a bin and a figure in seconds its value
    yardstick_seconds     seconds of the reference work beside the block, where it was done
    relative              seconds / yardstick_seconds
    kind                  see above
    figure                what of it: an outcome of requests, what is kept, a figure's name
    unit, value           what the row says
    low, high             ends of its interval, where a verdict has one
    count                 how many values the row stands for: requests in a bin, processes behind
                          an interval, trials; 1 for a value of its own
    side, part            base or head; duel, null or confirmation
    verdict               of a leak or a check
    site                  file:line that keeps what is kept
    cpu_seconds           CPU time a call, of a block
    cumulative_seconds    of an imported module with what it imports first of all
    preemptions           how often the kernel took the CPU away in the block
    peak_rss_bytes        largest resident size of the process
    hash_seed             of the process that counted
    rate, round, slice    requests a second offered; of fresh servers; of the run's time
    parameter.<name>      one column a parameter of any benchmark
    ====================  ==========================================================

    Args:
        source: A record, a file, a folder (every result in it and below), or several of these.
            Files are sessions and duels, what `load`, `leaks -o` and `imports` wrote, and
            proof.json and commands.jsonl of an evidence folder.

    Raises:
        UseError: pandas is not installed, or a folder holds no result.
        ResultFileError: A file is none of these, or is damaged.
    """
    _require_pandas()
    from perfproof.store.columns import joined

    results = (result for one in _several(source) for result in _results(one))
    return joined([part for result in results for part in _parts(result)])


def _parts(result: Result) -> tuple[Part, ...]:
    # Imported here, when a table is wanted: with pandas it costs 0.7 s.
    from perfproof.store.evidence_rows import command_parts, proof_parts
    from perfproof.store.import_rows import import_parts
    from perfproof.store.leak_rows import leak_parts
    from perfproof.store.load_rows import load_parts
    from perfproof.store.session_rows import session_parts

    match result:
        case Session():
            return session_parts(result)
        case LoadSession():
            return load_parts(result)
        case LeakSession():
            return leak_parts(result)
        case ImportSession():
            return import_parts(result)
        case Runs():
            return command_parts(result)
        case Proof():
            return proof_parts(result)


def _require_pandas() -> None:
    try:
        import pandas  # noqa: F401
    except ImportError as exc:
        raise UseError(
            "tables need pandas, which is not installed", remedy="pip install 'perfproof[report]'"
        ) from exc


def _several(source: Source | Iterable[Source]) -> Iterable[Source]:
    return (source,) if isinstance(source, Result | str | os.PathLike) else source


def _results(source: Source) -> Iterator[Result]:
    if not isinstance(source, str | os.PathLike):
        yield source
        return
    path = Path(source)
    if path.is_dir():
        yield from results_below(path)
    else:
        yield read_result(path)
