"""The commit is read and nothing of the repository is changed or run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from perfproof.measure.revision import read_commit
from perfproof.record import Commit


def git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(root), *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_a_clean_tree_is_told_with_commit_and_branch(repository: Path) -> None:
    assert read_commit(repository) == Commit(
        hash=git(repository, "rev-parse", "HEAD"), branch="main", dirty=False
    )


def test_a_changed_file_makes_it_dirty_and_a_new_one_does_not(repository: Path) -> None:
    (repository / "new").write_text("x")
    assert read_commit(repository).dirty is False
    (repository / "file").write_text("two")
    assert read_commit(repository).dirty is True


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert read_commit(repository).branch is None


def test_before_the_first_commit_only_the_branch_is_known(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    assert read_commit(tmp_path) == Commit(hash=None, branch="main", dirty=None)


def test_outside_a_repository_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert read_commit(tmp_path) == Commit()


def test_a_monitor_that_the_repository_names_is_not_run(repository: Path) -> None:
    trap = repository / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {repository / 'sprung'}\n")
    trap.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(trap))
    read_commit(repository)
    assert not (repository / "sprung").exists()
    git(repository, "status")
    assert (repository / "sprung").exists(), "the trap works when it is not avoided"
