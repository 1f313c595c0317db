"""Two versions stand side by side, and workers import each side's own code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest

from perfproof.errors import UseError
from perfproof.measure.checkout import COMPILED_BESIDE, Checkout, import_paths, side_by_side
from perfproof.measure.repository import Repository
from tests.measure.repositories import (
    ODD,
    commit,
    git,
    left_behind,
    new_repository,
    picture,
    run_session,
    write,
)

pytestmark = pytest.mark.usefixtures("plain_git")


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
