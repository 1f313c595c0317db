"""Real errors of a real PostgreSQL and of SQLite: each must be told as what it is."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.database_faults import FAULTS, Expected, Scene
from benchmarks.loop_thread import LoopThread
from benchmarks.probes.trial import Trial, Wrong
from benchmarks.servers.postgres import postgres_server
from system_under_test.protocol import ReferenceSystem


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial makes one error; every kind comes equally often, in an order drawn by chance."""
    yield from trials_of(FAULTS, system, chance, count)


def trials_of(
    faults: Sequence[Expected], system: ReferenceSystem, chance: Random, count: int
) -> Iterator[Trial]:
    """Give trials of these faults, on a server that is there for as long as they run."""
    with TemporaryDirectory() as folder, postgres_server() as server, LoopThread() as loop:
        scene = Scene(system, server, server.create_database(), Path(folder))
        try:
            yield partial(_check_roles, system)
            order = [faults[number % len(faults)] for number in range(count - 1)]
            chance.shuffle(order)
            for expected in order:
                yield partial(_try, loop, scene, expected)
        finally:
            server.drop_database(scene.url)


def _check_roles(system: ReferenceSystem) -> None:
    errors = system.database_errors()
    if len(set(errors.values())) != len(errors):
        raise Wrong("two roles of database errors are one class")
    if not all(issubclass(each, errors["transaction"]) for each in errors.values()):
        raise Wrong("a database error is no transaction error")


def _try(loop: LoopThread, scene: Scene, expected: Expected) -> None:
    error = loop.run(expected.fault(scene))
    name = expected.fault.__name__
    if not isinstance(error, scene.system.database_errors()[expected.role]):
        raise Wrong(f"{name} was told as {type(error).__name__}: {error}") from error
    if error.__cause__ is None:
        raise Wrong(f"{name} was told without the driver's error") from error
    seen = (getattr(error, "code", None), getattr(error, "retryable", None))
    if expected.code is not None and seen[0] != expected.code:
        raise Wrong(f"{name} has code {expected.code}, was told with {seen[0]}") from error
    if seen[1] is not expected.retryable:
        raise Wrong(f"{name} says retryable={seen[1]}") from error
