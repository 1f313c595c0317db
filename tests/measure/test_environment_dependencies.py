"""What a version says it needs, and whether that fits what perfproof measures with."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.errors import UseError
from perfproof.measure.building import needs_a_build
from perfproof.measure.checkout import Checkout
from perfproof.measure.dependencies import Needs, needs_of
from perfproof.measure.toolchain import Installed, refuse_unfit, unfit_plugins
from tests.measure.repositories import commit, git, new_repository, write

PYPROJECT = """
[project]
name = "My.Parcel"
dependencies = ["one>=1"]

[project.optional-dependencies]
bench = ["two"]
more = ["three"]
all = ["my-parcel[bench, more, all]"]
"""


def side(root: Path, files: dict[str, str]) -> Checkout:
    write(root, files)
    return Checkout("head", "v2", "0" * 40, root)


def needs(root: Path, files: dict[str, str], *named: str, build: bool = False) -> Needs:
    return needs_of(side(root, files), named, build=build)


def test_the_usual_places_are_looked_at_in_their_order(tmp_path: Path) -> None:
    assert needs(tmp_path, {}).source == "nothing"
    assert needs(tmp_path, {"setup.cfg": ""}).requirements is None
    found = needs(tmp_path, {"pyproject.toml": PYPROJECT})
    assert (found.source, found.requirements) == ("pyproject.toml", ("one>=1",))
    several = {"requirements/test.txt": "a\n", "requirements/base.txt": "b\n"}
    assert needs(tmp_path, several).files == ("requirements/base.txt", "requirements/test.txt")
    assert needs(tmp_path, {"requirements.txt": "a\n"}).files == ("requirements.txt",)
    assert needs(tmp_path, {"requirements.lock": "a\n"}).source == "requirements.lock"


def test_what_the_setting_names_counts_alone(tmp_path: Path) -> None:
    files = {"pyproject.toml": PYPROJECT, "requirements.txt": "a\n", "pins.txt": "b\n"}
    assert needs(tmp_path, files, "pins.txt").files == ("pins.txt",)
    found = needs(tmp_path, files, "pins.txt", ".[all]")
    assert found.files == ("pins.txt",)
    assert found.requirements == ("one>=1", "two", "three")
    assert found.source == "pins.txt and pyproject.toml"
    with pytest.raises(UseError, match=r"the head \(v2\) has no other.txt"):
        needs(tmp_path, files, "other.txt")
    with pytest.raises(UseError, match=r"no extra 'test'; it has all, bench, more"):
        needs(tmp_path, files, ".[test]")


def test_only_the_build_knows_dynamic_dependencies(tmp_path: Path) -> None:
    dynamic = "[project]\nname = 'p'\ndynamic = ['dependencies']\n"
    found = needs(tmp_path, {"pyproject.toml": dynamic})
    assert (found.source, found.requirements, found.builds) == ("its own build", None, True)


def test_the_digest_follows_what_decides_and_nothing_else(tmp_path: Path) -> None:
    files = {"requirements.txt": "-r more/pins.txt\n-c bounds.txt\n", "more/pins.txt": "a\n"}
    first = needs(tmp_path, files).digest
    assert needs(tmp_path, {"module.py": "1\n", "README.md": "x"}).digest == first
    assert needs(tmp_path, {"bounds.txt": "a<2\n"}).digest != first
    second = needs(tmp_path, {}).digest
    assert needs(tmp_path, {"more/pins.txt": "a==1\n"}).digest not in {first, second}


@pytest.mark.parametrize(("line", "differ"), [("a", False), ("./libs/a", True), ("-e .", True)])
def test_code_of_the_version_itself_is_kept_for_that_version(
    tmp_path: Path, line: str, differ: bool
) -> None:
    root = new_repository(tmp_path / "project", {"requirements.txt": line + "\n"})
    digests = []
    for text in ("1\n", "2\n"):
        write(root, {"module.py": text})
        digests.append(needs_of(Checkout("base", "x", commit(root), root), (), build=False).digest)
    assert (digests[0] != digests[1]) is differ
    git(root, "commit", "-q", "--amend", "-m", "another commit of the same tree")
    same_tree = Checkout("base", "x", git(root, "rev-parse", "HEAD"), root)
    assert needs_of(same_tree, (), build=False).digest == digests[1]


@pytest.mark.parametrize(
    ("name", "text", "builds"),
    [
        ("setup.py", "setup(name='p')", False),
        ("setup.py", "setup(ext_modules=[Extension('p', ['p.c'])])", True),
        ("Cargo.toml", "", True),
        ("src/p/fast.pyx", "", True),
        ("pyproject.toml", "[build-system]\nrequires = ['hatchling>=1.27']\n", False),
        ("pyproject.toml", "[build-system]\nrequires = ['setuptools', 'Cython>=3']\n", True),
        ("pyproject.toml", "[build-system]\nrequires = ['maturin>=1,<2']\n", True),
        ("pyproject.toml", "[[tool.setuptools.ext-modules]]\nname = 'p'\n", True),
    ],
)
def test_extension_modules_are_told_by_what_the_files_say(
    tmp_path: Path, name: str, text: str, builds: bool
) -> None:
    write(tmp_path, {name: text})
    assert needs_a_build(tmp_path) is builds


def test_a_pure_project_is_built_when_asked(tmp_path: Path) -> None:
    files = {"pyproject.toml": PYPROJECT}
    assert not needs(tmp_path, files).builds
    assert needs(tmp_path, files, build=True).builds


def described(folder: Path, name: str, version: str, needs: str = "", points: str = "") -> Path:
    """An installed distribution, as far as its metadata."""
    about = {f"{name}-{version}.dist-info/entry_points.txt": points} if points else {}
    asked = f"Requires-Dist: {needs}\n" if needs else ""
    about[f"{name}-{version}.dist-info/METADATA"] = f"Name: {name}\nVersion: {version}\n{asked}"
    write(folder, about)
    return folder


def test_pins_that_cannot_be_measured_with_are_refused_with_the_version_needed(
    tmp_path: Path,
) -> None:
    own = described(tmp_path / "own", "pytest-benchmark", "5.1", "pytest>=8.1")
    fits = described(tmp_path / "fits", "pytest", "8.4")
    refuse_unfit(Installed([fits, own]), "base")
    older = described(tmp_path / "older", "pytest", "8.0.2")
    with pytest.raises(UseError, match=r"base .*: pytest-benchmark 5.1 needs pytest>=8.1, and"):
        refuse_unfit(Installed([older, own]), "base")
    oldest = described(tmp_path / "oldest", "pytest_benchmark", "4.0.0")
    with pytest.raises(UseError, match=r"perfproof needs pytest-benchmark>=5, and .* 4.0.0 is"):
        refuse_unfit(Installed([oldest, fits]), "head")


def test_a_plugin_of_perfproofs_environment_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    points = "[pytest11]\nfussy = fussy.plugin\n"
    own = described(tmp_path / "own", "pytest-fussy", "2", "pytest>=9", points)
    older = described(tmp_path / "side", "pytest", "8.4")
    reason = "pytest-fussy 2 needs pytest>=9, and pytest 8.4 is there"
    assert unfit_plugins(Installed([older, own]), [own]) == {"fussy": reason}
    newer = described(tmp_path / "newer", "pytest", "9.1")
    assert unfit_plugins(Installed([newer, own]), [own]) == {}
    # Pinned by the side itself, it is the side's affair.
    pinned = described(tmp_path / "side", "pytest-fussy", "3", "pytest>=9", points)
    assert unfit_plugins(Installed([pinned, own]), [own]) == {}
