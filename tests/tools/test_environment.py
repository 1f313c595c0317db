"""What `make` does first: the environment, or a sentence about what is missing."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "tools/environment.py"


@pytest.fixture
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment_of_make", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_can_be_read_by_a_python_that_is_too_old() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 5))


def test_a_python_that_is_too_old_is_named(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "OLDEST", (99, 0))
    sentence = environment.what_is_missing()
    assert re.match(r"python3 is 3\.\d+\.\d+, and perfproof needs 99\.0 to 3\.13;", sentence)


def test_nothing_is_missing_here(environment: ModuleType) -> None:
    assert environment.what_is_missing() is None


def test_a_machine_without_git_is_told_so(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not on the path" in environment.what_is_missing()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: command 'gcc' failed: No such file", "no C compiler was found"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "is not the one that requirements.lock"),
        ("ERROR: No matching distribution found for numpy", "the first `make` needs the network"),
        ("something else\nlast words\n", "could not install the requirements: last words"),
    ],
)
def test_why_pip_failed_is_one_sentence(
    environment: ModuleType, output: str, sentence: str
) -> None:
    assert sentence in environment.why_pip_failed(output)


def test_an_environment_that_stands_is_left_alone(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()
    (tmp_path / "installed").write_text(environment.fingerprint())
    monkeypatch.setattr(environment, "VENV", str(tmp_path))
    monkeypatch.setattr(environment, "STAMP", str(tmp_path / "installed"))
    monkeypatch.setattr(environment, "run", None)
    assert environment.main() == 0


def test_a_failed_installation_is_not_taken_for_an_environment(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "VENV", str(tmp_path / "venv"))
    monkeypatch.setattr(environment, "STAMP", str(tmp_path / "venv/installed"))
    monkeypatch.setattr(environment, "LOCK", str(tmp_path / "no.lock"))
    monkeypatch.setattr(environment, "create", lambda: None)
    monkeypatch.setattr(environment, "python_of", lambda _: shutil.which("false"))
    assert environment.main() == 2
    assert not (tmp_path / "venv/installed").exists()


def test_no_committed_file_names_a_package_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "index-url" not in lock
    assert "--find-links" not in lock
    assert lock.count("--hash=sha256:") > lock.count("==")


def test_make_says_when_there_is_no_python(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = subprocess.run(
        ["make", "environment", "PYTHON=python-of-nowhere"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no python-of-nowhere on the path" in done.stderr
