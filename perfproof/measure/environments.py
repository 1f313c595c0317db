"""What the workers of each side run in: the user's environment, or one of each side's own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Literal

from perfproof.measure.building import complete_sources
from perfproof.measure.checkout import Checkout
from perfproof.measure.dependencies import Needs, needs_of
from perfproof.measure.environment_cache import cache_home, kept, prune
from perfproof.measure.installing import (
    BUILT,
    make_environment,
    own_folders,
    packages_folder,
    python_of,
)
from perfproof.measure.toolchain import TIMING, Installed, refuse_unfit, unfit_plugins

__all__ = ["SAME", "Environment", "Environments", "Manner", "environments"]

Manner = Literal["same", "each", "built"]
"""One environment for both; one of each side's own; and that with the project built in it."""

_NAMED_IN_A_NOTE = 6


@dataclass(frozen=True, slots=True)
class Environment:
    """What one side's workers run in.

    Attributes:
        python: Interpreter that runs them.
        variables: Environment variables that belong to it.
    """

    python: str = sys.executable
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Environments:
    """Both sides'.

    Attributes:
        sides: By the name of the side, ``base`` and ``head``.
        notes: What a reader of the verdicts must know of them.
    """

    sides: Mapping[str, Environment]
    notes: tuple[str, ...] = ()


SAME = Environments({"base": Environment(), "head": Environment()})
"""The environment that perfproof itself runs in, for both sides."""


@contextlib.contextmanager
def environments(
    checkouts: tuple[Checkout, Checkout],
    manner: Manner,
    requirements: Sequence[str],
    say: Callable[[str], None],
) -> Iterator[Environments]:
    """What both sides run in; not removed by another session while it is used.

    Args:
        checkouts: Base and head.
        manner: Which.
        requirements: The setting of that name; empty looks at the usual places.
        say: Told before something is installed, which takes seconds to minutes.

    Raises:
        UseError: Dependencies that cannot be found or installed, or cannot be measured with.
    """
    if manner == "same":
        yield SAME
        return
    with contextlib.ExitStack() as stack:
        made = _of_each(stack, checkouts, manner, requirements, say)
        prune(cache_home())
        yield made


def _of_each(
    stack: contextlib.ExitStack,
    checkouts: tuple[Checkout, Checkout],
    manner: Manner,
    requirements: Sequence[str],
    say: Callable[[str], None],
) -> Environments:
    """An environment for each side, held until ``stack`` is closed."""
    needs = [needs_of(each, requirements, build=manner == "built") for each in checkouts]
    folders = [
        stack.enter_context(_environment(checkout, need, say))
        for checkout, need in zip(checkouts, needs, strict=True)
    ]
    own = own_folders()
    sides, notes, pinned = {}, [], []
    for checkout, folder in zip(checkouts, folders, strict=True):
        built = folder / BUILT
        if built.is_dir():
            complete_sources(built, checkout)
        packages = packages_folder(folder)
        installed = Installed([packages, built, *own])
        refuse_unfit(installed, f"{checkout.side} ({checkout.ref})")
        unfit = unfit_plugins(installed, own)
        notes += [
            f"pytest's plugin '{name}' is not loaded on the {checkout.side}: {reason}"
            for name, reason in unfit.items()
        ]
        sides[checkout.side] = Environment(str(python_of(folder)), _variables(folder, unfit))
        pinned.append((Installed([packages]).versions, installed.versions))
    return Environments(sides, (*_differences(needs, *pinned), *notes))


def _environment(
    checkout: Checkout, needs: Needs, say: Callable[[str], None]
) -> contextlib.AbstractContextManager[Path]:
    def make(folder: Path, hold: int) -> None:
        say(f"installing what the {checkout.side} ({checkout.ref}) needs: {needs.source}")
        make_environment(folder, needs, checkout, hold=hold)

    return kept(cache_home(), _key(needs), make)


def _key(needs: Needs) -> str:
    """Of what is installed, the interpreter it is for, and the perfproof it lies before."""
    parts = [needs.digest, sys.version, os.path.realpath(sys.executable)]
    parts += [_own_version(), *map(str, own_folders())]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:16]


def _own_version() -> str:
    try:
        return metadata.version("perfproof")
    except metadata.PackageNotFoundError:
        # Run from its sources without being installed.
        return ""


def _variables(folder: Path, unfit: Mapping[str, str]) -> dict[str, str]:
    variables = {
        "VIRTUAL_ENV": str(folder),
        "PATH": os.pathsep.join([str(folder / "bin"), os.environ.get("PATH", os.defpath)]),
    }
    if unfit:
        blocked = [f"-p no:{name}" for name in unfit]
        variables["PYTEST_ADDOPTS"] = " ".join([os.environ.get("PYTEST_ADDOPTS", ""), *blocked])
    return variables


_Versions = Mapping[str, str]


def _differences(
    needs: Sequence[Needs], base: tuple[_Versions, _Versions], head: tuple[_Versions, _Versions]
) -> list[str]:
    """What the sides do not have in common: what either pins, and what times them."""
    (base_pins, base_all), (head_pins, head_all) = base, head
    changed = [
        f"{name} {base_all.get(name, 'absent')} -> {head_all.get(name, 'absent')}"
        for name in sorted(base_pins.keys() | head_pins.keys())
        if base_all.get(name) != head_all.get(name)
    ]
    sources = " and ".join(dict.fromkeys(each.source for each in needs))
    if not changed:
        return [f"both sides with the same dependencies of their own ({sources})"]
    more = len(changed) - _NAMED_IN_A_NOTE
    named = ", ".join(changed[:_NAMED_IN_A_NOTE]) + (f" and {more} more" if more > 0 else "")
    notes = [f"each side with its own dependencies ({sources}): {named}"]
    timing = [name for name in TIMING if base_all.get(name) != head_all.get(name)]
    if timing:
        notes.append(f"the sides are timed by different versions of {', '.join(timing)}")
    return notes
