"""An environment for each side: its own pins win, perfproof's packages come last."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import perfproof
from perfproof.cli.versions import Ground, survey
from perfproof.configuration.settings import Settings
from perfproof.errors import UseError
from perfproof.measure.checkout import side_by_side
from perfproof.measure.environment_cache import cache_home
from perfproof.measure.environments import Environment, Environments, Manner, environments
from perfproof.measure.repository import Repository
from perfproof.measure.selection import Selection
from tests.measure.repositories import new_repository, write
from tests.measure.wheels import only_index, tiny, wheel

PROJECT = {
    "pyproject.toml": "[project]\nname = 'parcel'\nversion = '1'\n",
    "parcel.py": "import tiny\n",
    "benchmarks/test_parcel.py": "import pytest\nfrom parcel import tiny\n\n"
    "@pytest.mark.parametrize('dependency', [tiny.VERSION])\n"
    "def test_it(benchmark, dependency):\n    benchmark(int)\n\n"
    "def test_both(benchmark):\n    benchmark(int)\n",
}
# The order of folders on the path is what the build must not change, so the sources lie flat.
BUILT = {
    "pyproject.toml": "[project]\nname = 'grown'\ndynamic = ['version', 'dependencies']\n"
    "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
    "CMakeLists.txt": "",
    "grown/__init__.py": "",
    "benchmarks/test_parcel.py": "import pytest\nimport tiny\nfrom grown.fast import SIDE\n\n"
    "@pytest.mark.parametrize('side', [SIDE])\n"
    "def test_it(benchmark, side):\n    benchmark(int)\n\n"
    "def test_both(benchmark):\n    assert tiny.VERSION == '1'\n    benchmark(int)\n",
    "backend.py": f"import sys\nsys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
    """from pathlib import Path
from tests.measure.wheels import wheel


def build_wheel(folder, config_settings=None, metadata_directory=None):
    side = Path("side").read_text()
    wheel(Path("build"), "left", "1", {})
    made = {"grown/__init__.py": "", "grown/fast.py": f"SIDE = {side!r}"}
    return wheel(Path(folder), "grown", "1", made, ["tiny<2", "absent; extra == 'more'"]).name
""",
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    for version in ("1", "2"):
        tiny(folder, version)
    only_index(monkeypatch, folder, tmp_path / "cache")
    return folder


def repository(root: Path, base: dict[str, str], head: dict[str, str]) -> Repository:
    """The project with two versions: `v1`, and the working tree."""
    new_repository(root, {**PROJECT, **base})
    write(root, head)
    return Repository(root)


def outcome(
    project: Repository, manner: Manner = "each", *, left: list[Path] | None = None
) -> tuple[Environments, Ground, list[str]]:
    """A session as far as the survey: environments, what stands on both sides, what was said."""
    said: list[str] = []
    settings = Settings(pytest=("benchmarks",), pyperf=())
    with (
        side_by_side(project, "v1", None) as checkouts,
        environments(checkouts, manner, settings.requirements, said.append) as made,
    ):
        if left is not None:
            left += [path for each in checkouts for path in each.root.glob("build")]
        return made, survey(settings, checkouts, None, Selection(), made), said


def ran(environment: Environment, code: str, **variables: str) -> str:
    """What the interpreter of an environment prints."""
    done = subprocess.run(
        [environment.python, "-P", "-c", code],
        env={**os.environ, **environment.variables, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def installed() -> list[str]:
    return sorted(each.name for each in cache_home().iterdir() if each.is_dir())


def test_each_side_sees_its_own_version_and_finds_it_kept_the_next_time(
    index: Path, tmp_path: Path
) -> None:
    project = repository(
        tmp_path / "project", {"requirements.lock": "tiny==1\n"}, {"requirements.lock": "tiny==2\n"}
    )
    made, ground, said = outcome(project)
    assert ground.removed == ("benchmarks/test_parcel.py::test_it[1]",)
    assert ground.added == ("benchmarks/test_parcel.py::test_it[2]",)
    assert ground.notes == ("each side with its own dependencies (requirements.lock): tiny 1 -> 2",)
    assert len(said) == 2
    assert ran(made.sides["base"], "import tiny; print(tiny.VERSION)") == "1"
    for wheels in index.iterdir():
        wheels.unlink()
    _, again, said = outcome(project)
    assert (again.added, said) == (ground.added, [])


@pytest.mark.usefixtures("index")
def test_one_environment_serves_sides_that_need_the_same(tmp_path: Path) -> None:
    project = repository(
        tmp_path / "project",
        {"pyproject.toml": PROJECT["pyproject.toml"] + "dependencies = ['tiny']\n"},
        {"parcel.py": "import tiny  # unlike\n"},
    )
    _, ground, said = outcome(project)
    assert "benchmarks/test_parcel.py::test_it[2]" in [each.id for each in ground.benchmarks]
    assert ground.notes == ("both sides with the same dependencies of their own (pyproject.toml)",)
    assert len(said) == len(installed()) == 1


@pytest.mark.usefixtures("index")
def test_a_project_with_extensions_is_built_on_each_side_and_tells_what_it_needs(
    tmp_path: Path,
) -> None:
    files = {**BUILT, "side": "base", "parcel.py": ""}
    left: list[Path] = []
    made, ground, _ = outcome(repository(tmp_path / "project", files, {"side": "head"}), left=left)
    assert left == []
    assert ground.removed == ("benchmarks/test_parcel.py::test_it[base]",)
    assert ground.added == ("benchmarks/test_parcel.py::test_it[head]",)
    assert ground.notes == ("both sides with the same dependencies of their own (its own build)",)
    version = "from importlib.metadata import version; print(version('grown'))"
    assert ran(made.sides["head"], version) == "1"


def test_what_a_side_pins_stands_before_what_perfproof_runs_from(
    index: Path, tmp_path: Path
) -> None:
    # Named like packages that perfproof's own environment holds too.
    wheel(index, "iniconfig", "99", {"iniconfig/__init__.py": "PINNED = True\n"})
    wheel(index, "perfproof", "99", {"perfproof/__init__.py": "raise OSError('not ours')\n"})
    files = {"requirements.txt": "iniconfig==99\nperfproof==99\n", "parcel.py": ""}
    project = repository(tmp_path / "project", files, {"parcel.py": "1\n"})
    with (
        side_by_side(project, "v1", None) as checkouts,
        environments(checkouts, "each", (), print) as made,
    ):
        head = made.sides["head"]
        assert ran(head, "import iniconfig; print(iniconfig.PINNED)", PYTHONPATH="") == "True"
        assert ran(head, "import perfproof; print(perfproof.__file__)") == perfproof.__file__
        assert ran(head, "import sys; print(sys.prefix)") == head.variables["VIRTUAL_ENV"]


def test_a_tool_that_does_not_fit_the_pins_is_replaced_by_one_that_does(
    index: Path, tmp_path: Path
) -> None:
    # perfproof's own pytest asks for a newer one than this side pins.
    wheel(index, "iniconfig", "0.1", {"iniconfig.py": ""})
    wheel(index, "pytest", "8.99", {"pytest.py": ""}, ["iniconfig"])
    for name in ("pytest-benchmark", "pyperf", "msgspec"):
        wheel(index, name, "99", {f"{name.replace('-', '_')}.py": ""})
    project = repository(tmp_path / "project", {"requirements.txt": "iniconfig==0.1\n"}, {})
    write(project.top, {"requirements.txt": ""})
    with (
        side_by_side(project, "v1", None) as checkouts,
        environments(checkouts, "each", (), print) as made,
    ):
        version = "from importlib.metadata import version; print(version('pytest'))"
        assert ran(made.sides["base"], version) == "8.99"
        assert any("timed by different versions of pytest" in each for each in made.notes)


@pytest.mark.usefixtures("index")
def test_a_failing_pip_names_the_side_and_leaves_nothing(tmp_path: Path) -> None:
    project = repository(tmp_path / "project", {}, {"requirements.lock": "tiny==9\n"})
    with pytest.raises(UseError) as caught:
        outcome(project)
    sentence = str(caught.value)
    assert "what the head (working tree) needs" in sentence
    assert "No matching distribution found for tiny==9" in sentence
    assert "`pip install -r requirements.lock`" in sentence
    assert len(installed()) == 1
    assert len(list(cache_home().glob("*.lock"))) == 1


@pytest.mark.usefixtures("index")
def test_a_failing_build_names_the_side_and_a_command_that_can_be_typed(tmp_path: Path) -> None:
    broken = {**BUILT, "backend.py": "def build_wheel(*_words, **_more):\n    raise OSError\n"}
    with pytest.raises(UseError) as caught:
        outcome(repository(tmp_path / "project", broken, {"side": "head"}))
    sentence = str(caught.value)
    assert "what the base (v1) needs" in sentence
    assert "`pip install --no-deps .`" in sentence


def test_the_same_environment_is_the_one_that_perfproof_runs_in(tmp_path: Path) -> None:
    project = repository(tmp_path / "project", {"parcel.py": "class tiny: VERSION = 1\n"}, {})
    made, ground, said = outcome(project, "same")
    assert {each.python for each in made.sides.values()} == {sys.executable}
    assert (ground.notes, said) == ((), [])
