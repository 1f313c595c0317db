from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.errors import ResultFileError
from perfproof.record import Commit, Environment
from perfproof.record.load import LOAD_SCHEMA, Bins, LoadHeader, LoadRun, LoadSession, Offered
from perfproof.store.loads import read_load, write_load
from tests.proof.planted import fingerprint


def held() -> LoadSession:
    header = LoadHeader(
        schema=LOAD_SCHEMA,
        id="l1",
        started="2026-01-01T00:00:00+00:00",
        tool_version="0.1",
        fingerprint=fingerprint(),
        environment=Environment(),
        commit=Commit(),
        scenario="load.toml",
        url="ws://127.0.0.1/ws",
    )
    offered = Offered(
        rate=3, seconds=1, connections=1, arrivals="poisson", seed=1, timeout_seconds=9
    )
    run = LoadRun(
        offered=offered,
        requests=3,
        answered=3,
        refused=0,
        late=0,
        lost=0,
        slices=(Bins(upper_ns=(1000, 2000), counts=(1, 1)), Bins(upper_ns=(5000,), counts=(1,))),
        lateness=Bins(upper_ns=(100,), counts=(3,)),
        elapsed_seconds=1.0,
    )
    return LoadSession(header=header, runs=(run,))


def test_a_session_comes_back_as_it_was_and_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "one.load.json"
    write_load(path, LoadSession(header=held().header))
    write_load(path, held())
    assert read_load(path) == held()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"schema":1', b'"schema":2', "schema 2"),
        (b'"answered":3', b'"answered":2', "do not add up"),
        (b'"upper_ns":[1000,2000]', b'"upper_ns":[2000,1000]', "must grow"),
        (b'"counts":[3]', b'"counts":[0]', "is not kept"),
        (b'"header"', b'"haeder"', "no load session"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    old: bytes, new: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "one.load.json"
    write_load(path, held())
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    with pytest.raises(ResultFileError, match=said):
        read_load(path)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultFileError, match="cannot be read"):
        read_load(tmp_path / "none")
