"""A handshake is refused with a reason or leads to a connection that works; never both."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from random import Random
from typing import Any

from benchmarks.probes.serving import (
    CONNECTIONS_PER_USER,
    Service,
    expect_status,
    expect_welcome,
    served,
    told,
)
from benchmarks.probes.trial import Trial, Wrong
from system_under_test.parts import Own
from system_under_test.protocol import ReferenceSystem


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is a user who comes: in time, too early, too often, or from a foreign page."""
    kinds = (_in_time, _too_early, _too_often, _from_afar)
    with served(system) as service:
        for number in range(count):
            try_one = kinds[number % len(kinds)]
            yield partial(_run, service, try_one, system, chance)


def _run(service: Service, try_one: Any, system: ReferenceSystem, chance: Random) -> None:  # noqa: ANN401 - one of the four
    service.run(try_one(service, system, chance))


async def _in_time(service: Service, system: ReferenceSystem, chance: Random) -> None:
    """A user with a good token comes in and is heard."""
    await _welcomed(service, service.server, system.unique_id(), chance.randint(0, 1_000_000))


async def _too_early(service: Service, system: ReferenceSystem, chance: Random) -> None:
    """Who comes before the server is ready gets 503 and comes in later, and nothing else."""
    late = _Late(system)
    server = system.create_server(service.settings(), late)
    await server.open()
    try:
        user_id = system.unique_id()
        token = service.token(user_id)
        for _ in range(chance.randint(1, 3)):
            attempt = service.knock(token, server)
            fields = await expect_status(attempt, 503, "a client that came too early")
            if not fields.get("retry-after", "").isdigit():
                raise Wrong("a client that came too early was not told when to come back")
        late.gate.set()
        await server.ready.wait()
        await _welcomed(service, server, user_id, chance.randint(0, 1_000_000))
    finally:
        late.gate.set()
        await server.stop()


async def _too_often(service: Service, system: ReferenceSystem, chance: Random) -> None:
    """A user has so many connections and not one more, until one of them goes."""
    user_id = system.unique_id()
    token = service.token(user_id)
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(CONNECTIONS_PER_USER):
            clients.append(await stack.enter_async_context(service.knock(token)))
            await expect_welcome(clients[-1], user_id)
        fields = await expect_status(service.knock(token), 429, "a connection beyond the limit")
        if not fields.get("retry-after", "").isdigit():
            raise Wrong("a connection beyond the limit was not told when to come back")
        await _welcomed(service, service.server, f"{user_id}-2", 1)
        await clients[chance.randrange(len(clients))].close()
        await _welcomed(service, service.server, user_id, 2)


async def _from_afar(service: Service, system: ReferenceSystem, chance: Random) -> None:
    """A page of another place does not come in, however good its token is."""
    token = service.token(system.unique_id())
    origin = chance.choice(("https://elsewhere.test", "null", "http://127.0.0.1:1"))
    await expect_status(service.knock(token, origin=origin), 403, f"a page of {origin}")


async def _welcomed(service: Service, server: Own, user_id: str, number: int) -> None:
    """Connect, be greeted, and hear an echo."""
    async with service.knock(service.token(user_id), server) as client:
        await expect_welcome(client, user_id)
        await client.send(f'{{"type":"ping","data":{number}}}')
        echo = await told(client)
        if echo != {"type": "pong", "data": number}:
            raise Wrong(f"the echo of {number} was {echo}")


class _Late:
    """A system whose database is there once its gate is open."""

    def __init__(self, system: ReferenceSystem) -> None:
        self._system = system
        self.gate = asyncio.Event()

    async def create_database(self, url: str) -> Own:
        await self.gate.wait()
        return await self._system.create_database(url)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the system offers
        return getattr(self._system, name)
