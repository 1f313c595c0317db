"""Released versions against each other: everything but the network, on two tiny source releases."""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from analysis.released import PAIRS, main, repository_of, seen, unpacked
from perfproof.configuration.settings import find_project
from perfproof.errors import UseError
from perfproof.measure.selection import parse_expression
from perfproof.record import Verdict

OLD = {"parcel.py": "weight = 1\n", "gone.py": "", ".gitignore": "_version.py\n"}
NEW = {"parcel.py": "weight = 2\n", "src/parcel/_version.py": "made = True\n", ".gitignore": "*.py"}


def release(
    folder: Path,
    version: str,
    files: dict[str, str],
    *,
    rename: dict[str, str] | None = None,
    links: dict[str, str] | None = None,
) -> Path:
    archive = folder / f"parcel-{version}.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        for name, text in files.items():
            member = tarfile.TarInfo((rename or {}).get(name, f"parcel-{version}/{name}"))
            member.size = len(text)
            opened.addfile(member, io.BytesIO(text.encode()))
        for name, target in (links or {}).items():
            link = tarfile.TarInfo(f"parcel-{version}/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, target
            opened.addfile(link)
    return archive


def git(root: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()


def both(folder: Path) -> Path:
    trees = {
        version: unpacked(release(folder, version, files), folder / version)
        for version, files in (("1", OLD), ("2", NEW))
    }
    return repository_of(trees, folder / "repository")


def test_each_version_is_a_tag_that_holds_exactly_its_release(tmp_path: Path) -> None:
    root = both(tmp_path)
    assert git(root, "ls-tree", "-r", "--name-only", "v1").split() == sorted(OLD)
    assert git(root, "ls-tree", "-r", "--name-only", "v2").split() == sorted(NEW)
    assert git(root, "show", "v1:parcel.py") == "weight = 1"
    assert git(root, "rev-parse", "v2~1") == git(root, "rev-parse", "v1")


def test_the_working_tree_is_the_later_version_and_clean(tmp_path: Path) -> None:
    root = both(tmp_path)
    assert (root / "parcel.py").read_text() == "weight = 2\n"
    assert not (root / "gone.py").exists()
    assert git(root, "status", "--porcelain", "--ignored") == ""


def test_the_same_releases_make_the_same_commits(tmp_path: Path) -> None:
    roots = []
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        roots.append(both(tmp_path / name))
    assert len({git(root, "rev-parse", "v2") for root in roots}) == 1
    # Both may be made within one second; the years tell that it was no luck.
    assert set(git(roots[0], "log", "--format=%as %cs").split()) == {"2000-01-01"}


@pytest.mark.parametrize("name", ["parcel-1/../../outside", "../outside", "/outside", "."])
def test_an_archive_with_a_path_outside_is_refused(tmp_path: Path, name: str) -> None:
    archive = release(tmp_path, "1", {**OLD, "innocent": ""}, rename={"innocent": name})
    with pytest.raises(UseError, match=r"^parcel-1\.tar\.gz: not everything stands below one"):
        unpacked(archive, tmp_path / "inner" / "tree")
    assert [each.name for each in tmp_path.rglob("*")] == [archive.name]


@pytest.mark.parametrize("target", ["/outside", "../../outside"])
def test_an_archive_with_a_link_outside_is_refused(tmp_path: Path, target: str) -> None:
    archive = release(tmp_path, "1", OLD, links={"link": target})
    with pytest.raises(UseError, match=r"^parcel-1\.tar\.gz: cannot be unpacked"):
        unpacked(archive, tmp_path / "tree")
    assert not (tmp_path / "tree/parcel-1/link").is_symlink()


def test_an_archive_of_two_folders_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "parcel-1.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        opened.addfile(tarfile.TarInfo("parcel-1/a"))
        opened.addfile(tarfile.TarInfo("other/b"))
    with pytest.raises(UseError, match="below one folder"):
        unpacked(archive, tmp_path / "tree")


# Without the time of day in it: workers of xdist must collect the same tests.
@pytest.mark.parametrize("content", [b"", b"no archive", gzip.compress(b"no tar", mtime=0)])
def test_what_is_no_archive_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "parcel-1.tar.gz"
    archive.write_bytes(content)
    with pytest.raises(UseError, match=r"^parcel-1\.tar\.gz: cannot be unpacked"):
        unpacked(archive, tmp_path / "tree")


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_is_one_that_compare_takes(tmp_path: Path, name: str) -> None:
    pair = PAIRS[name]
    (tmp_path / "perfproof.toml").write_text(f"[tool.perfproof]\n{pair.settings}\n")
    settings = find_project(tmp_path, tmp_path / "perfproof.toml").settings
    assert settings.pytest or settings.pyperf
    parse_expression(pair.keyword)
    assert pair.old != pair.new
    assert pair.known
    assert pair.source
    assert Verdict(pair.verdict) in {Verdict.FASTER, Verdict.SLOWER}


def test_a_change_that_is_known_slower_stands_beside_faster_ones() -> None:
    assert {pair.verdict for pair in PAIRS.values()} == {"faster", "slower"}
    assert len({pair.project for pair in PAIRS.values()}) >= 3


def test_without_a_name_all_pairs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in listed] == list(PAIRS)
    for line, pair in zip(listed, PAIRS.values(), strict=True):
        assert f"{pair.old} to {pair.new}" in line
        assert pair.source in line


@pytest.mark.parametrize("name", ["jsonshema", "../jsonschema", ""])
def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main([name]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"there is no pair '{name}'")
    assert ("did you mean 'jsonschema'?" in told.err) == bool(name)


def test_a_folder_that_stands_already_is_not_written_into(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("kept")
    assert main(["attrs", "--keep", str(tmp_path)]) == 2
    assert "name a new folder" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("told", "slower", "faster"),
    [
        ("1 slower.\n", 1, 0),
        ("2 slower, 11 faster, 34 same.\nMargin 5 %\n", 2, 11),
        ("3 faster, 7 same.\n", 0, 3),
        ("test_1 slower 9 us\nMargin 5 %; chance of any wrong 'slower'\n12 same.\n", 0, 0),
        ("", 0, 0),
    ],
)
def test_verdicts_are_counted_in_the_line_that_sums_up(told: str, slower: int, faster: int) -> None:
    assert (seen(told, "slower"), seen(told, "faster")) == (slower, faster)
