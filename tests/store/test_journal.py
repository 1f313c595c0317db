"""A session's file survives what happens while it is written, and tells what was done to it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfproof.errors import ResultFileError, UseError
from perfproof.record import Benchmark, Sample, Session, Trouble, encode_session
from perfproof.store import Journal, read_session
from perfproof.store.journal import LARGEST_BYTES
from tests.store.sessions import BENCHMARK, header, sample, session, sessions

# A busy disk takes its time.
on_files = settings(max_examples=40, deadline=None)

ROOT = Path(__file__).parents[2]


def written(path: Path, whole: Session) -> Path:
    with Journal(path, whole.header) as journal:
        records: list[Benchmark | Sample | Trouble]
        records = [*whole.benchmarks, *whole.samples, *whole.troubles]
        for record in records:
            journal.append(record)
        journal.seal(elapsed_seconds=whole.elapsed_seconds, steal_share=whole.steal_share)
    return path


def writer(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.writer", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@on_files
@given(whole=sessions())
def test_what_is_written_is_read(whole: Session, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = written(tmp_path_factory.mktemp("j") / "s.jsonl", whole)
    assert read_session(path) == whole
    assert path.read_bytes() == encode_session(whole)


def test_every_record_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    with Journal(path, header()) as journal:
        assert read_session(path).benchmarks == ()
        journal.append(BENCHMARK)
        for process in range(3):
            journal.append(sample(process))
            seen = read_session(path)
            assert (len(seen.samples), seen.complete) == (process + 1, False)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text("mine")
    with pytest.raises(UseError, match="exists already"):
        Journal(path, header())
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UseError, match="exists already"):
        Journal(link, header())
    assert path.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["no/such/folder.jsonl", "nul\0.jsonl"])
def test_a_place_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UseError, match="cannot be created"):
        Journal(tmp_path / name, header())


def test_nothing_is_added_after_the_end(tmp_path: Path) -> None:
    with Journal(tmp_path / "s.jsonl", header()) as journal:
        journal.seal()
        with pytest.raises(UseError, match="is closed"):
            journal.append(BENCHMARK)


def test_a_killed_writer_leaves_what_it_had_measured(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    with writer("journal", str(path)) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
    seen = read_session(path)
    assert not seen.complete
    assert len(seen.samples) >= len(said)
    assert seen.samples[:20] == tuple(sample(number) for number in range(20))


def test_a_full_disk_is_said_and_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    with writer("limited", str(path), "4000") as process:
        said = process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 0
    assert "s.jsonl: cannot be written on: File too large; make room; the " in said[-1]
    seen = read_session(path)
    assert len(seen.samples) == len(said) - 1
    assert path.read_bytes().endswith(b"\n"), "the line that did not fit was taken back"


@on_files
@given(data=st.data())
def test_a_file_cut_anywhere_is_never_complete(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = encode_session(session())
    cut = data.draw(st.integers(0, len(content) - 1))
    path = tmp_path_factory.mktemp("c") / "s.jsonl"
    path.write_bytes(content[:cut])
    if cut <= content.index(b"\n"):
        with pytest.raises(ResultFileError, match="holds no session"):
            read_session(path)
        return
    seen = read_session(path)
    assert not seen.complete
    assert seen.samples == session().samples[: len(seen.samples)]


@on_files
@given(content=st.binary(max_size=200) | st.just(b'{"x":' + b'{"a":' * 100_000 + b"\n"))
def test_any_other_content_is_refused_in_a_sentence(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("x") / "s.jsonl"
    path.write_bytes(content)
    with pytest.raises(ResultFileError, match=r"s\.jsonl"):
        read_session(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(LARGEST_BYTES + 1)
    for name, sentence in (
        ("missing", "does not exist"),
        (".", "is a folder"),
        ("pipe", "is no regular file"),
        ("huge", "has 256 MiB, more than the 256 MiB"),
        ("nul\0", "cannot be read"),
        ("x" * 300, "cannot be read: File name too long"),
    ):
        with pytest.raises(ResultFileError, match=sentence):
            read_session(tmp_path / name)
