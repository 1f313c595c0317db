"""Nothing of the user's repository is changed, whatever it, the environment or a ref says."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from perfproof.errors import UseError
from perfproof.measure.checkout import side_by_side
from perfproof.measure.git import LOCATIONS
from perfproof.measure.repository import Repository
from tests.measure.repositories import (
    HOLDER,
    HOOKS,
    commit,
    git,
    left_behind,
    new_repository,
    picture,
    run_session,
    write,
)

pytestmark = pytest.mark.usefixtures("plain_git")

# Nothing of the user's is changed.


@pytest.mark.parametrize("ending", [None, ValueError, KeyboardInterrupt, GeneratorExit])
def test_nothing_of_the_users_is_changed(project: Path, ending: type[BaseException] | None) -> None:
    before = picture(project)
    suppressed = () if ending is None else (ending,)
    with contextlib.suppress(*suppressed), side_by_side(Repository(project), "v1", None) as sides:
        write(sides[1].root, {"made by the suite": "1", "shape.py": "2"})
        assert git(project, "for-each-ref") == before["for-each-ref"]
        if ending is not None:
            raise ending
    assert picture(project) == before
    assert left_behind(project) == []


@pytest.mark.parametrize(
    "harm",
    [
        "add --all",
        "add --intent-to-add new",
        "stash",
        "stash drop",
        "commit -q -m x",
        "branch x",
        "checkout -q --detach",
        "reset -q",
        "config a.b c",
        "worktree add -q --detach ../more",
        "checkout-index --force shape.py",
    ],
)
def test_the_picture_shows_each_kind_of_change(project: Path, harm: str) -> None:
    before = picture(project)
    git(project, *harm.split())
    assert picture(project) != before


def test_a_split_index_gets_no_second_part(project: Path, tmp_path: Path) -> None:
    git(project, "config", "core.splitIndex", "true")
    git(project, "update-index", "--split-index")
    write(project, {f"new/{name}.py": name for name in ("two", "three", "four")})

    def parts() -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in (project / ".git").glob("*index*")}

    before = parts()
    assert len(before) == 2
    run_session(project)
    assert parts() == before
    shutil.copy2(project / ".git/index", tmp_path / "index")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
        git(project, "add", "--all")
    assert len(parts()) == 3, "an index apart is not enough"


def test_hooks_and_monitors_of_the_repository_are_not_run(project: Path, tmp_path: Path) -> None:
    def trap(path: Path) -> None:
        path.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung-{path.name}'\n")
        path.chmod(0o755)

    def sprung() -> set[str]:
        return {path.name.removeprefix("sprung-") for path in tmp_path.glob("sprung-*")}

    for name in HOOKS:
        trap(project / ".git/hooks" / name)
    trap(tmp_path / "monitor")
    git(project, "config", "core.fsmonitor", str(tmp_path / "monitor"))
    run_session(project)
    assert sprung() == set()
    git(project, "worktree", "add", "-q", "--detach", str(tmp_path / "plain"), "v1")
    git(project, "add", "--update")
    assert sprung() == {*HOOKS, "monitor"}, "the traps work when they are not avoided"


# The environment.


def test_a_repository_that_the_environment_names_is_neither_used_nor_touched(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_repository(tmp_path / "other", {"other.py": "1"})
    before, others = picture(project), picture(other)
    for name, value in (("DIR", ".git"), ("INDEX_FILE", ".git/index"), ("WORK_TREE", "")):
        monkeypatch.setenv(f"GIT_{name}", str(other / value))
    assert git(project, "rev-parse", "--show-toplevel") == str(other), "plain git obeys"
    with side_by_side(Repository(project), "v1", None) as (base, head):
        assert (base.root / "deleted.py").exists()
        assert (head.root / "new/one.py").exists()
    for name in ("DIR", "INDEX_FILE", "WORK_TREE"):
        monkeypatch.delenv(f"GIT_{name}")
    assert (picture(project), picture(other)) == (before, others)


def test_every_variable_that_git_calls_local_is_known(project: Path) -> None:
    local = git(project, "rev-parse", "--local-env-vars").split()
    assert {"GIT_DIR", "GIT_INDEX_FILE"} <= set(local)
    said = {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}
    assert [each for each in local if not LOCATIONS.fullmatch(each)] == [
        each for each in local if each in said
    ]


def test_it_works_inside_a_hook_of_a_commit(project: Path, tmp_path: Path) -> None:
    hook = project / ".git/hooks/pre-commit"
    (tmp_path / "holder.py").write_text(HOLDER)
    hook.write_text(
        "#!/bin/sh\n"
        f'echo "$GIT_INDEX_FILE" > "{tmp_path}/index"\n'
        f'"{sys.executable}" "{tmp_path}/holder.py" "$PWD" 0 > "{tmp_path}/said"\n'
    )
    hook.chmod(0o755)
    git(project, "commit", "-q", "-a", "-m", "with a hook")
    assert (tmp_path / "index").read_text().strip().endswith("index.lock")
    assert (tmp_path / "said").read_text().strip() == "SIDE = 'head'"
    assert git(project, "status", "--porcelain") == "?? new/"
    assert left_behind(project) == []


def test_without_git_the_remedy_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UseError) as refused:
        Repository(project)
    assert str(refused.value) == "git is not on the path; install git."


# Refs, and what base is without one.


@pytest.mark.parametrize(
    ("ref", "sentence"),
    [
        ("--help", "'--help' is not a git ref; name a branch, a tag or a commit."),
        ("--output=x", "'--output=x' is not a git ref; name a branch, a tag or a commit."),
        ("-", "'-' is not a git ref; name a branch, a tag or a commit."),
        ("", "'' is not a git ref; name a branch, a tag or a commit."),
        ("a b", "'a b' is not a git ref; name a branch, a tag or a commit."),
        ("v1\n", r"'v1\n' is not a git ref; name a branch, a tag or a commit."),
    ],
)
def test_what_git_could_take_for_something_else_is_refused(
    project: Path, ref: str, sentence: str
) -> None:
    for refs in ((ref, None), ("v1", ref)):
        with pytest.raises(UseError) as refused:
            run_session(project, *refs)
        assert str(refused.value) == sentence
    assert not (project / ".perfproof").exists()


@pytest.mark.parametrize("ref", ["nowhere", "^v1", "v1..main", "HEAD:shape.py", "0" * 40, "\udcff"])
def test_what_names_no_commit_is_said(project: Path, ref: str) -> None:
    with pytest.raises(UseError, match="names no commit of this repository; name a branch"):
        Repository(project).commit_of(ref)


def test_the_default_base_is_the_merge_base_with_the_default_branch(project: Path) -> None:
    base = git(project, "rev-parse", "main")
    git(project, "checkout", "-q", "-b", "topic")
    commit(project)
    git(project, "checkout", "-q", "--detach")
    assert Repository(project).default_base() == base
    git(project, "update-ref", "refs/remotes/origin/trunk", "topic")
    git(project, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert Repository(project).default_base() == git(project, "rev-parse", "topic")
    git(project, "update-ref", "-d", "refs/remotes/origin/trunk")
    assert Repository(project).default_base() == base, "origin/HEAD leads nowhere"


def test_without_a_default_branch_the_base_must_be_named(project: Path) -> None:
    git(project, "branch", "-m", "main", "topic")
    with pytest.raises(UseError, match=r"^the default branch is not known .* name the base, as in"):
        Repository(project).default_base()


def test_a_shallow_clone_is_told_why_there_is_no_base(project: Path) -> None:
    git(project, "checkout", "-q", "-b", "topic")
    commit(project)
    git(project, "checkout", "-q", "main")
    git(project, "commit", "-q", "--allow-empty", "-m", "main went on")
    clone = project.parent / "clone"
    words = ("--depth=1", "--no-single-branch", "--branch=topic", f"file://{project}", str(clone))
    git(project, "clone", "-q", *words)
    with pytest.raises(UseError) as refused:
        Repository(clone).default_base()
    assert str(refused.value) == (
        "HEAD and origin/main share no history in this shallow clone;"
        " name the base; in CI, fetch with the whole history."
    )
    assert len(set(run_session(clone, "origin/main"))) == 2


@pytest.mark.parametrize("ask", [Repository.default_base, lambda each: each.commit_of("main")])
def test_a_branch_without_a_commit_is_said(
    tmp_path: Path, ask: Callable[[Repository], str]
) -> None:
    root = new_repository(tmp_path / "p")
    with pytest.raises(UseError) as refused:
        ask(Repository(root))
    assert str(refused.value) == (
        f"{root}: the branch 'main' has no commit yet; commit first, or name a base on another"
        " branch."
    )


def test_a_new_branch_without_a_commit_can_be_compared_with_another(project: Path) -> None:
    git(project, "checkout", "-q", "--orphan", "fresh")
    with side_by_side(Repository(project), "v1", None) as (_, head):
        assert (head.root / "new/one.py").exists()


@pytest.mark.parametrize("place", ["nothing", "bare"])
def test_a_folder_that_is_no_working_tree_is_said(tmp_path: Path, place: str) -> None:
    (tmp_path / "nothing").mkdir()
    git(tmp_path, "init", "-q", "--bare", "bare")
    with pytest.raises(UseError) as refused:
        Repository(tmp_path / place)
    assert str(refused.value).startswith(f"{tmp_path / place}: is in no working tree of git (")
    assert str(refused.value).endswith(
        "; compare stored sessions instead, as in `perfproof compare FILE FILE`."
    )
