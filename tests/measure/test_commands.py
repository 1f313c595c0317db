"""Commands of the configuration as benchmarks."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.configuration.commands import CommandEntry
from perfproof.measure.suites import collect, find_suites
from perfproof.measure.worker_process import Surroundings
from tests.cli.running import perfproof
from tests.cli.versions import git

TOML = """
[tool.perfproof]
pytest = []
pyperf = []
warmup = "1 ms"

[[tool.perfproof.command]]
name = "say"
command = ["{python}", "say.py"]

[[tool.perfproof.command]]
name = "three"
command = ["{python}", "-c", "import sys; sys.exit(3)"]
expect_exit = 3

[[tool.perfproof.command]]
name = "fails"
command = ["{python}", "-c", "import sys; sys.exit('no such thing')"]

[[tool.perfproof.command]]
name = "chance"
command = ["{python}", "-c", "import os; print(os.urandom(4))"]

[[tool.perfproof.command]]
name = "hangs"
command = ["{python}", "-c", "import time; time.sleep(60)"]
timeout_seconds = 0.5

[[tool.perfproof.command]]
name = "absent"
command = ["no-such-program-anywhere"]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(TOML)
    (tmp_path / "say.py").write_text("print('the same')\n")
    (tmp_path / ".gitignore").write_text(".perfproof/\n")
    return tmp_path


def test_commands_are_benchmarks_of_a_suite_of_their_own(tmp_path: Path) -> None:
    entries = (CommandEntry(name="a", command=("true",)), CommandEntry(name="b", command=("true",)))
    (suite,) = find_suites(tmp_path, (), (), entries)
    found = collect((suite,), Surroundings(tmp_path, {}), timeout_seconds=60)[suite]
    assert [each.id for each in found] == ["command::a", "command::b"]
    assert {each.runner for each in found} == {"command"}
    assert found[0].source_hash == found[1].source_hash


def test_how_a_run_must_end_is_held_and_what_does_not_is_said(root: Path) -> None:
    done = perfproof(root, "run", "--processes", "1", "--blocks", "2", "--quiet")
    assert done.returncode == 1, done.stdout + done.stderr
    for name, cause in (
        ("fails", "ended with 1 instead of 0: no such thing"),
        ("chance", "its output changes from run to run"),
        ("hangs", "took longer than 0.5 s"),
        ("absent", "No such file or directory"),
    ):
        assert f"command::{name} failed:" in done.stdout
        assert cause in done.stdout
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    assert "no figure" not in lines["say"]
    assert "no figure" not in lines["three"]


def test_an_output_that_differs_between_two_versions_is_an_error(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    (root / "say.py").write_text("print('another')\n")
    done = perfproof(
        root, "compare", "HEAD", "-k", "say or three", "--pairs", "4", "--quiet", "--no-confirm"
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "command::say: failed on the head: its output differs from the base's" in done.stdout
    assert "three" in done.stdout


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"name": "a b", "command": ("x",)}, "name"),
        ({"name": "a", "command": ()}, "needs a program"),
        ({"name": "a", "command": ("x",), "expect_exit": 300}, "expect_exit"),
        ({"name": "a", "command": ("x",), "timeout_seconds": 0}, "timeout_seconds"),
    ],
)
def test_a_command_that_cannot_be_is_refused(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CommandEntry(**keys)  # type: ignore[arg-type]
