"""What the command line says of itself, and what it waits for before it says it."""

from __future__ import annotations

import importlib
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from perfproof.cli.arguments import COMMANDS, build_parser
from tests.cli.running import perfproof, surroundings

NAMES = (
    *("list", "run", "check", "compare", "counts", "leaks", "imports"),
    *("baseline", "load", "prove", "doctor"),
)


def test_help_names_every_command_and_every_exit_code(tmp_path: Path) -> None:
    done = perfproof(tmp_path, "--help")
    assert done.returncode == 0
    for word in NAMES:
        assert f"\n    {word} " in done.stdout
    for code in range(5):
        assert f"\n  {code}  " in done.stdout


def test_the_commands_are_these_and_each_is_a_module_that_runs() -> None:
    assert tuple(COMMANDS) == NAMES
    for command in COMMANDS.values():
        assert callable(importlib.import_module(command.module).run)


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_command_says_what_it_does_and_gives_examples_that_it_takes(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit, match=r"^0$"):
        build_parser().parse_args([name, "--help"])
    shown = capsys.readouterr().out
    assert max(len(line) for line in shown.splitlines()) <= 100
    assert "examples:\n  perfproof " in shown
    assert COMMANDS[name].summary[1:] in " ".join(shown.split())
    for example in COMMANDS[name].examples:
        assert f"  perfproof {example}\n" in shown
        assert build_parser().parse_args(shlex.split(example)).command == name


def test_help_waits_for_nothing_that_is_heavy() -> None:
    heavy = {"numpy", "pandas", "scipy", "matplotlib", "memray", "pytest", "pyperf", "rich"}
    script = (
        "import sys\n"
        "from perfproof.cli.main import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    print('modules', *sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    imported = set(done.stdout.splitlines()[-1].split())
    assert "perfproof.cli.main" in imported
    assert imported & heavy == set()


def test_the_package_runs_as_a_module_like_the_installed_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "perfproof", "--help"],
        cwd=tmp_path,
        env=surroundings(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == perfproof(tmp_path, "--help").stdout
