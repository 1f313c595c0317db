"""Events of a transaction go out after its commit, in order, and never when there is none."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.database_faults import Scene
from benchmarks.loop_thread import LoopThread
from benchmarks.probes.trial import Trial, Wrong
from benchmarks.records import fresh_ids, store
from benchmarks.servers.cutting_proxy import CuttingProxy
from benchmarks.servers.postgres import postgres_server, through
from system_under_test.parts import DatabasePart, TransactionPart
from system_under_test.protocol import ReferenceSystem

MOST_EVENTS: Final = 5
# How a transaction may end; only the first is a commit.
WAYS: Final = {
    "sqlite": ("committed", "given_up", "refused"),
    "postgresql": ("committed", "given_up", "refused", "cut_at_commit"),
}


class _GivenUpError(Exception):
    """What the body of a transaction raises."""


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one transaction on one of the engines, ended in one of the ways."""
    with TemporaryDirectory() as folder, postgres_server() as server, LoopThread() as loop:
        scene = Scene(system, server, server.create_database(), Path(folder))
        try:
            for number in range(count):
                engine = ("sqlite", "postgresql")[number % 2]
                way = WAYS[engine][number // 2 % len(WAYS[engine])]
                yield partial(_try, loop, scene, engine, way, chance.randint(1, MOST_EVENTS))
        finally:
            server.drop_database(scene.url)


def _try(loop: LoopThread, scene: Scene, engine: str, way: str, events: int) -> None:
    loop.run(
        _on_sqlite(scene, way, events) if engine == "sqlite" else _on_postgres(scene, way, events)
    )


@dataclass(slots=True)
class _Watched:
    """A transaction and its events.

    Attributes:
        way: How it ends.
        events: How many events it queues.
        unique: What the ids of its records are made from.
        file: The SQLite file, where another connection can look at the moment of a send.
    """

    way: str
    events: int
    unique: str
    file: Path | None = None
    sent: list[int] = field(default_factory=list)
    too_early: int = 0

    async def body(self, transaction: TransactionPart) -> None:
        """Store a message, with events before, between and after; then end in its way."""
        for number in range(self.events):
            transaction.queue(partial(self.send, number))
            if number == 0:
                await store(transaction, self.unique)
        if self.sent:
            raise Wrong(f"{len(self.sent)} of {self.events} events were sent before the commit")
        if self.way == "given_up":
            raise _GivenUpError
        if self.way == "refused":
            await transaction.finish_run("no-such-run", "completed", None, user_id="nobody")

    def send(self, number: int) -> None:
        """Take one event, and look whether its message is there for others."""
        self.sent.append(number)
        if self.file is not None and not _is_stored(self.file, self.unique):
            self.too_early += 1

    def check(self) -> None:
        """Hold what was sent against how it ended."""
        if self.way != "committed":
            if self.sent:
                raise Wrong(f"{self.way}: {len(self.sent)} of {self.events} events were sent")
        elif self.sent != list(range(self.events)):
            raise Wrong(f"{self.events} events were queued and committed; sent were {self.sent}")
        if self.too_early:
            raise Wrong(f"{self.too_early} events went out when nothing was committed")


async def _on_sqlite(scene: Scene, way: str, events: int) -> None:
    file = scene.folder / "outbox.sqlite3"
    async with scene.database(f"sqlite:///{file}") as database:
        watched = _Watched(way, events, scene.system.unique_id(), file)
        await _ended(scene, database, watched)


async def _on_postgres(scene: Scene, way: str, events: int) -> None:
    watched = _Watched(way, events, scene.system.unique_id())
    async with (
        CuttingProxy(scene.server.reach) as proxy,
        scene.database(through(scene.url, proxy.port)) as database,
    ):
        proxy.fatal = b"COMMIT" if way == "cut_at_commit" else None
        await _ended(scene, database, watched)


async def _ended(scene: Scene, database: DatabasePart, watched: _Watched) -> None:
    expected = (_GivenUpError, scene.system.database_errors()["transaction"])
    try:
        async with database.transaction() as transaction:
            await watched.body(transaction)
    except expected:
        if watched.way == "committed":
            raise
    else:
        if watched.way != "committed":
            raise Wrong(f"{watched.way}: the transaction was committed all the same")
    watched.check()


def _is_stored(file: Path, unique: str) -> bool:
    user_id, _, message_id, _ = fresh_ids(unique)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as other:
        text = "SELECT 1 FROM messages WHERE user_id = ? AND message_id = ?"
        return other.execute(text, (user_id, message_id)).fetchone() is not None
