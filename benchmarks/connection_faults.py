"""Connections to a real PostgreSQL that are lost: terminated by the server, or cut on the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from benchmarks.database_faults import (
    PATIENCE_SECONDS,
    SHORT_SECONDS,
    Expected,
    NothingRaisedError,
    Scene,
    end,
    ended,
    error_of,
    stored,
)
from benchmarks.servers.cutting_proxy import CuttingProxy
from benchmarks.servers.postgres import through
from system_under_test.database.engine import DatabaseOptions
from system_under_test.parts import DatabasePart

_LOOK_SECONDS: Final = 0.005
# The other side of a lock that is waited for would otherwise end it first.
_PATIENT: Final = DatabaseOptions(lock_seconds=PATIENCE_SECONDS, statement_seconds=PATIENCE_SECONDS)


async def terminated_between(scene: Scene) -> Exception:
    """Let the server end a connection between two statements of a transaction."""
    async with scene.database(options=_PATIENT) as database:
        run = await stored(scene, database)

        async def work() -> None:
            async with database.transaction() as transaction:
                await end(transaction, *run)
                await _terminate(scene, "state = 'idle in transaction'")
                await end(transaction, *run)

        error = await error_of(work())
        await _works_again(scene, database)
    return error


async def terminated_within(scene: Scene) -> Exception:
    """Let the server end a connection while a statement of it waits."""
    return await _within(scene, lambda: _terminate(scene, "wait_event_type = 'Lock'"))


async def cut_between(scene: Scene) -> Exception:
    """Cut the socket between two statements of a transaction."""
    async with _by_proxy(scene) as (database, proxy):
        run = await stored(scene, database)

        async def work() -> None:
            async with database.transaction() as transaction:
                await end(transaction, *run)
                proxy.cut()
                await end(transaction, *run)

        error = await error_of(work())
        await _works_again(scene, database)
    return error


async def cut_within(scene: Scene) -> Exception:
    """Cut the socket while a statement waits."""
    async with _by_proxy(scene) as (database, proxy):

        async def cut() -> None:
            await _until(scene, "wait_event_type = 'Lock'")
            proxy.cut()

        return await _within(scene, cut, database)


async def cut_at_commit(scene: Scene) -> Exception:
    """Cut the socket at the COMMIT."""
    async with _by_proxy(scene) as (database, proxy):
        run = await stored(scene, database)
        proxy.fatal = b"COMMIT"
        error = await error_of(ended(database, *run))
        proxy.fatal = None
        await _works_again(scene, database)
    return error


async def silent(scene: Scene) -> Exception:
    """Let nothing through any more, and say nothing."""
    options = DatabaseOptions(statement_seconds=SHORT_SECONDS, silence_seconds=SHORT_SECONDS)
    async with _by_proxy(scene, options) as (database, proxy):
        async with scene.database() as other:  # its limits let it be done on a busy machine
            run = await stored(scene, other)
        proxy.silent = True
        error = await error_of(ended(database, *run))
        proxy.silent = False
        await _works_again(scene, database)
    return error


async def refused(scene: Scene) -> Exception:
    """Open a database at whose door every connection is cut."""
    async with CuttingProxy(scene.server.reach) as proxy:
        proxy.refusing = True
        return await error_of(scene.system.create_database(through(scene.url, proxy.port)))


async def nobody_there(scene: Scene) -> Exception:
    """Open a database on a port that nobody listens on any more."""
    async with CuttingProxy(scene.server.reach) as proxy:
        url = through(scene.url, proxy.port)
    return await error_of(scene.system.create_database(url))


@asynccontextmanager
async def _by_proxy(
    scene: Scene, options: DatabaseOptions = _PATIENT
) -> AsyncIterator[tuple[DatabasePart, CuttingProxy]]:
    async with CuttingProxy(scene.server.reach) as proxy:
        url = through(scene.url, proxy.port)
        async with scene.database(url, options) as database:
            yield database, proxy


async def _within(
    scene: Scene, lose: Callable[[], Awaitable[object]], database: DatabasePart | None = None
) -> Exception:
    """Return what a statement raises that waits for a lock while `lose` is done."""
    async with scene.database(options=_PATIENT) as holder:
        run = await stored(scene, holder)
        async with holder.transaction() as transaction:
            await end(transaction, *run)
            if database is None:
                async with scene.database(options=_PATIENT) as other:
                    return await _lost(scene, other, run, lose)
            return await _lost(scene, database, run, lose)


async def _lost(
    scene: Scene,
    database: DatabasePart,
    run: tuple[str, str],
    lose: Callable[[], Awaitable[object]],
) -> Exception:
    waiting = asyncio.create_task(error_of(ended(database, *run)))
    try:
        await lose()
        error = await waiting
    finally:
        waiting.cancel()
    await _works_again(scene, database)
    return error


async def _works_again(scene: Scene, database: DatabasePart) -> None:
    """See that what follows a loss works."""
    await scene.until_done(lambda: stored(scene, database))


async def _terminate(scene: Scene, which: str) -> None:
    await _until(scene, which)
    await asyncio.to_thread(
        scene.server.execute,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND " + which,
        urlsplit(scene.url).path[1:],
    )


async def _until(scene: Scene, which: str) -> None:
    """Wait until the server has such a connection to the scene's database."""
    text = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND " + which
    until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    name = urlsplit(scene.url).path[1:]
    while not (await asyncio.to_thread(scene.server.execute, text, name))[0][0]:
        if asyncio.get_running_loop().time() > until:
            raise NothingRaisedError(f"the server never had a connection with {which}")
        await asyncio.sleep(_LOOK_SECONDS)


LOSSES: Final = (
    # How asyncpg tells the end of a terminated backend depends on what it reads first.
    Expected(terminated_between, "connection", None, retryable=True),
    Expected(terminated_within, "connection", None, retryable=True),
    Expected(cut_between, "connection", None, retryable=True),
    Expected(cut_within, "connection", None, retryable=True),
    Expected(cut_at_commit, "connection", None, retryable=True),
    Expected(silent, "connection", None, retryable=True),
    Expected(refused, "connection", None, retryable=True),
    Expected(nobody_there, "connection", None, retryable=True),
)
