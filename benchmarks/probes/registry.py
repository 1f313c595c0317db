"""Every import path that was published still works; a deprecated one warns and forwards."""

import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import cache, partial
from importlib import import_module
from random import Random
from typing import Final

from benchmarks.probes.trial import Trial, Wrong
from benchmarks.published import published
from system_under_test.protocol import ReferenceSystem

# One interpreter that knows nothing of the system; for each path a fork of it imports that path
# first of all. It prints the paths that failed.
_IMPORT_EACH_FIRST: Final = """\
import os, sys, warnings
from importlib import import_module
warnings.simplefilter("ignore", DeprecationWarning)
for path in sys.argv[1:]:
    child = os.fork()
    if not child:
        try:
            module, _, name = path.partition(":")
            getattr(import_module(module), name)
        except BaseException:
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(path)
"""


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one path, in an order drawn by chance; and one that is imported first of all."""
    for _ in range(count):
        cases: list[Trial] = [
            *(partial(_canonical, system, name) for name in published().canonical),
            *(partial(_deprecated, system, path) for path in published().deprecated),
            *(partial(_imported_first, path) for path in _paths()),
        ]
        chance.shuffle(cases)
        yield from cases


def _canonical(system: ReferenceSystem, name: str) -> None:
    path = published().canonical[name]
    registered = system.canonical_paths().get(name)
    if registered != path:
        raise Wrong(f"{name} was published as {path}; the registry says {registered}")
    found = system.resolve(name)
    if system.resolve(path) is not found or _imported(path) is not found:
        raise Wrong(f"{name} is not what {path} leads to")


def _deprecated(system: ReferenceSystem, path: str) -> None:
    name = published().deprecated[path]
    if system.deprecated_paths().get(path) != name:
        raise Wrong(f"the registry does not forward {path} to {name}")
    for way in (system.resolve, _imported):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            found = way(path)
        if not any(issubclass(each.category, DeprecationWarning) for each in warned):
            raise Wrong(f"{path} gives no DeprecationWarning")
        if found is not system.resolve(name):
            raise Wrong(f"{path} does not lead to {name}")


def _imported_first(path: str) -> None:
    if path in _failed_first():
        raise Wrong(f"{path} cannot be the first import of a process")


@cache
def _failed_first() -> frozenset[str]:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_EACH_FIRST, *_paths()],
        capture_output=True,
        text=True,
        check=True,
    )
    return frozenset(done.stdout.split())


def _paths() -> tuple[str, ...]:
    return (*published().canonical.values(), *published().deprecated)


def _imported(path: str) -> object:
    module, _, name = path.partition(":")
    found: object = getattr(import_module(module), name)
    return found
