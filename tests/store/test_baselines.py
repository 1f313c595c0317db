"""Baselines: written whole or not at all, never over another, refused when anything is odd."""

import errno
import os
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfproof.errors import ResultFileError, UseError
from perfproof.record import Session, encode_session
from perfproof.store import (
    current_baseline,
    list_baselines,
    load_baseline,
    promote_baseline,
    prune_baselines,
    save_baseline,
)
from perfproof.store.naming import is_name
from tests.store.sessions import MACHINE, session, sessions
from tests.store.test_journal import on_files, writer

ELSEWHERE = msgspec.structs.replace(MACHINE, cpu_model="Another CPU")


def on(days: int) -> Session:
    return session(f"s{days}", started=f"2026-01-{days:02}T00:00:00Z")


def stored(root: Path, *names: str) -> None:
    for day, name in enumerate(names, start=1):
        save_baseline(root, on(day), name)


@on_files
@given(whole=sessions().filter(lambda whole: bool(whole.samples)))
def test_what_is_saved_is_loaded(whole: Session, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("b") / "baselines"
    path = save_baseline(root, whole, "main")
    assert path == root / MACHINE.slug / "main.jsonl"
    assert load_baseline(root, MACHINE, "main") == whole


def test_the_folder_tells_people_its_machine(tmp_path: Path) -> None:
    path = save_baseline(tmp_path, session(), "main")
    text = (path.parent / "fingerprint.json").read_text()
    assert '\n  "cpu_model": "Example CPU",\n' in text
    assert sorted(p.name for p in path.parent.iterdir()) == ["fingerprint.json", "main.jsonl"]


@pytest.mark.parametrize("name", ["v1.2.3", "main", "a", "0", "release-2026_01.x", "a" * 64])
def test_plain_names_are_taken(tmp_path: Path, name: str) -> None:
    assert save_baseline(tmp_path, session(), name).name == f"{name}.jsonl"


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../x", "a/b", "a\\b", "/etc/x", "a..b", "A", "current", "x.jsonl"),
        *("x.json", "-x", ".x", "x.", "a b", "a\n", "a\0", "é", "a" * 65, "%2e", "٣", "a\x1b[31m"),
    ],
)
def test_names_that_could_be_paths_are_refused(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    stored(root, "main")
    for attempt in (
        lambda: save_baseline(root, session(), name),
        lambda: promote_baseline(root, MACHINE, name),
    ):
        with pytest.raises(UseError, match="is no name for a baseline") as caught:
            attempt()
        assert str(caught.value).isprintable()
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


@given(st.text(max_size=10))
def test_a_name_is_never_more_than_one_part_of_a_path(name: str) -> None:
    if is_name(name):
        assert Path("root", f"{name}.jsonl").parent == Path("root")
        assert name == name.lower()


def test_a_baseline_is_not_overwritten_unless_that_is_asked_for(tmp_path: Path) -> None:
    save_baseline(tmp_path, on(1), "main")
    with pytest.raises(UseError, match="exists already"):
        save_baseline(tmp_path, on(2), "main")
    assert load_baseline(tmp_path, MACHINE, "main") == on(1)
    save_baseline(tmp_path, on(2), "main", overwrite=True)
    assert load_baseline(tmp_path, MACHINE, "main") == on(2)


def test_of_several_writers_exactly_one_wins_each_name(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(30)]
    racers = [writer("race", str(tmp_path), ",".join(names)) for _ in range(3)]
    for racer in racers:
        assert racer.stdout is not None
        racer.stdout.readline()
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = [name for racer in racers for name in racer.communicate(timeout=60)[0].split()]
    assert sorted(won) == sorted(names)
    assert [b.problem for b in list_baselines(tmp_path)] == [None] * 30
    assert not list(tmp_path.rglob("*.partial"))


def test_without_hard_links_a_name_is_still_taken_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    save_baseline(tmp_path, on(1), "main")
    with pytest.raises(UseError, match="exists already"):
        save_baseline(tmp_path, on(2), "main")
    assert load_baseline(tmp_path, MACHINE, "main") == on(1)


def test_a_refused_write_leaves_nothing_behind(tmp_path: Path) -> None:
    path = save_baseline(tmp_path, on(1), "main")
    (path.parent / "taken.jsonl").mkdir()
    with pytest.raises(UseError, match="cannot be written"):
        save_baseline(tmp_path, on(2), "taken", overwrite=True)
    assert not list(tmp_path.rglob("*.partial"))


def test_links_that_lead_out_are_not_followed_for_writing(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    root.mkdir()
    (root / MACHINE.slug).symlink_to(outside, target_is_directory=True)
    with pytest.raises(UseError, match="leads out of"):
        save_baseline(root, session(), "main")
    assert list(outside.iterdir()) == []


def test_a_link_in_a_files_place_is_replaced_not_followed(tmp_path: Path) -> None:
    path = save_baseline(tmp_path / "root", on(1), "main")
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in ("other.jsonl", "current"):
        (path.parent / name).symlink_to(victim)
    with pytest.raises(UseError, match="exists already"):
        save_baseline(tmp_path / "root", on(2), "other")
    save_baseline(tmp_path / "root", on(2), "other", overwrite=True)
    promote_baseline(tmp_path / "root", MACHINE, "main")
    assert victim.read_text() == "mine"
    assert current_baseline(tmp_path / "root", MACHINE) == "main"


def test_a_byte_changed_anywhere_is_seen(tmp_path: Path) -> None:
    path = save_baseline(tmp_path, session(), "main")
    whole = path.read_bytes()
    chance = random.Random(1)
    tail = range(len(whole) - 200, len(whole))
    for offset in (*chance.sample(range(len(whole)), 200), *tail):
        damaged = bytearray(whole)
        damaged[offset] ^= chance.choice((1, 2, 16, 32, 128))
        path.write_bytes(damaged)
        with pytest.raises(ResultFileError, match=r"main\.jsonl"):
            load_baseline(tmp_path, MACHINE, "main")
    path.write_bytes(whole)
    assert load_baseline(tmp_path, MACHINE, "main") == session()


def test_a_file_cut_at_any_line_is_seen(tmp_path: Path) -> None:
    path = save_baseline(tmp_path, session(), "main")
    lines = path.read_bytes().splitlines(keepends=True)
    for count in range(len(lines)):
        path.write_bytes(b"".join(lines[:count]))
        with pytest.raises(ResultFileError):
            load_baseline(tmp_path, MACHINE, "main")


def test_a_file_of_another_machine_is_seen(tmp_path: Path) -> None:
    path = save_baseline(tmp_path, session(), "main")
    foreign = session()
    foreign = msgspec.structs.replace(
        foreign, header=msgspec.structs.replace(foreign.header, fingerprint=ELSEWHERE)
    )
    path.write_bytes(encode_session(foreign))
    with pytest.raises(ResultFileError, match="another machine than its folder"):
        load_baseline(tmp_path, MACHINE, "main")


def test_one_bad_file_does_not_stop_the_listing(tmp_path: Path) -> None:
    stored(tmp_path, "first", "second")
    folder = tmp_path / MACHINE.slug
    (folder / "bad.jsonl").write_bytes(b"\x00\xff\n")
    (folder / "folder.jsonl").mkdir()
    (folder / "notes.txt").write_text("for people")
    (folder / "NOT A NAME.jsonl").write_text("")
    (tmp_path / "README.md").write_text("for people")
    promote_baseline(tmp_path, MACHINE, "first")
    seen = {b.name: b for b in list_baselines(tmp_path)}
    assert list(seen) == ["bad", "folder", "first", "second"]
    assert "is not a perfproof session" in (seen["bad"].problem or "")
    assert "is a folder" in (seen["folder"].problem or "")
    assert (seen["first"].current, seen["second"].current) == (True, False)
    assert (seen["second"].session, seen["second"].benchmarks) == ("s2", 1)
    assert list_baselines(tmp_path, MACHINE) == tuple(seen.values())
    assert list_baselines(tmp_path, ELSEWHERE) == ()
    assert list_baselines(tmp_path / "missing") == ()


def test_an_unknown_name_is_told_its_nearest(tmp_path: Path) -> None:
    stored(tmp_path, "release-1", "main")
    with pytest.raises(UseError, match="did you mean release-1"):
        load_baseline(tmp_path, MACHINE, "relaese-1")
    with pytest.raises(UseError, match="there are main, release-1"):
        load_baseline(tmp_path, MACHINE, "zzz")
    with pytest.raises(UseError, match="save one first"):
        load_baseline(tmp_path, ELSEWHERE, "main")


def test_current_is_what_was_promoted(tmp_path: Path) -> None:
    stored(tmp_path, "first", "second")
    with pytest.raises(UseError, match="no baseline of this machine is promoted"):
        load_baseline(tmp_path, MACHINE, "current")
    promote_baseline(tmp_path, MACHINE, "first")
    promote_baseline(tmp_path, MACHINE, "second")
    assert load_baseline(tmp_path, MACHINE, "current") == on(2)
    assert (tmp_path / MACHINE.slug / "current").read_text() == "second\n"
    with pytest.raises(UseError, match="has no baseline third"):
        promote_baseline(tmp_path, MACHINE, "third")


@pytest.mark.parametrize("content", ["../../etc/passwd", "", "current", "x" * 10_000, "a\nb"])
def test_a_pointer_to_something_else_is_refused(tmp_path: Path, content: str) -> None:
    stored(tmp_path, "first")
    (tmp_path / MACHINE.slug / "current").write_text(content)
    with pytest.raises(ResultFileError, match="does not name a baseline"):
        load_baseline(tmp_path, MACHINE, "current")
    with pytest.raises(ResultFileError):
        prune_baselines(tmp_path, MACHINE, keep=0)
    assert [b.current for b in list_baselines(tmp_path)] == [False]


def test_the_newest_stay_and_so_does_the_promoted_one(tmp_path: Path) -> None:
    stored(tmp_path, "d", "c", "b", "a")
    (tmp_path / MACHINE.slug / "bad.jsonl").write_text("?")
    promote_baseline(tmp_path, MACHINE, "d")
    told = prune_baselines(tmp_path, MACHINE, keep=1, dry_run=True)
    assert [b.name for b in told] == ["c", "b"]
    assert len(list_baselines(tmp_path)) == 5
    assert prune_baselines(tmp_path, MACHINE, keep=1) == told
    assert [b.name for b in list_baselines(tmp_path)] == ["bad", "d", "a"]
    assert prune_baselines(tmp_path, MACHINE, keep=9) == ()
    with pytest.raises(UseError, match="keep is -1"):
        prune_baselines(tmp_path, MACHINE, keep=-1)


def test_an_unfinished_or_empty_session_is_refused(tmp_path: Path) -> None:
    unfinished = msgspec.structs.replace(session(), complete=False)
    with pytest.raises(UseError, match="not brought to its end"):
        save_baseline(tmp_path, unfinished, "main")
    save_baseline(tmp_path, unfinished, "main", allow_incomplete=True)
    with pytest.raises(ResultFileError, match="has no end"):
        load_baseline(tmp_path, MACHINE, "main")
    assert load_baseline(tmp_path, MACHINE, "main", allow_incomplete=True) == unfinished
    with pytest.raises(UseError, match="holds no figure"):
        save_baseline(tmp_path, msgspec.structs.replace(session(), samples=()), "empty")
