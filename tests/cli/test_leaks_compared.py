"""``perfproof leaks --compare``: a real repository of two versions, with planted leaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import perfproof
from tests.cli.versions import git

CLEAN = """\
kept = []


def test_keeps(benchmark):
    benchmark(lambda: bytes(600))


def test_clean(benchmark):
    benchmark(sorted, [3, 1, 2])
"""
LEAKING = CLEAN.replace("bytes(600)", "kept.append(bytes(600))")
SIDES = {"clean": CLEAN, "leaking": LEAKING}
WORDS = ("leaks", "--seconds", "0.3 s", "--quiet", "-k", "keeps")


def repository(root: Path, base: str, head: str) -> Path:
    pytest.importorskip("memray")
    (root / "checks").mkdir()
    (root / "pyproject.toml").write_text('[tool.perfproof]\npytest = ["checks"]\npyperf = []\n')
    (root / ".gitignore").write_text(".perfproof/\n__pycache__/\n")
    suite = root / "checks/test_it.py"
    suite.write_text(base)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "base")
    git(root, "tag", "old")
    suite.write_text(head)
    git(root, "commit", "-q", "--allow-empty", "-a", "-m", "head")
    return root


@pytest.mark.long
@pytest.mark.parametrize(
    ("base", "head", "verdict", "status"),
    [
        ("clean", "leaking", "leakier", 1),
        ("leaking", "clean", "tighter", 0),
        ("clean", "clean", "same", 0),
    ],
)
def test_a_leak_on_one_side_only_is_named_for_what_it_is(
    tmp_path: Path, base: str, head: str, verdict: str, status: int
) -> None:
    root = repository(tmp_path, SIDES[base], SIDES[head])
    done = perfproof(root, *WORDS, "--json", "--compare", "old", "main")
    assert done.returncode == status, done.stdout + done.stderr
    (only,) = json.loads(done.stdout.splitlines()[-1])["comparisons"]
    assert (only["benchmark"], only["verdict"]) == ("checks/test_it.py::test_keeps", verdict)
    for side, source in (("base", base), ("head", head)):
        places = [leak["stack"][0]["source"] for leak in only[side]["leaks"]]
        assert any("kept.append" in each for each in places) == (source == "leaking")


@pytest.mark.long
def test_twice_the_leak_is_leakier_with_a_ratio_and_the_working_tree_is_the_head(
    tmp_path: Path,
) -> None:
    root = repository(tmp_path, LEAKING, LEAKING)
    twice = LEAKING.replace("kept.append(bytes(600))", "kept.append(bytes(1300))")
    (root / "checks/test_it.py").write_text(twice)
    done = perfproof(root, *WORDS, "-o", "found.json", "--compare", "HEAD")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_keeps: leakier" in done.stdout
    assert "times the base" in done.stdout
    assert "1 leakier." in done.stdout
    assert "working tree" in done.stdout.splitlines()[0]
    assert (root / "found.json").read_text().count("test_keeps") >= 2
    assert git(root, "status", "--porcelain") == "M checks/test_it.py\n?? found.json"


def test_more_than_two_versions_are_refused_in_one_sentence(tmp_path: Path) -> None:
    root = repository(tmp_path, CLEAN, CLEAN)
    done = perfproof(root, "leaks", "--compare", "old", "main", "main")
    assert done.returncode == 2
    assert "takes a base and at most a head" in done.stderr
