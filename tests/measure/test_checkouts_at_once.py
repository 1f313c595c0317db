"""Checkouts are held while they are used, and cleaned when their session is gone."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from perfproof.errors import MachineryError, UseError
from perfproof.measure.checkout import side_by_side
from perfproof.measure.git import run_child
from perfproof.measure.repository import Repository
from tests.measure.repositories import (
    WAITS_ONCE,
    alive,
    commit,
    git,
    holder,
    left_behind,
    lock_is_free,
    picture,
    run_session,
    within,
    write,
)

pytestmark = pytest.mark.usefixtures("plain_git")

# Our own folder: held, left behind, cleaned.


def test_sessions_at_once_leave_each_other_alone(project: Path) -> None:
    with side_by_side(Repository(project), "v1", None) as first:
        with side_by_side(Repository(project), "v1", "main") as second:
            assert len(left_behind(project)) == 2
        for checkout in first:
            assert (checkout.root / "shape.py").exists()
            assert git(checkout.root, "status", "--porcelain", "--untracked-files=no") == ""
        assert not any(checkout.root.exists() for checkout in second)
    assert left_behind(project) == []


def test_what_a_killed_session_left_is_cleaned_by_the_next(project: Path) -> None:
    before = picture(project)
    with holder(project) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "SIDE = 'head'\n"
        run_session(project)
        assert len(left_behind(project)) == 1, "while it lives it is left alone"
        process.kill()
        process.wait()
    assert len(left_behind(project)) == 1
    assert picture(project) != before, "the kill does leave something"
    run_session(project)
    assert left_behind(project) == []
    assert picture(project) == before


def test_a_holder_is_told_by_its_lock_and_not_by_a_process_id(project: Path) -> None:
    write(
        project, {f".perfproof/duels/0000000a/{name}": str(os.getpid()) for name in ("lock", "x")}
    )
    (project / ".perfproof/duels/0000000b").mkdir()
    run_session(project)
    assert left_behind(project) == []


def test_what_is_not_a_session_of_ours_is_left_alone(project: Path, tmp_path: Path) -> None:
    write(tmp_path, {"precious/lock": "1"})
    write(project, {".perfproof/duels/notes/mine": "1", ".perfproof/duels/0000000c": "1"})
    (project / ".perfproof/duels/0000000d").symlink_to(tmp_path / "precious")
    run_session(project)
    assert left_behind(project) == ["0000000d", "notes"]
    assert (project / ".perfproof/duels/notes/mine").exists()
    assert (tmp_path / "precious/lock").exists()


def test_git_forgets_a_worktree_whose_folder_somebody_deleted(project: Path) -> None:
    gone = project / ".perfproof/duels/0000000a"
    theirs = project.parent / "on a disk that is not mounted"
    for folder in (gone / "base", theirs):
        git(project, "worktree", "add", "-q", "--detach", str(folder), "v1")
    shutil.rmtree(gone)
    shutil.rmtree(theirs)
    run_session(project)
    listed = git(project, "worktree", "list", "--porcelain")
    assert str(gone) not in listed
    assert str(theirs) in listed, "the user's own is not ours to prune"


@pytest.fixture
def slow(project: Path, tmp_path: Path) -> Path:
    """A place where the first checkout writes a pid and waits for a file `go`."""
    (tmp_path / "filter").write_text(WAITS_ONCE.format(place=tmp_path))
    (tmp_path / "filter").chmod(0o755)
    write(project, {".gitattributes": "slow filter=slow\n", "slow": "1"})
    commit(project)
    git(project, "tag", "-f", "v1")
    git(project, "config", "filter.slow.smudge", f"'{tmp_path}/filter'")
    return tmp_path


def pid_of_filter(place: Path) -> int:
    pid = place / "pid"
    assert within(8, lambda: pid.exists() and pid.read_text().endswith("\n"))
    return int(pid.read_text())


def test_ctrl_c_while_git_checks_out_ends_git_and_its_helpers(project: Path, slow: Path) -> None:
    before = picture(project)
    with holder(project) as process:
        pid = pid_of_filter(slow)
        assert alive(pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(8) != 0
    assert not alive(pid)
    assert left_behind(project) == []
    assert picture(project) == before


def test_what_git_still_writes_after_a_kill_is_cleaned_when_it_is_done(
    project: Path, slow: Path
) -> None:
    before = picture(project)
    with holder(project) as process:
        pid = pid_of_filter(slow)
        process.kill()
        process.wait()
    (name,) = left_behind(project)
    assert alive(pid), "git goes on"
    run_session(project)
    assert left_behind(project) == [name], "git still writes there"
    (slow / "go").touch()
    assert within(8, lambda: lock_is_free(project / ".perfproof/duels" / name / "lock"))
    run_session(project)
    assert left_behind(project) == []
    assert picture(project) == before


def test_a_child_that_does_not_end_when_it_is_told_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perfproof.measure.git._TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr("perfproof.measure.git._GRACE_SECONDS", 0.1)
    stubborn = "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done"
    with pytest.raises(MachineryError, match=r"^sh took more than 0.3 s\.$"):
        run_child(["sh", "-c", stubborn], tmp_path)
    assert not alive(int((tmp_path / "pid").read_text()))


def test_the_users_own_tidying_does_not_disturb(project: Path) -> None:
    with side_by_side(Repository(project), "v1", None) as (_, head):
        git(project, "worktree", "prune", "--expire=now")
        git(project, "gc", "--quiet", "--prune=now")
        assert git(head.root, "rev-parse", "HEAD") == head.commit
        assert git(head.root, "status", "--porcelain", "--untracked-files=no") == ""


def test_links_out_of_a_checkout_are_not_followed_when_it_goes(
    project: Path, tmp_path: Path
) -> None:
    write(tmp_path, {"precious/file": "1"})
    (tmp_path / "precious").chmod(0o755)
    with side_by_side(Repository(project), "v1", None) as (base, _):
        (base.root / "link").symlink_to(tmp_path / "precious")
        (base.root / "closed").mkdir()
        write(base.root, {"closed/file": "1"})
        (base.root / "closed").chmod(0o500)
    assert left_behind(project) == []
    assert (tmp_path / "precious/file").exists()


@pytest.mark.parametrize("place", [".perfproof", ".perfproof/duels", ".perfproof/duels/lock/x"])
def test_a_place_that_cannot_be_written_is_said(project: Path, place: str) -> None:
    write(project, {place: "in the way"})
    with pytest.raises(UseError) as refused:
        run_session(project)
    assert str(refused.value).startswith(f"{project}/.perfproof/duels: cannot be written or locked")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_place_without_permission_is_said(project: Path) -> None:
    (project / ".perfproof").mkdir(mode=0o500)
    with pytest.raises(UseError, match=r"cannot be written or locked \(Permission denied\)"):
        run_session(project)
