"""Leak files: kept a benchmark at a time, and read back as they were written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from perfproof.errors import ResultFileError, UseError
from perfproof.store.leaks import LeakJournal, read_leaks
from tests.store.kinds import leak_header, looks

KILLED = """\
import os, signal
from pathlib import Path
from perfproof.store.leaks import LeakJournal
from tests.store.kinds import leak_header, looks

journal = LeakJournal(Path("leaks.jsonl"), leak_header())
for look in looks()[:2]:
    journal.keep(look)
os.kill(os.getpid(), signal.SIGKILL)
"""


def written(path: Path) -> bytes:
    with LeakJournal(path, leak_header()) as journal:
        for look in looks():
            journal.keep(look)
    return path.read_bytes()


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    written(tmp_path / "leaks.jsonl")
    found = read_leaks(tmp_path / "leaks.jsonl")
    assert (found.header, found.looks, found.complete) == (leak_header(), looks(), True)
    assert [each.name for each in tmp_path.iterdir()] == ["leaks.jsonl"]


def test_several_threads_keep_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "leaks.jsonl"
    many = looks() * 40
    with LeakJournal(path, leak_header()) as journal, ThreadPoolExecutor(4) as pool:
        list(pool.map(journal.keep, many))
    found = read_leaks(path)
    assert found.complete
    assert sorted(each.benchmark for each in found.looks) == sorted(x.benchmark for x in many)


def test_a_file_of_before_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "leaks.jsonl").write_text("older\n")
    written(tmp_path / "leaks.jsonl")
    assert read_leaks(tmp_path / "leaks.jsonl").complete


def test_a_kill_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    found = read_leaks(tmp_path / "leaks.jsonl")
    assert (found.looks, found.complete) == (looks()[:2], False)


def test_an_error_in_the_middle_leaves_the_file_without_its_end(tmp_path: Path) -> None:
    path = tmp_path / "leaks.jsonl"

    def interrupted() -> None:
        with LeakJournal(path, leak_header()) as journal:
            journal.keep(looks()[0])
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    found = read_leaks(path)
    assert (found.looks, found.complete) == (looks()[:1], False)


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_torn_last_line_is_left_out(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "leaks.jsonl"
    content = written(path)
    path.write_bytes(content[:-cut])
    found = read_leaks(path)
    assert not found.complete
    assert found.looks in (looks(), looks()[:2])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"schema":1', b'"schema":9', "schema 9"),
        (b'"type":"leaks"', b'"type":"lakes"', "no leak file"),
        (b'"looks":3', b'"looks":4', "4 benchmarks by its last line, and holds 3"),
        (b'"before":5', b'"before":"5"', "line 2 is damaged"),
        (b'"benchmark":"t.py::test_clean"', b'"benchmark":"t.py::other"', "another benchmark"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    old: bytes, new: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "leaks.jsonl"
    content = written(path)
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    with pytest.raises(ResultFileError, match=said):
        read_leaks(path)


def test_a_place_that_cannot_be_written_is_said_before_anything_is_looked_at(
    tmp_path: Path,
) -> None:
    with pytest.raises(UseError, match="cannot be written"):
        LeakJournal(tmp_path / "none" / "leaks.jsonl", leak_header())


def test_a_file_that_goes_away_meanwhile_is_said(tmp_path: Path) -> None:
    journal = LeakJournal(tmp_path / "leaks.jsonl", leak_header())
    journal.keep(looks()[0])
    (tmp_path / "leaks.jsonl").unlink()
    with pytest.raises(UseError, match="the 1 benchmarks before"):
        journal.keep(looks()[1])


@pytest.mark.parametrize("content", [b"", b'{"type":"leaks"'])
def test_a_file_without_a_whole_line_is_no_leak_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "leaks.jsonl").write_bytes(content)
    with pytest.raises(ResultFileError, match="no whole line"):
        read_leaks(tmp_path / "leaks.jsonl")


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultFileError, match="is a folder"):
        read_leaks(tmp_path)
