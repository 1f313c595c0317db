"""Whether what a side pins fits what perfproof measures with.

A worker imports pytest, pytest-benchmark, pyperf and msgspec as its side pins them, and from
perfproof's own environment where it does not. What does not fit is said before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name as plain

from perfproof.errors import UseError

__all__ = ["TIMING", "Installed", "own_requirements", "refuse_unfit", "unfit", "unfit_plugins"]

TIMING = ("pytest", "pytest-benchmark", "pyperf")
"""Packages whose loops and hooks stand around what is timed."""

_IN_WORKERS = (*TIMING, "msgspec")


class Installed:
    """Distributions along a path; of two with one name the first is the one imported."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._found: dict[str, metadata.Distribution] = {}
        for each in metadata.distributions(path=[str(folder) for folder in folders]):
            # What an interrupted installation leaves has no name.
            if name := each.metadata["Name"]:
                self._found.setdefault(plain(name), each)

    def __iter__(self) -> Iterator[metadata.Distribution]:
        return iter(self._found.values())

    def has(self, distribution: metadata.Distribution) -> bool:
        """Whether this very one is found here, not another version of it."""
        found = self._found.get(plain(distribution.metadata["Name"]))
        return found is not None and found.locate_file("") == distribution.locate_file("")

    @property
    def versions(self) -> Mapping[str, str]:
        """Version by name."""
        return {name: each.version for name, each in self._found.items()}

    def unmet(self, name: str) -> str | None:
        """Why the package, or one that it needs, does not fit the others; ``None`` if all do."""
        waiting, seen = [plain(name)], {plain(name)}
        while waiting:
            found = self._found.get(waiting.pop())
            if found is None:
                continue
            for need in _needs(found):
                who = f"{found.metadata['Name']} {found.version}"
                if reason := self.unmet_by(who, need):
                    return reason
                if plain(need.name) not in seen:
                    seen.add(plain(need.name))
                    waiting.append(plain(need.name))
        return None

    def unmet_by(self, who: str, need: Requirement) -> str | None:
        """Why one requirement does not hold; what is not installed at all shows itself later."""
        found = self._found.get(plain(need.name))
        if found is None or need.specifier.contains(found.version, prereleases=True):
            return None
        return f"{who} needs {need.name}{need.specifier}, and {need.name} {found.version} is there"


def _needs(distribution: metadata.Distribution) -> list[Requirement]:
    """What it needs on this machine without its extras."""
    stated = [Requirement(each) for each in distribution.requires or ()]
    return [each for each in stated if each.marker is None or each.marker.evaluate({"extra": ""})]


def refuse_unfit(installed: Installed, side: str) -> None:
    """Refuse a side whose pins a worker cannot run with.

    Raises:
        UseError: With the version that is needed.
    """
    if (reason := unfit(installed)) is not None:
        raise UseError(
            f"the {side} pins what cannot be measured with: {reason}",
            where="--env each",
            remedy="pin another version there, or name requirement files without it in"
            " `requirements` in [tool.perfproof] (what a side does not pin comes from"
            " perfproof's environment)",
        )


def unfit(installed: Installed) -> str | None:
    """Why a worker cannot run with what is installed; ``None`` if it can."""
    for need in own_requirements():
        reason = installed.unmet_by("perfproof", need) or installed.unmet(need.name)
        if reason is not None:
            return reason
    return None


def own_requirements() -> list[Requirement]:
    """What a worker imports besides the suite, in the versions that perfproof asks for."""
    try:
        stated = _needs(metadata.distribution("perfproof"))
    except metadata.PackageNotFoundError:
        stated = []
    found = {plain(each.name): each for each in stated}
    return [found.get(plain(name), Requirement(name)) for name in _IN_WORKERS]


def unfit_plugins(installed: Installed, own: Sequence[Path]) -> Mapping[str, str]:
    """Entry points of pytest plugins from perfproof's environment that do not fit, with the reason.

    Those would break pytest before the first test, though the side never asked for them.
    """
    left_out = {}
    theirs = Installed(own)
    for each in installed:
        name = each.metadata["Name"]
        points = [point.name for point in each.entry_points if point.group == "pytest11"]
        if points and theirs.has(each) and (reason := installed.unmet(name)):
            left_out.update(dict.fromkeys(points, reason))
    return left_out
