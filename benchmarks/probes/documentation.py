"""Every public name, and every public method of a class, says what it does."""

import inspect
from collections.abc import Iterator
from functools import partial
from random import Random

from benchmarks.probes.trial import Trial, Wrong
from benchmarks.published import published
from system_under_test.protocol import ReferenceSystem


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:  # noqa: ARG001 - every probe's signature
    """One trial is one name or one method; a constant has no place for words and is left out."""
    for _ in range(count):
        for name in published().canonical:
            found: list[object] = []
            yield partial(_name, system, name, found)
            # Its methods are known once it was found.
            for thing in found:
                yield from (partial(_method, name, thing, each) for each in _methods(thing))


def _name(system: ReferenceSystem, name: str, found: list[object]) -> None:
    thing = system.resolve(name)
    if isinstance(thing, type):
        found.append(thing)
    if callable(thing) and not _words(thing):
        raise Wrong(f"{name} does not say what it does")


def _method(name: str, thing: object, method: str) -> None:
    if not _words(getattr(thing, method)):
        raise Wrong(f"{name}.{method} does not say what it does")


def _methods(thing: object) -> list[str]:
    return [
        name
        for name, member in vars(thing).items()
        if not name.startswith("_")
        and (inspect.isroutine(getattr(member, "__func__", member)) or isinstance(member, property))
    ]


def _words(thing: object) -> str:
    # Not inspect.getdoc: what is inherited from `object` says nothing about this one.
    return (getattr(thing, "__doc__", None) or "").strip()
