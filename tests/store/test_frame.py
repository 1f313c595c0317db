"""Raw values as a table: every one of them, in its unit, beside what it belongs to."""

import sys
from pathlib import Path

import msgspec
import pandas as pd
import pytest
from hypothesis import given, settings

from perfproof.errors import ResultFileError, UseError
from perfproof.record import Benchmark, Session
from perfproof.store import load, save_baseline
from perfproof.store.columns import COLUMNS
from tests.store.sessions import BENCHMARK, sample, session, sessions

FIRST = [
    *("session", "started", "commit", "dirty", "fingerprint", "system"),
    *("benchmark", "name", "group", "runner"),
    *("process", "block", "order", "slot", "calls"),
    *("seconds", "yardstick_seconds", "relative"),
]
"""What notebooks have relied on since the first session was stored."""


@settings(max_examples=30, deadline=None)
@given(whole=sessions())
def test_every_raw_value_is_a_row(whole: Session) -> None:
    table = load(whole)
    rows = [(s.benchmark, s.process, block) for s in whole.samples for block in range(len(s.slot))]
    named = table[["benchmark", "process", "block"]]
    assert [tuple(row) for row in named.itertuples(index=False)] == rows
    seconds = [value for s in whole.samples for value in s.seconds]
    assert table["seconds"].tolist() == pytest.approx(seconds)
    assert list(table.columns[: len(FIRST)]) == FIRST
    assert list(table.columns[: len(COLUMNS)]) == list(COLUMNS)
    parameters = {f"parameter.{p}" for b in whole.benchmarks for p in b.parameters}
    assert set(table.columns[len(COLUMNS) :]) == parameters


def test_a_row_holds_what_it_belongs_to() -> None:
    row = load(session()).iloc[3]
    assert (row["session"], row["commit"], row["dirty"]) == ("s", "a" * 40, False)
    assert row["started"] == pd.Timestamp("2026-01-01", tz="UTC")
    assert (row["benchmark"], row["name"], row["runner"]) == (BENCHMARK.id, "test[1]", "pyperf")
    assert (row["process"], row["block"], row["order"], row["calls"]) == (1, 1, 3, 10)
    assert row["seconds"] == pytest.approx(3.1e-4)
    assert row["yardstick_seconds"] == pytest.approx(6e-4)
    assert row["relative"] == pytest.approx(3.1 / 6)
    assert row["parameter.n"] == 1


def test_what_is_not_known_is_missing_not_zero() -> None:
    bare = msgspec.structs.replace(sample(0), yardstick_ns=None)
    other = Benchmark(id="o", name="o", runner="pyperf")
    mixed = msgspec.structs.replace(
        session(),
        benchmarks=(BENCHMARK, other),
        samples=(bare, sample(0, benchmark="o")),
    )
    table = load(mixed)
    assert table["yardstick_seconds"].isna().tolist() == [True, True, False, False]
    assert table["relative"].isna().tolist() == [True, True, False, False]
    assert table["parameter.n"].isna().tolist() == [False, False, True, True]
    assert table["group"].isna().all()


def test_a_folder_gives_every_session_below_it(tmp_path: Path) -> None:
    save_baseline(tmp_path, session("one"), "a")
    save_baseline(tmp_path, session("two"), "b")
    table = load(tmp_path)
    assert table["session"].tolist() == ["one"] * 6 + ["two"] * 6
    assert isinstance(table["session"].dtype, pd.CategoricalDtype)
    files = sorted(tmp_path.rglob("*.jsonl"))
    pd.testing.assert_frame_equal(load(files), table)
    pd.testing.assert_frame_equal(load([session("one"), str(files[1])]), table)


def test_a_damaged_file_is_not_left_out_silently(tmp_path: Path) -> None:
    save_baseline(tmp_path, session(), "a")
    (tmp_path / "bad.jsonl").write_text("?\n")
    with pytest.raises(ResultFileError, match=r"bad\.jsonl"):
        load(tmp_path)


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(UseError, match="holds no session"):
        load(tmp_path)


def test_nothing_gives_an_empty_table() -> None:
    table = load([])
    assert (len(table), list(table.columns)) == (0, list(COLUMNS))


def test_a_number_beyond_64_bits_is_refused() -> None:
    huge = msgspec.structs.replace(sample(0), block_ns=(2**70, 1))
    with pytest.raises(ResultFileError, match="more than 64 bits"):
        load(msgspec.structs.replace(session(), samples=(huge,)))


def test_without_pandas_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UseError, match=r"pip install 'perfproof\[report\]'"):
        load(session())
