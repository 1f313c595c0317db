"""A user's second connection, often at another node: what the first one hears, it hears too."""

import asyncio
from contextlib import suppress
from typing import Final

import msgspec

from benchmarks.faults.client import Client, Closed, Refused, open_client
from benchmarks.faults.world import World

_HEAR_SECONDS: Final = 10.0
_REMEMBERED: Final = 100


class Stay(msgspec.Struct, frozen=True):
    """One connection in one time without faults; another one is another stay."""

    connection: int
    epoch: int


class Companion:
    """Listens, and says nothing.

    Args:
        user_id: Whose connection it is.
        world: Where they live.
    """

    def __init__(self, user_id: str, world: World) -> None:
        self._user_id = user_id
        self._world = world
        self._connections = 0
        self._connected = False
        self._answers: dict[str, None] = {}

    @property
    def stay(self) -> Stay | None:
        """The present stay; None while it is not connected, or something is broken."""
        epoch = self._world.epoch
        return None if epoch is None or not self._connected else Stay(self._connections, epoch)

    async def live(self) -> None:
        """Go on until the world stops."""
        world = self._world
        stopping = asyncio.create_task(world.stopping.wait())
        while not world.stopping.is_set():
            listening = asyncio.create_task(self._listen_once())
            await asyncio.wait((listening, stopping), return_when=asyncio.FIRST_COMPLETED)
            listening.cancel()
            await asyncio.wait((listening,))
            await world.rest(world.chance.uniform(0.05, 0.3))

    async def check(self, stay: Stay, message_id: str) -> None:
        """Hold this connection to having heard an answer, if it stayed where it was.

        Args:
            stay: The stay when the message was sent.
            message_id: The message that was answered.
        """
        end = asyncio.get_running_loop().time() + _HEAR_SECONDS
        while message_id not in self._answers and stay == self.stay:
            if asyncio.get_running_loop().time() > end:
                break
            await asyncio.sleep(0.01)
        heard = message_id in self._answers
        if heard or stay == self.stay:
            self._world.hold("second connection hears too", heard, f"not {message_id}")

    async def _listen_once(self) -> None:
        world = self._world
        address = world.chance.choice(world.addresses)
        client: Client | None = None
        with suppress(Refused, Closed, OSError, TimeoutError):
            try:
                client = await open_client(address, world.token(self._user_id))
                while True:
                    self._take(await client.receive())
            finally:
                self._connected = False
                if client is not None:
                    client.reset()

    def _take(self, frame: bytes) -> None:
        said = self._world.ledger.received(self._user_id, frame)
        if said.get("type") == "welcome":
            self._connections += 1
            self._connected = True
        elif said.get("type") == "answer":
            self._answers[said["message_id"]] = None
            if len(self._answers) > _REMEMBERED:
                del self._answers[next(iter(self._answers))]
