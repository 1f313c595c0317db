"""Two versions stand side by side, and nothing of the user's repository is changed by it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from perfproof.errors import MachineryError, UseError
from perfproof.measure.checkout import COMPILED_BESIDE, Checkout, import_paths, side_by_side
from perfproof.measure.git import LOCATIONS, run_child
from perfproof.measure.repository import Repository

ODD = "a name\nof two lines.py"
HOOKS = ("post-checkout", "reference-transaction", "post-index-change")
HOLDER = """
import signal, sys, time
from pathlib import Path
from perfproof.measure.checkout import side_by_side
from perfproof.measure.repository import Repository

signal.signal(signal.SIGINT, signal.default_int_handler)
with side_by_side(Repository(Path(sys.argv[1])), "v1", None) as (base, head):
    print((head.root / "shape.py").read_text(), flush=True)
    time.sleep(float(sys.argv[2]))
"""
WAITS_ONCE = """#!/bin/sh
mkdir "{place}/once" 2>/dev/null || exec cat
echo $$ > "{place}/pid"
i=0
while [ ! -e "{place}/go" ] && [ $i -lt 400 ]; do sleep 0.02; i=$((i + 1)); done
exec cat
"""


def git(root: Path, *words: str) -> str:
    options = ("user.name=t", "user.email=t@t", "protocol.file.allow=always", "gc.auto=0")
    command = ["git", *(word for option in options for word in ("-c", option))]
    done = subprocess.run(
        [*command, "-C", str(root), *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    )
    return done.stdout.strip()


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def commit(root: Path, message: str = "a commit") -> str:
    git(root, "add", "--all")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


def new_repository(root: Path, files: dict[str, str] | None = None) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    if files is not None:
        write(root, files)
        commit(root)
        git(root, "tag", "v1")
    return root


def picture(root: Path) -> dict[str, object]:
    """All that a user could see change: files of the tree and of git with times, and git's view.

    HEAD, index, stash, logs and configuration are files under `.git`; only objects are left out.
    """
    seen: dict[str, object] = {}
    for place, folders, names in os.walk(root):
        folders[:] = [each for each in folders if each not in {".perfproof", "objects"}]
        for path in (Path(place) / name for name in names):
            stat = path.lstat()
            content = path.readlink() if path.is_symlink() else path.read_bytes()
            seen[str(path.relative_to(root))] = (content, stat.st_mtime_ns, stat.st_mode)
    for question in (
        "for-each-ref",
        "status --porcelain=v2 --branch -z",
        "worktree list --porcelain",
    ):
        seen[question] = git(root, *question.split())
    return seen


def left_behind(root: Path) -> list[str]:
    return sorted(each.name for each in (root / ".perfproof/duels").iterdir() if each.is_dir())


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def lock_is_free(path: Path) -> bool:
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def run_session(root: Path, base: str = "v1", head: str | None = None) -> tuple[str, ...]:
    """A whole session; the refs as they were resolved."""
    with side_by_side(Repository(root), base, head) as checkouts:
        return tuple(each.commit for each in checkouts)


@contextlib.contextmanager
def holder(root: Path, seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root), str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module", autouse=True)
def plain_git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No configuration of whoever runs the tests, and no repository around them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if LOCATIONS.fullmatch(each)]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path_factory.getbasetemp()))
        yield


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in the middle of work: staged, changed, deleted, new, ignored, stashed."""
    files = {
        "shape.py": "SIDE = 'base'\n",
        "staged.py": "1\n",
        "deleted.py": "1\n",
        ODD: "1\n",
        ".gitignore": "*.log\n__pycache__/\n",
    }
    root = new_repository(tmp_path_factory.mktemp("template") / "a project", files)
    write(root, {"staged.py": "stashed\n"})
    git(root, "stash")
    write(root, {"staged.py": "2\n"})
    git(root, "add", "staged.py")
    write(root, {"shape.py": "SIDE = 'head'\n", "new/one.py": "1\n", "noise.log": "x"})
    (root / "deleted.py").unlink()
    return root


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(template, tmp_path / template.name, symlinks=True)


# Both versions stand there.


def test_base_is_the_commit_and_head_the_working_tree(project: Path) -> None:
    with side_by_side(Repository(project), "v1", None) as (base, head):
        assert (base.side, base.ref, head.side, head.ref) == ("base", "v1", "head", "working tree")
        assert base.commit == git(project, "rev-parse", "v1")
        assert (base.root / "shape.py").read_text() == "SIDE = 'base'\n"
        assert (base.root / "deleted.py").exists()
        assert not (base.root / "new").exists()
        assert (head.root / "shape.py").read_text() == "SIDE = 'head'\n"
        assert (head.root / "staged.py").read_text() == "2\n"
        assert (head.root / "new/one.py").exists()
        assert (head.root / ODD).exists()
        assert not (head.root / "deleted.py").exists()
        assert not (head.root / "noise.log").exists(), "ignored"
        assert len(str(base.root)) == len(str(head.root))
    assert left_behind(project) == []


def test_two_refs_are_two_commits(project: Path) -> None:
    second = commit(project)
    assert run_session(project, "v1", "main") == (git(project, "rev-parse", "v1"), second)


def test_a_working_tree_without_a_change_is_the_commit_itself(project: Path) -> None:
    assert run_session(project, "main")[1] != git(project, "rev-parse", "HEAD")
    clean = commit(project)
    assert run_session(project, "main") == (clean, clean)


def test_an_edit_as_young_as_the_index_is_seen(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "p", {"file": "one"})
    git(root, "config", "core.trustctime", "false")
    git(root, "config", "core.checkStat", "minimal")
    index = root / ".git/index"
    os.utime(root / "file", (1_000_000_000, 1_000_000_000))
    git(root, "update-index", "--refresh")
    write(root, {"file": "two"})
    for path in (root / "file", index):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    with side_by_side(Repository(root), "v1", None) as (_, head):
        assert (head.root / "file").read_text() == "two"
    os.utime(index)
    assert run_session(root)[1] == git(root, "rev-parse", "HEAD"), "with another time it is missed"


def test_files_and_folders_may_change_places(tmp_path: Path) -> None:
    files = {"file": "1", "folder/in": "1", "linked/in": "1", "elsewhere/in": "2"}
    root = new_repository(tmp_path / "p", files)
    (root / "file").unlink()
    shutil.rmtree(root / "folder")
    shutil.rmtree(root / "linked")
    write(root, {"file/in": "2", "folder": "2"})
    (root / "linked").symlink_to("elsewhere")
    with side_by_side(Repository(root), "v1", None) as (_, head):
        assert (head.root / "file/in").read_text() == (head.root / "folder").read_text() == "2"
        assert (head.root / "linked").readlink() == Path("elsewhere")


def test_a_project_in_a_folder_of_the_repository_is_found_on_both_sides(project: Path) -> None:
    commit(project)
    git(project, "tag", "v2")
    with side_by_side(Repository(project / "new"), "v2", None) as (base, head):
        assert [each.root.name for each in (base, head)] == ["new", "new"]
        assert (base.root / "one.py").exists()
    with pytest.raises(UseError) as refused:
        run_session(project / "new", "v1")
    assert str(refused.value) == "'v1' has no folder new; name a base that holds the project."
    assert left_behind(project / "new") == []


def test_a_worktree_of_the_users_own_is_a_project_too(project: Path) -> None:
    git(project, "worktree", "add", "-q", "--detach", str(project.parent / "second"), "v1")
    before = picture(project)
    second = project.parent / "second"
    write(second, {"shape.py": "SIDE = 'second'\n"})
    with side_by_side(Repository(second), "v1", None) as (_, head):
        assert (head.root / "shape.py").read_text() == "SIDE = 'second'\n"
    assert picture(project) == before


# What stands in the folder beside the repository's own files.


def test_a_repository_that_lies_in_a_folder_is_not_part_of_it(project: Path) -> None:
    new_repository(project / "scratch")
    new_repository(project / "other", {"file": "1"})
    with side_by_side(Repository(project), "v1", None) as (_, head):
        assert not (head.root / "scratch").exists()
        assert not (head.root / "other").exists()
        assert (head.root / "new/one.py").exists()
    with pytest.raises(subprocess.CalledProcessError):
        git(project, "add", "--all")


def test_our_own_folder_is_never_part_of_it(project: Path) -> None:
    write(project, {".perfproof/sessions/one.jsonl": "{}", "new/.perfproof/two": "{}"})
    with side_by_side(Repository(project), "v1", None) as (_, head):
        assert not list(head.root.rglob(".perfproof"))


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


# What workers import.


def test_both_sides_are_compiled_where_workers_look(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "elsewhere"))
    write(project, {"broken.py": "this is no Python\n"})

    def files(root: Path) -> dict[Path, int]:
        return {each: each.stat().st_mtime_ns for each in root.rglob("*") if each.is_file()}

    def let_import(root: Path, variables: Mapping[str, str]) -> None:
        command = [sys.executable, "-c", "import shape"]
        subprocess.run(command, cwd=root, env={**os.environ, **variables}, check=True)

    with side_by_side(Repository(project), "v1", None) as checkouts:
        for checkout in checkouts:
            before = files(checkout.root)
            assert list(checkout.root.glob("__pycache__/shape.*.pyc"))
            let_import(checkout.root, COMPILED_BESIDE)
            assert files(checkout.root) == before, "nothing was left to compile"
        assert not (tmp_path / "elsewhere").exists()
        let_import(checkouts[0].root, {"PYTHONDONTWRITEBYTECODE": ""})
        assert list((tmp_path / "elsewhere").rglob("shape.*.pyc")), "compiled again"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"src/demo/__init__.py": ""}, ["src", "."]),
        ({"src/demo/part/deep.py": ""}, ["src", "."]),
        ({"src/demo.py": ""}, ["src", "."]),
        ({"demo/__init__.py": ""}, ["."]),
        ({"src/__init__.py": "", "src/demo.py": ""}, ["."]),
        ({"src/demo.c": "", "src/include/demo.h": "", "src/not-a-name/x.py": ""}, ["."]),
        ({"src": "a file"}, ["."]),
    ],
    ids=["src", "namespace", "module", "flat", "src is a package", "src in C", "src is a file"],
)
def test_the_paths_lead_to_the_packages(
    tmp_path: Path, files: dict[str, str], expected: list[str]
) -> None:
    write(tmp_path, files)
    paths = import_paths(Checkout("base", "v1", "0" * 40, tmp_path))
    assert paths == tuple(tmp_path / each for each in expected)


def test_a_path_that_pythonpath_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UseError, match="holds ':', at which PYTHONPATH is cut; move the project"):
        import_paths(Checkout("base", "v1", "0" * 40, tmp_path / "a:b"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing in it."""
    root = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root)], check=True)
    return root


FINDER = """
import importlib.util, sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "demo":
            return importlib.util.spec_from_file_location(name, {file!r})
sys.meta_path.append(Finder)
"""


@pytest.mark.parametrize("kind", ["path", "finder"])
@pytest.mark.parametrize("layout", ["src", "."])
def test_each_side_imports_its_own_code_and_not_the_installed_one(
    tmp_path: Path, environment: Path, layout: str, kind: str
) -> None:
    module = f"{layout}/demo/__init__.py"
    root = new_repository(tmp_path / "p", {module: "SIDE = 'base'\n", "setup.py": ""})
    write(root, {module: "SIDE = 'head'\n"})
    packages = Path(
        sysconfig.get_path(
            "purelib", "venv", {"base": str(environment), "platbase": str(environment)}
        )
    )
    if kind == "path":
        write(packages, {"installed.pth": f"{root / layout}\n"})
    else:
        finder = FINDER.format(file=str(root / module))
        write(packages, {"_finder.py": finder, "installed.pth": "import _finder\n"})

    def imported(*paths: Path) -> list[str]:
        done = subprocess.run(
            [environment / "bin/python", "-c", "import demo; print(demo.SIDE, demo.__file__)"],
            cwd=tmp_path,
            env={"PYTHONPATH": os.pathsep.join(map(str, paths))},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split(maxsplit=1)

    with side_by_side(Repository(root), "v1", None) as checkouts:
        for checkout in checkouts:
            side, file = imported(*import_paths(checkout))
            assert side == checkout.side
            assert Path(file.strip()).is_relative_to(checkout.root)
        write(root, {module: "SIDE = 'installed'\n"})
        assert imported()[0] == "installed", "what is imported without the paths"
