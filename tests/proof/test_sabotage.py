from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfproof.errors import ResultFileError, UseError
from perfproof.proof.claim import Claim
from perfproof.proof.kinds.target import TargetClaim
from perfproof.proof.sabotage import (
    Sighting,
    check_hash,
    read_sightings,
    sabotage_file,
    seen_of,
    source_hash,
    write_sightings,
)
from tests.proof.planted import common, sabotaged


def claim(**keys: object) -> Claim:
    table = common(kind="target", benchmark="*", limit="1 ms", sabotage="sabotage.broken")
    return msgspec.convert(table | keys, TargetClaim)


def sighting(root: Path, seen: Claim) -> Sighting:
    source = source_hash(root, "sabotage.broken")
    assert source is not None
    return Sighting(
        check=seen.id,
        sabotage="sabotage.broken",
        seen="2026-01-01T00:00:00+00:00",
        commit="a" * 40,
        reason="took 2 ms",
        check_hash=check_hash(seen),
        source_hash=source,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    sabotaged(tmp_path)
    return tmp_path


def test_what_was_seen_counts_while_nothing_changes(root: Path) -> None:
    seen = seen_of(claim(), [sighting(root, claim())], root)
    assert seen is not None
    assert (seen.seen, seen.reason) == ("2026-01-01T00:00:00+00:00", "took 2 ms")


def test_it_counts_no_longer_when_the_check_changes(root: Path) -> None:
    seen = seen_of(claim(limit="2 ms"), [sighting(root, claim())], root)
    assert seen is not None
    assert seen.seen is None
    assert seen.reason == "changed since it was seen on 2026-01-01T00:00:00+00:00"


def test_it_counts_no_longer_when_the_sabotage_changes(root: Path) -> None:
    before = sighting(root, claim())
    (root / "sabotage" / "broken.py").write_text("SLOW = False\n")
    seen = seen_of(claim(), [before], root)
    assert seen is not None
    assert seen.seen is None


def test_it_counts_no_longer_when_the_sabotage_is_gone(root: Path) -> None:
    before = sighting(root, claim())
    (root / "sabotage" / "broken.py").unlink()
    seen = seen_of(claim(), [before], root)
    assert seen is not None
    assert seen.seen is None


def test_another_sabotage_or_check_is_not_meant(root: Path) -> None:
    seen = seen_of(claim(id="other"), [sighting(root, claim())], root)
    assert seen is not None
    assert (seen.seen, seen.reason) == (None, None)


def test_each_further_sabotage_must_have_been_seen_too(root: Path) -> None:
    sabotaged(root, "worse")
    both = claim(further_sabotages=["sabotage.worse"])
    first = sighting(root, both)
    source = source_hash(root, "sabotage.worse")
    assert source is not None
    second = msgspec.structs.replace(first, sabotage="sabotage.worse", source_hash=source)
    unseen, seen = seen_of(both, [first], root), seen_of(both, [first, second], root)
    assert unseen is not None
    assert (unseen.name, unseen.seen) == ("sabotage.worse", None)
    assert seen is not None
    assert (seen.name, seen.seen) == ("sabotage.broken", "2026-01-01T00:00:00+00:00")


def test_a_check_without_a_sabotage_has_nothing_to_say(root: Path) -> None:
    assert seen_of(claim(sabotage=None), [sighting(root, claim())], root) is None


def test_a_package_counts_with_every_file_of_it(root: Path) -> None:
    package = root / "sabotage" / "large"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("ONE = 1\n")
    before = source_hash(root, "sabotage.large")
    (package / "part.py").write_text("ONE = 2\n")
    assert source_hash(root, "sabotage.large") not in {before, None}


def test_a_module_is_found_without_running_it(root: Path) -> None:
    (root / "sabotage" / "bomb.py").write_text("raise SystemExit('it ran')\n")
    (root / "sabotage" / "__init__.py").write_text("raise SystemExit('it ran')\n")
    assert sabotage_file(root, "sabotage.bomb") == root / "sabotage" / "bomb.py"
    assert source_hash(root, "sabotage.bomb")


def test_sightings_round_trip_in_a_stable_order(root: Path) -> None:
    path = root / "sabotage-seen.json"
    assert read_sightings(path) == ()
    one, two = sighting(root, claim(id="a")), sighting(root, claim(id="b"))
    write_sightings(path, [two, one])
    assert read_sightings(path) == (one, two)
    first = path.read_bytes()
    write_sightings(path, [one, two])
    assert path.read_bytes() == first
    assert sorted(each.name for each in root.iterdir()) == ["sabotage", "sabotage-seen.json"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "damaged"),
        (b"[]", "damaged"),
        (b'{"schema": 1, "sightings": [{"check": 1}]}', "damaged"),
        (b'{"schema": 1, "sightings": [], "more": 1}', "damaged"),
        (b'{"schema": 2, "sightings": []}', "schema 2"),
        (b"\xff", "damaged"),
        (b"[" * 100_000, "damaged"),
    ],
)
def test_a_damaged_file_is_refused(root: Path, content: bytes, said: str) -> None:
    path = root / "sabotage-seen.json"
    path.write_bytes(content)
    with pytest.raises(ResultFileError, match=said):
        read_sightings(path)


def test_a_folder_in_its_place_is_said(root: Path) -> None:
    (root / "sabotage-seen.json").mkdir()
    with pytest.raises(ResultFileError, match="cannot be read"):
        read_sightings(root / "sabotage-seen.json")
    with pytest.raises(UseError):
        write_sightings(root / "sabotage-seen.json", [])
