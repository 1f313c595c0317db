"""Where the measured code was loaded from: in a duel, from this side's checkout or not at all.

A worker of a duel has its checkout first on PYTHONPATH. That does not win over a finder that an
editable install puts before it, nor does it help where the checkout lacks a part that has to be
built: then both sides would silently measure the same, installed code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

__all__ = ["Origins", "StrangeOriginError"]

_HOME = (".perfproof", "duels")
_PACKAGES = frozenset({"site-packages", "dist-packages"})
_DEPTH = 4
"""Of namespace packages: deeper ones nobody has seen."""


class StrangeOriginError(Exception):
    """A module of the project was not loaded from this side's checkout; told by the worker."""


@dataclass(frozen=True, slots=True)
class Origins:
    """What must have come from where.

    Attributes:
        side: The folder that holds this side's checkout, and nothing of the other.
        tree: The user's own tree, in which the session's folder stands.
        own: Dotted names of the packages and modules that the checkout holds.
    """

    side: Path
    tree: Path
    own: frozenset[str]
    _passed: set[tuple[str, str]] = field(default_factory=set, compare=False)
    """Modules and files that were in order: asked at each benchmark, it must cost nothing."""

    @classmethod
    def of_duel(cls, root: Path, python_path: str) -> Origins | None:
        """Those of a worker that was started in ``root``; ``None`` where it is in no duel.

        Args:
            root: Folder the worker was started in, absolute.
            python_path: Its PYTHONPATH; the checkout's own entries demand their packages.
        """
        place = _place_of_home(root)
        if place is None:
            return None
        entries = [Path(each) for each in python_path.split(os.pathsep) if each]
        own = [each for each in entries if root in (each, each.parent)]
        if not own:
            return None
        return cls(
            side=Path(*root.parts[: place + len(_HOME) + 2]),
            tree=Path(*root.parts[:place]),
            own=frozenset(name for each in own for name in _names(each, each != root)),
        )

    def check(self, *, thorough: bool = False) -> None:
        """Look at what is loaded now.

        Args:
            thorough: Also at the compiled modules that an installation of the project brought,
                which costs tens of milliseconds.

        Raises:
            StrangeOriginError: A module from elsewhere; it names the first, its file, the remedy.
        """
        for name, path in _loaded():
            if (name, path) in self._passed:
                continue
            place = Path(path)
            # A worker may itself be run from the tree of whoever works on perfproof.
            mine = name.split(".", 1)[0] == "perfproof"
            suspect = self._is_own(name) or (not mine and self._in_the_users_tree(place))
            if suspect and not self._here(place):
                raise _strange(name, place)
            self._passed.add((name, path))
        if thorough:
            self._check_compiled()

    def _is_own(self, name: str) -> bool:
        parts = name.split(".")
        return any(".".join(parts[:end]) in self.own for end in range(1, len(parts) + 1))

    def _here(self, path: Path) -> bool:
        return path.is_relative_to(self.side) or path.resolve().is_relative_to(self.side.resolve())

    def _in_the_users_tree(self, path: Path) -> bool:
        """Whether a file is the project's as it stands now, or of the other side."""
        if not path.is_relative_to(self.tree):
            return False
        environments = (Path(sys.prefix), Path(sys.base_prefix))
        return _PACKAGES.isdisjoint(path.parts) and not any(
            path.is_relative_to(each) for each in environments
        )

    def _check_compiled(self) -> None:
        compiled = {
            name: place
            for name, path in _loaded()
            if "." not in name
            and path.endswith(tuple(EXTENSION_SUFFIXES))
            and _PACKAGES.intersection((place := Path(path)).parts)
            and not self._here(place)
        }
        if not compiled:
            return
        from importlib.metadata import packages_distributions

        brought_by = packages_distributions()
        ours = {dist for name in self.own for dist in brought_by.get(name, ())}
        for name, path in compiled.items():
            if not ours.isdisjoint(brought_by.get(name, ())):
                raise _strange(name, path, remedy="build each side's with `--env built`")


def _strange(
    name: str,
    path: Path,
    *,
    remedy: str = "give each side an environment of its own with `--env each`",
) -> StrangeOriginError:
    return StrangeOriginError(
        f"the module {name} came from {path} and not from this side's checkout, so both sides"
        f" would run the same code; {remedy}"
    )


def _place_of_home(root: Path) -> int | None:
    """Where in the parts of a checkout's path the folder of duels begins."""
    pairs = zip(root.parts, root.parts[1:], strict=False)
    places = [place for place, pair in enumerate(pairs) if pair == _HOME]
    # <home>/<session>/<side> at least.
    return places[-1] if places and len(root.parts) >= places[-1] + len(_HOME) + 2 else None


def _loaded() -> Iterator[tuple[str, str]]:
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and name != "__main__":
            yield name, os.path.abspath(file)  # noqa: PTH100  # links are followed later


def _names(folder: Path, deep: bool) -> Iterable[str]:
    """Packages and modules that stand in a folder; with ``deep`` also within namespaces."""
    for name in _held(folder, "", _DEPTH if deep else 0):
        if name.split(".", 1)[0] not in sys.stdlib_module_names:
            yield name


def _held(folder: Path, prefix: str, depth: int) -> Iterator[str]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if not entry.stem.isidentifier():
            continue
        if entry.suffix == ".py" or (entry / "__init__.py").is_file():
            yield prefix + entry.stem
        elif depth and not entry.suffix and entry.is_dir():
            yield from _held(entry, f"{prefix}{entry.name}.", depth - 1)
