"""Two released versions of other people's projects, unmodified, by their own suites.

``python -m analysis.released`` shows the table, ``python -m analysis.released NAME`` fetches the
two source releases with pip, commits one after the other to a repository of its own, makes an
environment with the project's dependencies and this perfproof, and runs ``perfproof compare``
there. Needs the package index and a minute or two; everything is deleted afterwards unless
``--keep FOLDER`` says where it may stay. No part of the tests reaches the network.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from perfproof.configuration.tables import nearest
from perfproof.errors import ExitCode, MachineryError, PerfproofError, UseError

__all__ = ["PAIRS", "Pair", "main", "repository_of", "seen", "unpacked"]

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = "perfproof.toml"
"""Beside the project's own files, not committed: neither version is touched."""
_GIT = (
    *("git", "-c", "user.name=perfproof", "-c", "user.email=perfproof@localhost"),
    *("-c", f"core.hooksPath={os.devnull}", "-c", "commit.gpgSign=false", "-c", "gc.auto=0"),
    *("-c", "core.autocrlf=false"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two releases of one project between which its authors changed the speed.

    Attributes:
        project: Name on the package index.
        old: The earlier version, base of the comparison.
        new: The later version, its head.
        known: What is written about the change.
        source: Where that is written.
        verdict: What is therefore expected of at least one benchmark.
        settings: The ``[tool.perfproof]`` table: where the project keeps its suite.
        keyword: The ``-k`` expression that leaves a handful of benchmarks.
        needs: What the suite imports beside the project's own dependencies.
        variables: Environment variables that the project itself documents.
    """

    project: str
    old: str
    new: str
    known: str
    source: str
    verdict: str
    settings: str
    keyword: str
    needs: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


PAIRS: Mapping[str, Pair] = {
    "jsonschema": Pair(
        project="jsonschema",
        old="4.17.3",
        new="4.18.0",
        known="jsonschema 4.18.0 introduces a serious performance regression",
        source="issue 178 of referencing; Benchling-Open-Source/allotropy, pull request 669",
        verdict="slower",
        settings='pytest = []\npyperf = ["jsonschema/benchmarks/issue232.py"]',
        keyword="issue232",
        needs=("attrs", "pyrsistent"),
    ),
    "attrs": Pair(
        project="attrs",
        old="25.1.0",
        new="25.2.0",
        known="Speed up class creation by 30%-50%",
        source="CHANGELOG.md, 25.2.0; issue 1407",
        verdict="faster",
        settings='pytest = ["bench"]\npyperf = []',
        keyword="create_simple_class and not make",
        needs=("hypothesis",),
    ),
    "multidict": Pair(
        project="multidict",
        old="7.0.0",
        new="7.1.0",
        known="Sped up del d[key], d[key] = value and update(), up to 26 percent in pure Python",
        source="CHANGES.rst, 7.1.0; issue 1654",
        verdict="faster",
        settings='pytest = ["tests/test_multidict_benchmarks.py"]\npyperf = []',
        keyword="cs-py and (setitem_str or delitem_str or update_str) and not with",
        needs=("pytest-codspeed", "pytest-cov"),
        variables={"MULTIDICT_NO_EXTENSIONS": "1", "PYTEST_ADDOPTS": "--no-c-extensions"},
    ),
    "zeroconf": Pair(
        project="zeroconf",
        old="0.150.3",
        new="0.151.0",
        known="Speed up incoming packet parsing",
        source="CHANGELOG.md, v0.151.0; pull request 1830",
        verdict="faster",
        settings='pytest = ["tests/benchmarks"]\npyperf = []',
        keyword="incoming",
        needs=("pytest-codspeed", "pytest-cov", "pytest-asyncio"),
    ),
    "cattrs": Pair(
        project="cattrs",
        old="23.2.3",
        new="24.1.2",
        known="Heterogeneous tuples are now unstructured into tuples; this is significantly faster",
        source="HISTORY.md, 24.1.0",
        verdict="faster",
        settings='pytest = ["bench"]\npyperf = []',
        keyword="collections",
        needs=("orjson",),
    ),
}


def main(words: Sequence[str]) -> int:
    """Show the table, or compare the two versions of the named pair."""
    arguments = _parser().parse_args(words)
    if arguments.name is None:
        print("\n".join(map(_line, PAIRS, PAIRS.values())))
        return ExitCode.PASS
    try:
        pair = _named(arguments.name)
        if arguments.keep is not None:
            return _compare(pair, arguments, _made(arguments.keep))
        with tempfile.TemporaryDirectory() as folder:
            return _compare(pair, arguments, Path(folder))
    except PerfproofError as exc:
        print(exc, file=sys.stderr)
        return exc.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m analysis.released")
    parser.add_argument("name", nargs="?", metavar="NAME", help="which pair (default: list them)")
    parser.add_argument("--budget", default="90s", metavar="TIME", help="for all its benchmarks")
    parser.add_argument("--margin", default="5 %", metavar="PERCENT")
    parser.add_argument("-k", dest="keyword", metavar="EXPRESSION", help="other benchmarks")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave everything here")
    return parser


def _line(name: str, pair: Pair) -> str:
    return (
        f"{name}: {pair.project} {pair.old} to {pair.new}, {pair.verdict}"
        f' ("{pair.known}", {pair.source})'
    )


def _named(name: str) -> Pair:
    if name not in PAIRS:
        raise UseError(
            f"there is no pair '{name}'{nearest(name, PAIRS)}",
            remedy="`python -m analysis.released` shows them all",
        )
    return PAIRS[name]


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True)
    except OSError as exc:
        what = f"cannot be made ({exc.strerror})"
        raise UseError(what, where=str(folder), remedy="name a new folder") from exc
    return folder.resolve()


def _compare(pair: Pair, arguments: argparse.Namespace, folder: Path) -> int:
    """Everything of one pair below ``folder``; 1 where what is known was not seen."""
    python = _environment(pair, folder / "environment")
    trees = {
        version: unpacked(_fetched(pair, version, python, folder / version), folder / version)
        for version in (pair.old, pair.new)
    }
    root = repository_of(trees, folder / pair.project)
    (root / CONFIGURATION).write_text(f"[tool.perfproof]\n{pair.settings}\n")
    command = [
        *(str(python.parent / "perfproof"), "compare", "--config", CONFIGURATION, "--quiet"),
        *("--budget", arguments.budget, "--margin", arguments.margin),
        *("-k", arguments.keyword or pair.keyword, f"v{pair.old}", f"v{pair.new}"),
    ]
    print(_line(pair.project, pair), flush=True)
    print("$", *(word if " " not in word else repr(word) for word in command[1:]), flush=True)
    ended = subprocess.run(
        command, cwd=root, env={**os.environ, **pair.variables}, stdout=subprocess.PIPE, check=False
    )
    told = ended.stdout.decode(errors="replace")
    print(told, end="")
    if ended.returncode not in (ExitCode.PASS, ExitCode.CHECK_FAILED):
        return ended.returncode
    count = seen(told, pair.verdict)
    print(f"exit {ended.returncode}; called {pair.verdict}, as is known of this change: {count}")
    return ExitCode.PASS if count else ExitCode.CHECK_FAILED


def seen(told: str, verdict: str) -> int:
    """How many benchmarks have this verdict, by the line with which ``compare`` sums up."""
    counted = re.search(rf"^(?:\d+ \w+, )*(\d+) {verdict}\b", told, re.MULTILINE)
    return int(counted.group(1)) if counted else 0


def _environment(pair: Pair, folder: Path) -> Path:
    """A new environment with the project's dependencies and this perfproof; its Python.

    The later release is installed for its dependencies and metadata; what is measured comes from
    the checkouts. Perfproof is not installed as an editable, which would put the packages
    ``tests`` and ``benchmarks`` of this repository on the path of the measured project.
    """
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    _pip(python, "install", str(ROOT), f"{pair.project}=={pair.new}", *pair.needs)
    return python


def _fetched(pair: Pair, version: str, python: Path, folder: Path) -> Path:
    """The source release, as the package index has it."""
    folder.mkdir()
    # Only this project from source: its build requirements, which pip asks for, may be wheels.
    _pip(
        *(python, "download", "--no-deps", "--no-binary", pair.project),
        *("--dest", str(folder), f"{pair.project}=={version}"),
    )
    found = [each for each in folder.iterdir() if each.name.endswith((".tar.gz", ".zip"))]
    if len(found) != 1:
        raise MachineryError(f"pip left {len(found)} archives, not one", where=str(folder))
    return found[0]


def _pip(python: Path, *words: str) -> None:
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    ended = subprocess.run(command, capture_output=True, check=False)
    if ended.returncode:
        lines = ended.stderr.decode(errors="replace").strip().splitlines()
        said = [each for each in lines if each.startswith("ERROR")] or lines or ["nothing"]
        raise UseError(f"pip {words[0]} failed and said '{said[0]}'", where=" ".join(words[1:]))


def unpacked(archive: Path, folder: Path) -> Path:
    """The tree of a source release, as it was packed.

    Args:
        archive: A ``.tar.gz`` with everything below one folder.
        folder: Where that folder is put.

    Raises:
        UseError: No such archive, or one that would write outside its own folder.
    """
    try:
        with tarfile.open(archive, "r:gz") as opened:
            parts = [PurePosixPath(each.name).parts for each in opened]
            tops = {each[0] for each in parts if each}
            if len(tops) != 1 or any(not each or {"/", ".."} & {*each} for each in parts):
                raise UseError("not everything stands below one folder", where=archive.name)
            # Links are looked at too: those that lead out of the folder are refused.
            opened.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as exc:
        raise UseError(f"cannot be unpacked ({exc})", where=archive.name) from exc
    return folder / tops.pop()


def repository_of(trees: Mapping[str, Path], root: Path) -> Path:
    """A repository with one commit and one tag ``v...`` a version, in the given order."""
    _git(root.parent, "init", "--quiet", "--initial-branch=main", str(root))
    for number, (version, tree) in enumerate(trees.items()):
        if number:
            _git(root, "rm", "-r", "--force", "--quiet", ".")
        shutil.copytree(tree, root, symlinks=True, dirs_exist_ok=True)
        # Files that a build makes are in a release, and in its .gitignore too.
        _git(root, "add", "--all", "--force")
        _git(root, "commit", "--quiet", "--message", version)
        _git(root, "tag", f"v{version}")
    return root


def _git(folder: Path, *words: str) -> None:
    # The same archives make the same commits.
    dates = {f"GIT_{who}_DATE": "2000-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")}
    ended = subprocess.run(
        [*_GIT, *words], cwd=folder, env={**os.environ, **dates}, capture_output=True, check=False
    )
    if ended.returncode:
        complaint = ended.stderr.decode(errors="replace").strip()
        raise MachineryError(f"git {words[0]}: {complaint}", where=str(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
