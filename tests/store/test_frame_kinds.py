"""Load, leaks, counts and evidence in the table that times stand in."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

import perfproof
from perfproof.errors import ResultFileError
from perfproof.record import Commit, Duel, encode_session
from perfproof.record.counting import Tally
from perfproof.store import load
from perfproof.store.columns import COLUMNS
from perfproof.store.frame import load as documented
from perfproof.store.imports import write_imports
from perfproof.store.leaks import LeakJournal
from perfproof.store.loads import write_load
from tests.store.kinds import (
    CLEAN,
    KEEPS,
    import_session,
    leak_header,
    load_session,
    looks,
    write_evidence,
)
from tests.store.sessions import BENCHMARK, sample, session


def rows(table: pd.DataFrame, kind: str, *columns: str) -> list[tuple[object, ...]]:
    """The columns of one kind as plain values, missing ones as None."""
    chosen = table.loc[table["kind"] == kind, list(columns)].astype(object)
    return list(chosen.where(chosen.notna(), None).itertuples(index=False, name=None))


def write_leaks(path: Path) -> None:
    with LeakJournal(path, leak_header()) as journal:
        for look in looks():
            journal.keep(look)


def test_each_bin_of_a_load_is_a_row_with_its_count(tmp_path: Path) -> None:
    write_load(tmp_path / "one.load.json", load_session())
    table = perfproof.load(tmp_path / "one.load.json")
    assert rows(table, "latency", "side", "round", "rate", "slice", "seconds", "count") == [
        ("head", 1, 3.0, 0, 0.001, 2),
        ("head", 1, 3.0, 0, 0.002, 1),
        ("head", 1, 3.0, 1, 0.005, 2),
        ("head", 1, 3.0, 1, 9.0, 1),
    ]
    assert rows(table, "lateness", "seconds", "count", "slice") == [(0.0001, 6, None)]
    assert set(table["session"]) == {"l1"}
    assert set(table["benchmark"]) == {"load.toml"}


def test_the_requests_of_a_load_add_up(tmp_path: Path) -> None:
    write_load(tmp_path / "renamed", load_session())
    table = load(tmp_path / "renamed")
    became = [("answered", 5.0), ("refused", 0.0), ("late", 1.0), ("lost", 0.0), ("astray", 0.0)]
    assert rows(table, "requests", "figure", "value") == became
    assert rows(table, "requests", "unit", "count") == [("request", 6)] * 5


def test_a_quantile_of_the_table_is_that_of_the_requests() -> None:
    table = load(load_session())
    latency = table[table["kind"] == "latency"]
    values = np.repeat(latency["seconds"], latency["count"].astype(int))
    assert len(values) == 6
    assert float(np.median(values)) == pytest.approx(0.0035)


def test_a_leak_file_gives_marks_and_verdicts(tmp_path: Path) -> None:
    write_leaks(tmp_path / "leaks.jsonl")
    table = load(tmp_path / "leaks.jsonl")
    held = ("figure", "site", "unit", "order", "calls", "value")
    assert rows(table, "held", *held) == [
        ("memory", "kept.py:8", unit, mark, calls, value)
        for unit, values in (("object", (0.0, 10.0, 30.0)), ("byte", (0.0, 160.0, 480.0)))
        for mark, (calls, value) in enumerate(zip((5, 15, 35), values, strict=True))
    ]
    assert rows(table, "leak", "benchmark", "verdict", "unit", "value", "low", "high", "count") == [
        (KEEPS, "leak", "object", 1.0, 0.9, 1.1, 2),
        (KEEPS, "leak", "byte", 16.0, 15.0, 17.0, 2),
        (CLEAN, "free", None, None, None, None, 1),
    ]
    assert set(table["system"]) == {"sabotage.leaking"}
    assert set(table["name"]) == {"test_keeps", "test_clean"}


def test_an_import_is_a_row_a_process_a_side_and_a_module(tmp_path: Path) -> None:
    write_imports(tmp_path / "kept.jsonl", import_session())
    table = perfproof.load(tmp_path / "kept.jsonl")
    columns = ("process", "side", "name", "seconds", "cumulative_seconds", "value", "unit")
    of_base = [(number, "base", "parcels", 0.01, 0.01, 0.01, "second") for number in (0, 1)]
    of_head = [
        (number, "head", *module, "second")
        for number in (0, 1)
        for module in (("more", 0.005, 0.005, 0.005), ("parcels", 0.02, 0.025, 0.02))
    ]
    assert rows(table, "import", *columns) == [*of_base, *of_head]
    assert set(rows(table, "import", "side", "commit", "dirty", "benchmark")) == {
        ("base", "a" * 40, False, "parcels"),
        ("head", "b" * 40, True, "parcels"),
    }


def test_counts_stand_beside_the_blocks_of_their_session(tmp_path: Path) -> None:
    tallies = tuple(
        Tally(
            benchmark=BENCHMARK.id,
            meter="instructions",
            hash_seed=7,
            calls=(10, 20, 10, 30),
            counted=(1100, 2100, 1200, 3100),
            side=side,
        )
        for side in ("base", "head")
    )
    whole = Tally(
        benchmark="x::odd",
        meter="bytes",
        hash_seed=1,
        calls=(2,),
        counted=(9,),
        whole=True,
    )
    path = tmp_path / "duel.jsonl"
    counted = msgspec.structs.replace(session(), tallies=(*tallies, whole))
    path.write_bytes(encode_session(counted))
    table = load(path)
    assert (table["kind"] == "block").sum() == 6
    columns = ("benchmark", "runner", "side", "hash_seed", "order", "calls", "value", "unit")
    assert rows(table, "instructions", *columns) == [
        (BENCHMARK.id, "pyperf", side, 7, loop, calls, value, "instruction")
        for side in ("base", "head")
        for loop, calls, value in ((0, 10, 100.0), (1, 20, 95.0))
    ]
    assert rows(table, "bytes", *columns) == [
        ("x::odd", None, None, 1, 0, 2, 4.5, "byte"),
    ]
    assert set(table.loc[table["kind"] == "instructions", "parameter.n"]) == {1}


def test_a_block_knows_its_side_its_cpu_time_and_what_disturbed_it() -> None:
    full = msgspec.structs.replace(
        sample(0),
        cpu_ns=(2_000_000, 1_000_000),
        preemptions=(0, 3),
        side="base",
        part="null",
        peak_rss_bytes=4096,
    )
    table = load(msgspec.structs.replace(session(), samples=(full, sample(1))))
    columns = ("side", "part", "cpu_seconds", "preemptions", "peak_rss_bytes", "value", "unit")
    first, second, third, _ = rows(table, "block", *columns)
    assert first == ("base", "null", 2e-4, 0, 4096, 3e-4, "second")
    assert second[3] == 3
    assert third[:5] == (None, None, None, None, None)


def test_a_row_of_a_duel_names_the_version_that_ran() -> None:
    asked = Duel(
        base="c" * 40,
        base_name="main",
        head="d" * 40,
        head_name="working tree",
        margin=0.02,
        alpha=0.01,
        most_pairs=20,
        fixed=False,
        quads=10,
        cores=(),
        lanes=1,
    )
    dirty = Commit(hash="a" * 40, dirty=True)
    head = msgspec.structs.replace(session().header, duel=asked, commit=dirty)
    ran = [("base", "duel"), ("head", "duel"), ("base", "null"), ("head", "null")]
    samples = tuple(
        msgspec.structs.replace(sample(number), side=side, part=part)
        for number, (side, part) in enumerate(ran)
    )
    table = load(msgspec.structs.replace(session(), header=head, samples=samples))
    seen = rows(table[table["block"] == 0], "block", "side", "part", "commit", "dirty")
    assert seen == [
        ("base", "duel", "c" * 40, False),
        ("head", "duel", "a" * 40, True),
        ("base", "null", "c" * 40, False),
        ("head", "null", "c" * 40, False),
    ]


def test_evidence_gives_checks_figures_and_trials(tmp_path: Path) -> None:
    write_evidence(tmp_path)
    table = load(tmp_path)
    assert rows(
        table, "check", "benchmark", "group", "verdict", "unit", "value", "low", "high"
    ) == [
        ("cold-start", "database", "passed", "second", 0.4, 0.3, 0.5),
        ("crowd", "database", "skipped", None, None, None, None),
    ]
    assert rows(table, "figure", "benchmark", "figure", "unit", "value", "seconds") == [
        ("{python} -m start", "cold_start", "second", 0.5, 0.5),
        ("{python} -m start", "cold_start", "second", 0.25, 0.25),
        ("{python} -m start", "connection_bytes", "byte", 9000.0, None),
    ]
    assert rows(table, "trials", "benchmark", "figure", "value", "count") == [
        ("{python} -m start", "lost", 1.0, 30),
        ("{python} -m probe", None, 0.0, 500),
    ]
    # What a command printed that failed counts for nothing.
    assert not table["benchmark"].astype(str).str.contains("broken").any()
    assert set(table["session"]) == {"p1"}


def test_commands_without_a_proof_beside_them_have_no_session(tmp_path: Path) -> None:
    write_evidence(tmp_path)
    (tmp_path / "proof.json").unlink()
    assert load(tmp_path)["session"].isna().all()


def test_a_folder_of_every_kind_is_one_table_with_the_same_columns(tmp_path: Path) -> None:
    write_leaks(tmp_path / "leaks.jsonl")
    write_load(tmp_path / "one.load.json", load_session())
    write_imports(tmp_path / "imports.jsonl", import_session())
    write_evidence(tmp_path)
    (tmp_path / "session.jsonl").write_bytes(encode_session(session()))
    table = load(tmp_path)
    assert list(table.columns) == [*COLUMNS, "parameter.n"]
    assert not table["kind"].isna().any()
    assert set(table["kind"]) == {
        *("block", "latency", "lateness", "requests", "held", "leak", "import"),
        *("check", "figure", "trials"),
    }
    blocks = table[table["kind"] == "block"].reset_index(drop=True)
    alone = load(session())
    for name in ("session", "benchmark", "process", "order", "seconds", "relative", "started"):
        assert blocks[name].tolist() == alone[name].tolist()
    assert table["process"].dtype == "Int64"
    assert alone["process"].dtype == "int64"


@pytest.mark.parametrize(
    "name", ["one.load.json", "leaks.jsonl", "imports.jsonl", "proof.json", "commands.jsonl"]
)
def test_a_damaged_file_of_any_kind_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    write_evidence(tmp_path)
    write_leaks(tmp_path / "leaks.jsonl")
    write_load(tmp_path / "one.load.json", load_session())
    write_imports(tmp_path / "imports.jsonl", import_session())
    content = (tmp_path / name).read_bytes()
    middle = len(content) // 2
    (tmp_path / name).write_bytes(content[:middle] + b"\x00" + content[middle:])
    with pytest.raises(ResultFileError, match=name):
        load(tmp_path)


def test_every_column_and_every_kind_is_documented() -> None:
    text = documented.__doc__ or ""
    every = load([session(), load_session(), import_session()])
    for word in [*COLUMNS, *every["kind"].unique()]:
        assert word in text
