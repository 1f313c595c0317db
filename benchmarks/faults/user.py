"""A user as they should be: connects, asks, waits for the answer, comes back after every fault."""

import asyncio
from contextlib import suppress
from typing import Any, Final

import msgspec

from benchmarks.faults.client import Address, Client, Closed, Refused, open_client
from benchmarks.faults.companion import Companion
from benchmarks.faults.ledger import Message, marked
from benchmarks.faults.world import World
from system_under_test.connection import CLOSE_GOING_AWAY

_INTERNAL_ERROR: Final = 1011
_NOT_READY: Final = 503
_END_SECONDS: Final = 30.0
_MESSAGES_A_THREAD: Final = 100


class User:
    """One user with one message in work at a time.

    Args:
        user_id: Who it is: lower-case letters, a hyphen and a number.
        world: Where they live.
        companion: A second connection of the same user, or None.
    """

    def __init__(self, user_id: str, world: World, companion: Companion | None = None) -> None:
        self.user_id = user_id
        self.companion = companion
        self._world = world
        self._number = 0
        self._runs: dict[str, Message] = {}
        self._current: Message | None = None
        self._closed_with: int | None = None
        self._ended = asyncio.Event()

    async def live(self) -> None:
        """Go on until the world stops."""
        world = self._world
        while not world.stopping.is_set():
            client = await self.arrive()
            if client is None:
                await world.rest(world.chance.uniform(0.02, 0.2))
                continue
            await self._stay(client)

    async def arrive(self, address: Address | None = None) -> Client | None:
        """Return a connection, to any node unless one is named; None when none is to be had now."""
        world = self._world
        epoch = world.epoch
        address = address or world.chance.choice(world.addresses)
        try:
            return await open_client(address, world.token(self.user_id))
        except Refused as refused:
            world.hold_refusal("a user", refused)
            calm = epoch is not None and epoch == world.epoch
            wrongly = refused.status != _NOT_READY or calm
            world.hold("good user turned away", not wrongly, f"{self.user_id} {refused}")
        except (Closed, OSError, TimeoutError):
            calm = epoch is not None and epoch == world.epoch
            world.hold("good user turned away", not calm, f"{self.user_id} was not answered")
        return None

    async def converse(self, client: Client) -> bool:
        """Send one message and return whether its answer came over this connection."""
        listening = asyncio.create_task(self._listen(client))
        try:
            return await self._ask(client, listening)
        finally:
            await end_task(listening)

    async def _stay(self, client: Client) -> None:
        world = self._world
        listening = asyncio.create_task(self._listen(client))
        try:
            while not world.stopping.is_set() and not listening.done():
                await self._ask(client, listening)
                # Mostly the next one at once, so that a fault meets many messages in work.
                if world.chance.random() < 0.3:
                    await world.rest(world.chance.expovariate(4.0))
                if world.chance.random() < 0.05:
                    break
        finally:
            await end_task(listening)
            with suppress(OSError):
                await client.close()

    async def fire(self, client: Client, messages: int) -> None:
        """Send messages one behind the other and wait until each has ended, or the connection."""
        listening = asyncio.create_task(self._listen(client))
        loop = asyncio.get_running_loop()
        end = loop.time() + _END_SECONDS
        try:
            fired = [await self._say(client) for _ in range(messages)]
            while not (listening.done() or all(message.ended for message in fired)):
                if loop.time() > end:
                    break
                await asyncio.sleep(0.01)
            for message in fired:
                self._settle(message, gone=listening.done())
        finally:
            await end_task(listening)
            client.reset()

    async def _ask(self, client: Client, listening: asyncio.Task[None]) -> bool:
        """Send a message and wait for its end, or for that of the connection."""
        stay = None if self.companion is None else self.companion.stay
        self._ended.clear()
        self._current = message = await self._say(client)
        if message.ended:  # it may have come while the last bytes were sent
            self._ended.set()
        waiting = asyncio.create_task(self._ended.wait())
        await asyncio.wait(
            (waiting, listening), timeout=_END_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        waiting.cancel()
        self._current = None
        self._settle(message, gone=listening.done())
        if message.answered and stay is not None and self.companion is not None:
            await self.companion.check(stay, message.message_id)
        return message.answered and message.undisturbed

    async def _say(self, client: Client) -> Message:
        """Send a message that is written down first."""
        message = self._next_message()
        self._world.ledger.sent(message)
        wanted = {"type": "message", "text": message.text}
        wanted |= {"message_id": message.message_id, "thread_id": message.thread_id}
        try:
            await client.send(msgspec.json.encode(wanted))
        except Closed:
            message.undisturbed = False
        return message

    def _settle(self, message: Message, *, gone: bool) -> None:
        """Hold a message to its promises, knowing whether its connection is gone."""
        if gone and not message.ended:
            message.undisturbed = False
        if gone and message.run_ids is not None and self._closed_with == CLOSE_GOING_AWAY:
            # A server that stops ends first what it has acknowledged.
            said = f"{message.message_id} was acknowledged, then closed with 1001"
            self._world.hold("acknowledged is answered before 1001", message.ended, said)
        self._world.ledger.promise_end(message)

    def _next_message(self) -> Message:
        self._number += 1
        return Message(
            message_id=f"{self.user_id}-m{self._number}",
            user_id=self.user_id,
            # A new thread now and then, so that asking for one at the end gives all of it.
            thread_id=f"{self.user_id}-t{self._number // _MESSAGES_A_THREAD}",
            text=marked(self.user_id, f"Compare the costs of quarter {self._number}"),
        )

    async def _listen(self, client: Client) -> None:
        """Take frames until the connection ends."""
        try:
            while True:
                self._take(self._world.ledger.received(self.user_id, await client.receive()))
        except Closed as closed:
            self._closed_with = closed.code
            self._world.seen[f"close {closed.code or 'without a frame'}"] += 1
            self._world.hold("closed with 1011", closed.code != _INTERNAL_ERROR, str(closed))

    def _take(self, said: dict[str, Any]) -> None:
        kind = said.get("type")
        run = self._runs.get(said.get("run_id", ""))
        if run is not None:
            run.events.append((said["run_id"], said["sequence"]))
            return
        message = self._world.ledger.messages.get(said.get("message_id", ""))
        if message is None or message.user_id != self.user_id:
            return
        if kind == "acknowledged":
            message.run_ids = tuple(said["run_ids"])
            self._runs.update(dict.fromkeys(message.run_ids, message))
            return
        if kind == "answer":
            message.answered = True
        elif kind == "error":
            message.error = (said.get("code", ""), said.get("reason", ""))
            self._world.seen[f"error {message.error[0]}"] += 1
        for run_id in message.run_ids or ():
            self._runs.pop(run_id, None)
        if message is self._current:
            self._ended.set()


async def end_task(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it is over."""
    task.cancel()
    await asyncio.wait((task,))
