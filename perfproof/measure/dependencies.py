"""What a version of a project says it needs, read without running any of its code.

In this order: what ``requirements`` in ``[tool.perfproof]`` names; `requirements.lock`;
`requirements.txt`; every `requirements/*.txt`; `uv.lock`; `poetry.lock`; the dependencies in
pyproject.toml. Where only the project's own build knows them (dynamic, setup.py, setup.cfg), it
is built and asked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name as plain

from perfproof.configuration.settings import PROJECT_ITSELF
from perfproof.configuration.tables import read_toml
from perfproof.errors import UseError
from perfproof.measure.building import needs_a_build
from perfproof.measure.checkout import Checkout
from perfproof.measure.git import run_git
from perfproof.measure.locked import LOCKS, pins_of

__all__ = ["Needs", "needs_of"]

_WELL_KNOWN = ("requirements.lock", "requirements.txt")
_WELL_KNOWN_FOLDER = "requirements"
_BUILT = ("pyproject.toml", "setup.py", "setup.cfg")
_INCLUDES = re.compile(r"\s*(?:-[rc]|--requirement\b|--constraint\b)\s*=?\s*(\S+)")
_EDITABLE = re.compile(r"\s*(?:-e|--editable)\b")
_LOCAL = re.compile(r"\s*[./]|.*\bfile:")


@dataclass(frozen=True, slots=True)
class Needs:
    """What is installed for one side.

    Attributes:
        source: Where it is stated, for a sentence.
        files: Requirement files, from the project's folder.
        requirements: What pyproject.toml asks for; ``None`` where only a build tells.
        pins: Lines of a requirement file that a lock holds; all that is needed is among them.
        extras: Extras of the project that are wanted.
        builds: Whether the project itself is built and installed.
        digest: Hash of all that decides what comes to be installed.
    """

    source: str
    files: tuple[str, ...]
    requirements: tuple[str, ...] | None
    extras: tuple[str, ...]
    builds: bool
    digest: str
    pins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stated:
    files: tuple[str, ...] = ()
    requirements: tuple[str, ...] | None = ()
    extras: tuple[str, ...] = ()
    lock: str | None = None
    pins: tuple[str, ...] = ()


def needs_of(checkout: Checkout, named: Sequence[str], *, build: bool) -> Needs:
    """What one side needs.

    Args:
        checkout: The side.
        named: The setting ``requirements``: files, or ``.`` and ``.[extra]`` for the project.
        build: Build the project itself in any case, not only where its sources alone cannot run.

    Raises:
        UseError: A named file that this side does not have, or a broken pyproject.toml.
    """
    stated = _named(checkout, named) if named else _well_known(checkout)
    can_be_built = any((checkout.root / name).is_file() for name in _BUILT)
    builds = stated.requirements is None or (
        can_be_built and (build or needs_a_build(checkout.root))
    )
    source = " and ".join(
        [
            *stated.files,
            *([stated.lock] if stated.lock else []),
            *(["pyproject.toml"] if stated.requirements else []),
        ]
        or (["its own build"] if stated.requirements is None else ["nothing"])
    )
    return Needs(
        source=source,
        files=stated.files,
        requirements=stated.requirements,
        extras=stated.extras,
        builds=builds,
        digest=_digest(checkout, stated, builds=builds),
        pins=stated.pins,
    )


def _named(checkout: Checkout, named: Sequence[str]) -> _Stated:
    files = tuple(each for each in named if not PROJECT_ITSELF.fullmatch(each))
    for name in files:
        if not (checkout.root / name).is_file():
            raise UseError(
                f"the {checkout.side} ({checkout.ref}) has no {name}",
                where="requirements in [tool.perfproof]",
                remedy="name files that stand on both sides, or leave it out",
            )
    extras: list[str] = []
    for each in named:
        if found := PROJECT_ITSELF.fullmatch(each):
            extras += [word.strip() for word in (found[1] or "").split(",") if word.strip()]
    if len(files) == len(named):
        return _Stated(files)
    return _Stated(files, _of_project(checkout, extras), tuple(extras))


def _well_known(checkout: Checkout) -> _Stated:
    for name in _WELL_KNOWN:
        if (checkout.root / name).is_file():
            return _Stated((name,))
    folder = checkout.root / _WELL_KNOWN_FOLDER
    if files := tuple(
        sorted(each.relative_to(checkout.root).as_posix() for each in folder.glob("*.txt"))
    ):
        return _Stated(files)
    for name in LOCKS:
        if (checkout.root / name).is_file():
            return _Stated(lock=name, pins=pins_of(checkout.root / name))
    return _Stated(requirements=_of_project(checkout, ()))


def _of_project(checkout: Checkout, extras: Sequence[str]) -> tuple[str, ...] | None:
    """The project's dependencies; ``None`` where they do not stand in pyproject.toml."""
    path = checkout.root / "pyproject.toml"
    table = read_toml(path) if path.is_file() else {}
    project: Mapping[str, Any] | None = table.get("project")
    if project is None:
        # A pyproject.toml may hold nothing but the settings of tools.
        built = "build-system" in table or any(
            (checkout.root / each).is_file() for each in _BUILT[1:]
        )
        return None if built else ()
    dynamic = project.get("dynamic", ())
    if "dependencies" in dynamic or (extras and "optional-dependencies" in dynamic):
        return None
    return tuple(
        dict.fromkeys([*project.get("dependencies", ()), *_of_extras(project, extras, set())])
    )


def _of_extras(project: Mapping[str, Any], extras: Sequence[str], seen: set[str]) -> Iterator[str]:
    offered: Mapping[str, Sequence[str]] = project.get("optional-dependencies", {})
    for extra in extras:
        if extra in seen:
            continue
        seen.add(extra)
        if extra not in offered:
            raise UseError(
                f"the project has no extra '{extra}'",
                where="requirements in [tool.perfproof]",
                remedy=f"it has {', '.join(sorted(offered)) or 'none'}",
            )
        for requirement in offered[extra]:
            own = _own_extras(str(project.get("name", "")), requirement)
            if own is None:
                yield requirement
            else:
                yield from _of_extras(project, own, seen)


def _own_extras(name: str, requirement: str) -> Sequence[str] | None:
    """``one`` and ``two`` of ``all = ["project[one,two]"]``: no index has this version yet."""
    try:
        read = Requirement(requirement)
    except InvalidRequirement:
        # pip says what is wrong with it.
        return None
    return sorted(read.extras) if plain(read.name) == plain(name) else None


def _digest(checkout: Checkout, stated: _Stated, *, builds: bool) -> str:
    """Of words and contents; where code of the version itself is installed, of its tree too."""
    contents: dict[str, str] = {}
    for name in stated.files:
        _read(checkout.root / name, checkout.root, contents)
    lines = [line for text in contents.values() for line in text.splitlines()]
    decisive: list[object] = [stated.files, stated.requirements, stated.extras, contents, builds]
    editable = any(_EDITABLE.match(line) for line in lines)
    if stated.lock is not None:
        decisive += [stated.lock, stated.pins]
    if builds or editable or any(_LOCAL.match(line) for line in lines):
        decisive.append(_tree(checkout))
    if editable:
        # An editable installation points into this very checkout, which goes with the session.
        decisive.append(str(checkout.root))
    return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()


def _read(path: Path, root: Path, contents: dict[str, str]) -> None:
    """The text of a requirement file and of all that it includes; pip complains of missing ones."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    if name in contents or not path.is_file():
        return
    contents[name] = path.read_text(encoding="utf-8", errors="backslashreplace")
    for line in contents[name].splitlines():
        if found := _INCLUDES.match(line):
            _read(path.parent / found[1], root, contents)


def _tree(checkout: Checkout) -> str:
    # Not the commit: that of an unchanged working tree is a new one in each session.
    ended = run_git(checkout.root, "rev-parse", f"{checkout.commit}^{{tree}}")
    return ended.line if ended.status == 0 else checkout.commit
