"""A user whose messages are due at times that no answer moves: load at a stated rate."""

import asyncio
from typing import Final

from benchmarks.faults.client import Client
from benchmarks.faults.ledger import Message
from benchmarks.faults.user import User, end_task
from benchmarks.faults.world import World

_LEAVES: Final = 0.03
_MOST_OPEN: Final = 200
_END_SECONDS: Final = 30.0


class PacedUser(User):
    """One user whose messages do not wait for each other.

    Now and then they vanish with messages in work and come back.

    Args:
        user_id: Who it is: lower-case letters, a hyphen and a number.
        world: Where they live.
        gap_seconds: Mean time between two messages; the times are those of a Poisson process.
    """

    def __init__(self, user_id: str, world: World, gap_seconds: float) -> None:
        super().__init__(user_id, world)
        self._gap_seconds = gap_seconds
        self._due = 0.0

    async def live(self) -> None:
        """Go on until the world stops."""
        world = self._world
        self._due = asyncio.get_running_loop().time()
        self._put_off()
        while not world.stopping.is_set():
            client = await self.arrive()
            if client is None:
                await world.rest(world.chance.uniform(0.02, 0.2))
                continue
            await self._stay(client)

    def _put_off(self) -> None:
        self._due += self._world.chance.expovariate(1.0 / self._gap_seconds)

    async def _stay(self, client: Client) -> None:
        self._closed_with = None  # what an earlier connection was closed with says nothing here
        listening = asyncio.create_task(self._listen(client))
        said: list[Message] = []
        try:
            left = await self._talk(client, listening, said)
            if not left:
                await self._wait_for(said, listening)
            # Read before it is cancelled, which would look like an end too.
            gone = left or listening.done()
        finally:
            await end_task(listening)
            client.reset()
        for message in said:
            self._settle(message, gone=gone)

    async def _talk(
        self, client: Client, listening: asyncio.Task[None], said: list[Message]
    ) -> bool:
        """Say what is due; return whether the user has vanished."""
        world, loop = self._world, asyncio.get_running_loop()
        while not listening.done() and len(said) < _MOST_OPEN:
            await world.rest(max(0.0, self._due - loop.time()))
            if world.stopping.is_set():
                return False
            said.append(await self._say(client))
            self._put_off()
            if world.chance.random() < _LEAVES:
                return True
        return False

    async def _wait_for(self, said: list[Message], listening: asyncio.Task[None]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + _END_SECONDS
        while not (listening.done() or all(message.ended for message in said)):
            if loop.time() > end:
                return
            await asyncio.sleep(0.01)
