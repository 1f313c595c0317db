from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from perfproof.errors import UseError
from perfproof.proof import Evidence, decode_proof, package_files, prove, write_package
from perfproof.proof.kinds.target import TargetClaim
from perfproof.proof.swap import put_in_place
from perfproof.record import decode_session
from tests.proof.planted import case, common, planned

OLD = {"PROOF.md": b"old", "proof.json": b"old"}
NEW = {"PROOF.md": b"new", "proof.html": b"new"}


def held(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def evidence(root: Path) -> Evidence:
    table = common(kind="target", benchmark="*", limit="1 ms")
    return prove(planned(root, msgspec.convert(table, TargetClaim)), case())


class Crashing(Mapping[str, bytes]):
    """Files of which the second never comes."""

    def __getitem__(self, name: str) -> bytes:
        if name == "PROOF.md":
            return b"half"
        raise OSError("no space left")

    def __iter__(self) -> Iterator[str]:
        return iter(("PROOF.md", "proof.json"))

    def __len__(self) -> int:
        return 2


def test_the_package_holds_what_was_proved_and_the_raw_values(tmp_path: Path) -> None:
    made = evidence(tmp_path)
    files = package_files(made)
    write_package(tmp_path / "deep" / "evidence", files)
    found = held(tmp_path / "deep" / "evidence")
    assert set(found) == {"PROOF.md", "proof.json", "proof.html", "session.jsonl"}
    assert decode_proof(found["proof.json"], where="it") == made.proof
    assert decode_session(found["session.jsonl"], where="it") == made.session
    assert b"**GO**" in found["PROOF.md"]
    assert found["proof.html"].startswith(b"<!DOCTYPE html>")


def test_a_newer_package_takes_the_place_of_the_older_whole(tmp_path: Path) -> None:
    write_package(tmp_path / "evidence", OLD)
    write_package(tmp_path / "evidence", NEW)
    assert held(tmp_path / "evidence") == NEW
    assert [each.name for each in tmp_path.iterdir()] == ["evidence"]


def test_a_crash_leaves_the_older_package_and_no_litter(tmp_path: Path) -> None:
    write_package(tmp_path / "evidence", OLD)
    with pytest.raises(UseError, match="no space left"):
        write_package(tmp_path / "evidence", Crashing())
    assert held(tmp_path / "evidence") == OLD
    assert [each.name for each in tmp_path.iterdir()] == ["evidence"]


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("mine")
    with pytest.raises(UseError, match="is a file, and the evidence is a folder"):
        write_package(tmp_path / "evidence", NEW)
    assert (tmp_path / "evidence").read_text() == "mine"


def test_a_folder_with_other_things_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UseError, match=r"holds 'notes\.txt', which .* would be lost"):
        write_package(tmp_path, NEW)
    assert held(tmp_path) == {"notes.txt": b"mine"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    write_package(tmp_path / "evidence", NEW)
    assert held(tmp_path / "evidence") == NEW


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "evidence").symlink_to(tmp_path / "real")
    write_package(tmp_path / "evidence", NEW)
    assert (tmp_path / "evidence").is_symlink()
    assert held(tmp_path / "real") == NEW


def test_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evidence").symlink_to(tmp_path / "gone" / "deep")
    with pytest.raises(UseError):
        write_package(tmp_path / "evidence", NEW)


def test_where_folders_cannot_be_exchanged_the_older_steps_aside(tmp_path: Path) -> None:
    for name, files in (("new", NEW), ("target", OLD)):
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_bytes(content)
    put_in_place(tmp_path / "new", tmp_path / "target", exchanged=lambda *_: False)
    assert held(tmp_path / "target") == NEW
    assert [each.name for each in tmp_path.iterdir()] == ["target"]


def test_the_older_comes_back_when_the_newer_cannot_take_its_place(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "PROOF.md").write_bytes(b"old")
    with pytest.raises(OSError, match="No such file"):
        put_in_place(tmp_path / "gone", tmp_path / "target", exchanged=lambda *_: False)
    assert held(tmp_path / "target") == {"PROOF.md": b"old"}
