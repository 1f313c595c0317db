"""In a duel the measured code must be this side's; what says otherwise is an error by name."""

from __future__ import annotations

import os
import sys
import types
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import msgspec
import pytest

from perfproof.errors import UseError
from perfproof.measure.checkout import import_paths, side_by_side
from perfproof.measure.conduct import conduct
from perfproof.measure.origins import Origins, StrangeOriginError
from perfproof.measure.repository import Repository
from perfproof.measure.suites import collect, find_suites
from perfproof.measure.worker_process import Surroundings
from tests.measure.kept import QUICK, Kept
from tests.measure.repositories import new_repository

FIRST_IN_LINE = '''\
"""As editable installs of meson-python and scikit-build-core do: a finder before all others."""
import importlib.util
import sys


class Finder:
    def find_spec(self, name, path=None, target=None):
        if name in ("parcel", "late"):
            return importlib.util.spec_from_file_location(name, {elsewhere!r} + f"/{{name}}.py")
        return None


sys.meta_path.insert(0, Finder())
'''

SUITE = """\
import parcel


def test_any(benchmark):
    benchmark(int)
"""

LATE = """\
def test_late(benchmark):
    import late

    benchmark(int)


def test_early(benchmark):
    benchmark(int)
"""

SCRIPT = "import parcel, pyperf\nrunner = pyperf.Runner()\nrunner.bench_func('any', int)\n"


def lay_out(root: Path, elsewhere: Path, suite: str) -> Surroundings:
    """A checkout in ``root`` whose packages an installed finder takes from elsewhere."""
    for folder in (root / "src", root / "benchmarks", elsewhere):
        folder.mkdir(parents=True)
    for name in ("parcel", "late"):
        (root / "src" / f"{name}.py").write_text("")
        (elsewhere / f"{name}.py").write_text("")
    (root / "benchmarks" / "test_it.py").write_text(suite)
    (root / "benchmarks" / "perf_it.py").write_text(SCRIPT)
    (elsewhere / "sitecustomize.py").write_text(FIRST_IN_LINE.format(elsewhere=str(elsewhere)))
    paths = (root / "src", root, elsewhere)
    return Surroundings(root, {"PYTHONPATH": os.pathsep.join(map(str, paths))})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return tmp_path / "user" / ".perfproof" / "duels" / "0123abcd" / "base"


@pytest.mark.parametrize("pytest_paths", [("benchmarks",), ()])
def test_a_finder_that_is_first_in_line_is_found_out_while_listing(
    checkout: Path, tmp_path: Path, pytest_paths: tuple[str, ...]
) -> None:
    around = lay_out(checkout, tmp_path / "elsewhere", SUITE)
    suites = find_suites(checkout, pytest_paths, () if pytest_paths else ("benchmarks/perf_*.py",))
    with pytest.raises(UseError) as caught:
        collect(suites, around, timeout_seconds=60)
    stranger = tmp_path / "elsewhere" / "parcel.py"
    assert f"the module parcel came from {stranger}" in str(caught.value)
    assert str(caught.value).endswith("with `--env each`.")


def test_what_a_test_imports_late_is_found_out_before_it_is_measured(
    checkout: Path, tmp_path: Path
) -> None:
    around = lay_out(checkout, tmp_path / "elsewhere", LATE)
    found = collect(find_suites(checkout, ("benchmarks",), ()), around, timeout_seconds=60)
    kept = Kept()
    conduct(found, msgspec.structs.replace(QUICK, processes=1), around, kept, kept)
    assert {each.kind for each in kept.troubles} == {"failed"}
    assert all("the module late came from" in each.reason for each in kept.troubles)
    assert "test_late" not in {each.benchmark.split("::")[1] for each in kept.samples}


def test_outside_of_a_duel_the_installed_package_may_be_meant(tmp_path: Path) -> None:
    around = lay_out(tmp_path / "user", tmp_path / "elsewhere", SUITE)
    suites = find_suites(tmp_path / "user", ("benchmarks",), ())
    assert collect(suites, around, timeout_seconds=60)


def loaded(patch: pytest.MonkeyPatch, name: str, path: Path) -> None:
    module = types.ModuleType(name)
    module.__file__ = str(path)
    patch.setitem(sys.modules, name, module)


@pytest.fixture
def origins(checkout: Path) -> Origins:
    files = ("src/shipped/__init__.py", "src/space/inner/__init__.py", "flat.py", "tests/one.py")
    for name in files:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("")
    made = Origins.of_duel(checkout, os.pathsep.join([str(checkout / "src"), str(checkout)]))
    assert made is not None
    return made


def test_what_the_checkout_holds_are_packages_modules_and_packages_within_namespaces(
    origins: Origins,
) -> None:
    assert origins.own == {"shipped", "space.inner", "flat"}


@pytest.mark.parametrize("name", ["shipped", "shipped.deep", "space.inner.deep", "flat"])
def test_each_own_module_must_come_from_the_checkout(
    origins: Origins, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    loaded(monkeypatch, name, checkout / "src" / "any.py")
    origins.check()
    loaded(monkeypatch, name, tmp_path / "site-packages" / "any.py")
    with pytest.raises(StrangeOriginError, match=f"the module {name} came from"):
        origins.check()


def test_others_may_come_from_anywhere_but_the_users_tree_and_the_other_side(
    origins: Origins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = tmp_path / "user"
    allowed = user / ".venv" / "lib" / "site-packages" / "other.py"
    for path in (tmp_path / "other.py", allowed):
        loaded(monkeypatch, "other", path)
        origins.check(thorough=True)
    for path in (user / "src" / "other.py", user / ".perfproof/duels/0123abcd/head/other.py"):
        loaded(monkeypatch, "other", path)
        with pytest.raises(StrangeOriginError, match="the module other came from"):
            origins.check()


def test_a_compiled_module_that_an_installation_of_the_project_brought_is_a_stranger(
    origins: Origins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-packages"
    for name, modules in (("shipped", "shipped\n_shipped\n"), ("foreign", "_foreign\n")):
        info = site / f"{name}-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Name: {name}\nVersion: 1\n")
        (info / "top_level.txt").write_text(modules)
    monkeypatch.syspath_prepend(str(site))
    loaded(monkeypatch, "_foreign", site / f"_foreign{EXTENSION_SUFFIXES[0]}")
    origins.check(thorough=True)
    loaded(monkeypatch, "_shipped", site / f"_shipped{EXTENSION_SUFFIXES[0]}")
    origins.check()
    with pytest.raises(StrangeOriginError, match=r"the module _shipped came from.*--env built"):
        origins.check(thorough=True)


@pytest.mark.usefixtures("plain_git")
def test_the_checkouts_of_a_duel_are_known_as_such(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "project", {"src/parcel/__init__.py": "SIDE = 'base'\n"})
    (root / "src/parcel/__init__.py").write_text("SIDE = 'head'\n")
    with side_by_side(Repository(root), "HEAD", None) as checkouts:
        for each in checkouts:
            paths = os.pathsep.join(map(str, import_paths(each)))
            made = Origins.of_duel(each.root, paths)
            assert made is not None
            assert (made.side, made.tree) == (each.root, root)
            assert made.own == {"parcel"}
            assert Origins.of_duel(each.root, str(tmp_path)) is None
