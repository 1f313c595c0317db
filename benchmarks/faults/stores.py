"""What lies under the servers of a fault run: SQLite, or PostgreSQL, or PostgreSQL and Redis."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from benchmarks.faults.run import Breakage
from benchmarks.faults.volley import volley
from benchmarks.faults.world import World
from benchmarks.servers.postgres import VARIABLE, postgres_server
from benchmarks.servers.redis_server import redis_server

# What a restart is called, and how the server is told to end.
_POSTGRES_ENDS: Final = MappingProxyType({"restarted": "fast", "killed": "kill"})
_DOWN_SECONDS: Final = 0.3


class Stores(msgspec.Struct, frozen=True, kw_only=True):
    """Where the servers keep things.

    Attributes:
        described: In words.
        database_url: Their database.
        redis_url: What joins several of them, or None.
        nodes: How many servers there are.
        restarts: What can be stopped and started again, by the name of the fault.
    """

    described: str
    database_url: str
    redis_url: str | None = None
    nodes: int = 1
    restarts: Mapping[str, Callable[[], None]] = {}

    def breakages(self, world: World) -> dict[str, Breakage]:
        """Return what can be done to them."""
        return {name: _breakage(world, restart) for name, restart in self.restarts.items()}


def open_stores(stack: AsyncExitStack, kind: str, folder: Path) -> Stores:
    """Return what is asked for, gone when the stack closes.

    Args:
        stack: Closes it.
        kind: `sqlite`, `postgres` or `full`.
        folder: For the file of SQLite.

    Raises:
        Unavailable: It cannot be had on this machine.
    """
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'backend.sqlite3'}"
        return Stores(described="1 node, SQLite", database_url=url)
    postgres = stack.enter_context(postgres_server(synced=True))
    stores = Stores(
        described="1 node, PostgreSQL",
        database_url=postgres.create_database(),
        restarts=_restarts("PostgreSQL", postgres.stop, postgres.start, _POSTGRES_ENDS)
        if VARIABLE not in os.environ
        else {},
    )
    if kind == "postgres":
        return stores
    redis = stack.enter_context(redis_server())

    def hang() -> None:
        redis.freeze()
        time.sleep(_DOWN_SECONDS)
        redis.thaw()

    kills = _restarts("Redis", lambda _: redis.kill(), redis.start, {"killed": "kill"})
    return msgspec.structs.replace(
        stores,
        described="2 nodes, PostgreSQL, Redis",
        nodes=2,
        redis_url=redis.url,
        restarts={**stores.restarts, **kills, "Redis frozen": hang},
    )


def _restarts(
    name: str,
    stop: Callable[[str], None],
    start: Callable[[], None],
    ends: Mapping[str, str],
) -> dict[str, Callable[[], None]]:
    def restart(mode: str) -> None:
        stop(mode)
        time.sleep(_DOWN_SECONDS)
        start()

    return {f"{name} {how}": partial(restart, mode) for how, mode in ends.items()}


def _breakage(world: World, restart: Callable[[], None]) -> Breakage:
    async def breaking() -> None:
        world.begin_breaking()
        try:
            async with volley(world, world.chance.choice(world.addresses)):
                await asyncio.to_thread(restart)
            # The servers find out, and come back, each at its own pace.
            await world.rest(2.0)
        finally:
            world.end_breaking()

    return breaking
