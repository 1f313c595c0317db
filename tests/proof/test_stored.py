from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.errors import ResultFileError
from perfproof.proof import Absent, Stored, baselines_in
from perfproof.store import promote_baseline, save_baseline
from tests.proof.planted import fingerprint, header, session


def test_a_baseline_comes_with_the_others_of_its_machine_as_history(tmp_path: Path) -> None:
    save_baseline(tmp_path, session(head=header("one")), "one")
    save_baseline(tmp_path, session(head=header("two")), "two")
    save_baseline(tmp_path, session(head=header("far", cores=64)), "far")
    save_baseline(tmp_path, session(head=header("peer", system="peers.plain")), "peer")
    found = baselines_in(tmp_path)("one", fingerprint())
    assert isinstance(found, Stored)
    assert found.name == "one"
    assert found.session.header.id == "one"
    assert [each.header.id for each in found.history] == ["two"]


def test_current_is_the_promoted_one(tmp_path: Path) -> None:
    save_baseline(tmp_path, session(head=header("one")), "one")
    door = baselines_in(tmp_path)
    before = door("current", fingerprint())
    assert before == Absent(
        reason="of the baselines of this machine none is promoted; there are one"
    )
    promote_baseline(tmp_path, fingerprint(), "one")
    found = door("current", fingerprint())
    assert isinstance(found, Stored)
    assert found.name == "current, one"


def test_on_another_machine_it_says_which_fields_of_the_nearest_differ(tmp_path: Path) -> None:
    save_baseline(tmp_path, session(head=header("one", cores=64)), "one")
    found = baselines_in(tmp_path)("one", fingerprint(kernel="6.5"))
    assert isinstance(found, Absent)
    assert "logical_cores: 64 against 2, kernel: 6.1 against 6.5" in found.reason


def test_without_any_it_says_so(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        found = baselines_in(folder)("one", fingerprint())
        assert found == Absent(reason="no baseline 'one' of any machine is stored")


def test_an_unknown_name_names_the_known_ones(tmp_path: Path) -> None:
    save_baseline(tmp_path, session(), "one")
    found = baselines_in(tmp_path)("../one", fingerprint())
    assert isinstance(found, Absent)
    assert "none is called '../one'; there are one" in found.reason


def test_a_damaged_one_is_an_error_and_not_absent(tmp_path: Path) -> None:
    path = save_baseline(tmp_path, session(), "one")
    path.write_bytes(path.read_bytes().replace(b"test_quick", b"test_quack", 1))
    with pytest.raises(ResultFileError):
        baselines_in(tmp_path)("one", fingerprint())
