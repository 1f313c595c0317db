"""What of a repository stands in a checkout: built sources, submodules, sparse trees, filters."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.errors import MachineryError, UseError
from perfproof.measure.checkout import side_by_side
from perfproof.measure.repository import Repository
from tests.measure.repositories import (
    commit,
    git,
    left_behind,
    new_repository,
    picture,
    run_session,
    write,
)

pytestmark = pytest.mark.usefixtures("plain_git")


def test_sources_that_a_build_wrote_and_git_ignores_stand_on_both_sides(tmp_path: Path) -> None:
    root = new_repository(
        tmp_path / "built",
        {".gitignore": "_version.py\nelse/\n", "shape/__init__.py": "from . import _version\n"},
    )
    write(root, {"shape/_version.py": "V = 1\n", "else/other.py": "", "shape/__init__.py": "#\n"})
    with side_by_side(Repository(root), "HEAD", None) as sides:
        for side in sides:
            assert side.copied == ("shape/_version.py",)
            assert (side.root / "shape/_version.py").read_text() == "V = 1\n"
            assert not (side.root / "else").exists()


def test_submodules_are_filled_as_far_as_the_user_has_them(tmp_path: Path) -> None:
    library = new_repository(tmp_path / "library", {"lib.py": "1\n"})
    root = new_repository(tmp_path / "p", {"file": "1"})
    for name in ("used", "unused"):
        git(root, "submodule", "--quiet", "add", str(library), name)
    commit(root)
    git(root, "tag", "-f", "v1")
    git(root, "submodule", "--quiet", "deinit", "unused")
    write(root, {"used/lib.py": "2\n", "used/new.py": "2\n"})
    before, inside = picture(root), picture(root / "used")
    with side_by_side(Repository(root), "v1", None) as (base, head):
        assert (base.root / "used/lib.py").read_text() == "1\n"
        assert (head.root / "used/lib.py").read_text() == "2\n", "changed inside the submodule"
        assert (head.root / "used/new.py").exists()
        assert list((head.root / "unused").iterdir()) == []
    assert (picture(root), picture(root / "used")) == (before, inside)


def test_a_submodule_without_the_commit_is_said(tmp_path: Path) -> None:
    library = new_repository(tmp_path / "library", {"lib.py": "1\n"})
    root = new_repository(tmp_path / "p", {"file": "1"})
    git(root, "submodule", "--quiet", "add", str(library), "used")
    git(root, "update-index", "--cacheinfo", f"160000,{'1' * 40},used")
    git(root, "commit", "-q", "-m", "a commit that was not pushed")
    with pytest.raises(UseError, match=r"^submodule used: the commit 1{12} is needed and not"):
        run_session(root, "HEAD", "HEAD")
    assert left_behind(root) == []


def test_what_a_sparse_checkout_leaves_out_is_not_deleted(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "p", {"file": "1", "in/file": "1", "out/file": "1"})
    git(root, "sparse-checkout", "set", "in")
    assert not (root / "out").exists()
    before = picture(root)
    assert run_session(root)[1] == git(root, "rev-parse", "HEAD")
    write(root, {"in/new": "1"})
    with side_by_side(Repository(root), "v1", None) as (_, head):
        assert "out/file" in git(head.root, "ls-tree", "-r", "--name-only", "HEAD")
        assert (head.root / "in/new").exists()
    (root / "in/new").unlink()
    assert picture(root) == before


def test_a_filter_that_is_not_configured_does_nothing(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "p", {".gitattributes": "* filter=nowhere\n", "file": "1"})
    with side_by_side(Repository(root), "v1", None) as (base, _):
        assert (base.root / "file").read_text() == "1"


def test_a_filter_that_cannot_run_is_said_in_gits_words(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "p", {".gitattributes": "data filter=gone\n", "data": "1"})
    git(root, "config", "filter.gone.smudge", "/nowhere/filter")
    git(root, "config", "filter.gone.clean", "cat")
    git(root, "config", "filter.gone.required", "true")
    before = picture(root)
    with pytest.raises(MachineryError, match=r"git worktree failed: .*smudge filter gone failed"):
        run_session(root)
    assert picture(root) == before
