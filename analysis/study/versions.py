"""The versions that the study compares: a git repository with a commit for each scenario."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

__all__ = [
    "BASE",
    "GROWTHS",
    "SCENARIOS",
    "TEMPLATE",
    "changed_files",
    "make_repository",
    "own_repository",
]

TEMPLATE = Path(__file__).resolve().parent / "project"
"""The project that all versions are made from."""

BASE = "base"

GROWTHS = {f"grown_{percent}": percent for percent in (1, 2, 3, 5, 10)}
"""How many per cent of units more each planted version does."""

SCENARIOS = ("identical", "unrelated", *GROWTHS)
"""The versions that are held against the base; each is a tag."""

_SIZE = Path("workloads/size.py")
_SAME_WORK = "GROWTH_PERCENT = 0"

# A different one at the top of each module, so that not all of them move alike.
_IMPORTS = ("colorsys", "textwrap", "bisect", "fractions", "calendar", "string", "shlex", "html")

_UNRELATED = '''
import {module}

UNUSED_TABLE = {{f"key {{number}}": (number, str(number)) for number in range({count})}}


class UnusedRecord:
    """Nothing makes one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts = list(UNUSED_TABLE)

    def described(self) -> str:
        return f"{{self.name}} of {{len(self.parts)}}"


def unused_report(records: list[UnusedRecord]) -> str:
    return {module}.__name__ + "".join(record.described() for record in records)

'''


def make_repository(folder: Path, *, suite: str = "benchmarks") -> dict[str, str]:
    """A git repository with the template as ``base`` and a child of it for each scenario.

    Args:
        folder: Where; must not exist. The base is checked out at the end.
        suite: Folder of the template's tests that the project's own settings name.

    Returns:
        Commit of each tag, the base's too.
    """
    skipped = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(TEMPLATE, folder, ignore=skipped)
    _write(folder, {Path("pyproject.toml"): _settings(suite)})
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    commits = {BASE: _committed(folder, BASE)}
    for scenario in SCENARIOS:
        _write(folder, changed_files(scenario))
        commits[scenario] = _committed(folder, scenario)
        _git(folder, "reset", "--quiet", "--hard", BASE)
    return commits


def own_repository(source: Path, folder: Path) -> dict[str, str]:
    """A clone of a repository with its commit as ``base`` and one of the same code, ``identical``.

    Args:
        source: The repository; only what is committed counts.
        folder: Where; must not exist.
    """
    subprocess.run(["git", "clone", "--quiet", source, folder], check=True, capture_output=True)
    _git(folder, "tag", "--force", BASE)
    commits = {BASE: _git(folder, "rev-parse", BASE).strip()}
    _write(folder, changed_files("identical"))
    commits["identical"] = _committed(folder, "identical")
    return commits


def changed_files(scenario: str) -> dict[Path, str]:
    """What a scenario's files hold where they differ from the template's, by path inside it.

    Raises:
        KeyError: No such scenario.
    """
    if scenario == "identical":
        return {Path("NOTES.txt"): "Only this file is new.\n"}
    if scenario == "unrelated":
        modules = sorted((TEMPLATE / "workloads").glob("[!_]*.py"))
        return {path.relative_to(TEMPLATE): _edited(path, n) for n, path in enumerate(modules)}
    return {_SIZE: _grown(GROWTHS[scenario])}


def _edited(path: Path, number: int) -> str:
    """A module with code that nothing uses at its top, directly below its docstring."""
    docstring, rest = path.read_text().split("\n", 1)
    unrelated = _UNRELATED.format(module=_IMPORTS[number % len(_IMPORTS)], count=40 + 30 * number)
    return docstring + "\n" + unrelated + rest


def _grown(percent: int) -> str:
    source = (TEMPLATE / _SIZE).read_text()
    if source.count(_SAME_WORK) != 1:
        raise ValueError(f"{_SIZE} does not hold '{_SAME_WORK}' once")
    return source.replace(_SAME_WORK, f"GROWTH_PERCENT = {percent}")


def _settings(suite: str) -> str:
    source = (TEMPLATE / "pyproject.toml").read_text()
    return source.replace('pytest = ["benchmarks"]', f'pytest = ["{suite}"]')


def _write(folder: Path, files: dict[Path, str]) -> None:
    for path, content in files.items():
        (folder / path).write_text(content)


def _committed(folder: Path, tag: str) -> str:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", tag)
    _git(folder, "tag", tag)
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *words: str) -> str:
    # No settings, hooks or signatures of whoever runs it; with a fixed author and moment the
    # commits are the same everywhere.
    person = ("-c", "user.name=study", "-c", "user.email=study@example.invalid")
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    moment = "2026-01-01T00:00:00+00:00"
    done = subprocess.run(
        ["git", "-C", folder, *person, *words],
        env={**os.environ, **nobody, "GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
