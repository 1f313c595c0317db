"""Three nodes behind one user: everything arrives, in order, once, and at nobody else."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from random import Random
from typing import Any, Final

import msgspec

from benchmarks.doors import Mailbox
from benchmarks.loop_thread import LoopThread
from benchmarks.probes.trial import Trial, Wrong
from benchmarks.servers.redis_server import redis_url
from system_under_test.protocol import ReferenceSystem

NODES: Final = 3
MOST_MESSAGES: Final = 8
# Far longer than any way through Redis takes: what has not come by then is lost.
PATIENCE_SECONDS: Final = 5.0


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is a user who is away, arrives at one node and moves to another meanwhile.

    Raises:
        Unavailable: There is no Redis here.
    """
    with ExitStack() as stack:
        url = stack.enter_context(redis_url())
        loop = stack.enter_context(LoopThread())
        cluster = _Cluster(system)
        loop.run(cluster.start(url))
        stack.callback(lambda: loop.run(cluster.stop()))
        for _ in range(count):
            yield partial(_try, loop, cluster, chance)


def _try(loop: LoopThread, cluster: "_Cluster", chance: Random) -> None:
    loop.run(_Journey(cluster, chance).go())


class _Cluster:
    """Nodes that are linked."""

    def __init__(self, system: ReferenceSystem) -> None:
        self.system = system
        self.managers = [system.create_relayed_manager(f"node-{n}") for n in range(NODES)]
        self._links: list[Any] = []

    async def start(self, url: str) -> None:
        """Link the nodes, and wait until a message of each finds its way to each other one."""
        create = self.system.create_relay_link
        nothing = lambda: None  # noqa: E731 - nobody is told
        self._links = [
            create(manager, url, on_lost=nothing, on_restored=nothing) for manager in self.managers
        ]
        for link in self._links:
            if not await link.start(10 * PATIENCE_SECONDS):
                raise Wrong(f"the nodes cannot be linked: {link.state}")
        for sender in self.managers:
            for receiver in self.managers:
                await self._find(sender, receiver)

    async def stop(self) -> None:
        """Take the links away."""
        for link in self._links:
            await link.stop()

    async def _find(self, sender: Any, receiver: Any) -> None:  # noqa: ANN401 - the system's own
        user_id = f"user-{self.system.unique_id()}"
        mailbox = Mailbox()
        receiver.connect(user_id, mailbox)
        sender.send(user_id, {"number": 0})
        await _until(lambda: bool(mailbox.messages))
        receiver.disconnect(mailbox)


class _Journey:
    """One user between nodes, one node that sends, and a stranger who must hear nothing."""

    def __init__(self, cluster: _Cluster, chance: Random) -> None:
        self._chance = chance
        system = cluster.system
        self._user, self._stranger = (f"user-{system.unique_id()}" for _ in range(2))
        self._origin = chance.choice(cluster.managers)
        self._first, self._second = chance.sample(cluster.managers, 2)
        self._mailboxes = [Mailbox(), Mailbox()]
        self._foreign = [Mailbox(), Mailbox()]
        self._sent = 0

    async def go(self) -> None:
        """Move, be sent messages all the time, and compare.

        Raises:
            Wrong: Something is missing, out of order, there twice, or somebody else's.
        """
        self._send()
        places = (self._first, self._second)
        for place, mailbox in zip(places, self._foreign, strict=True):
            place.connect(self._stranger, mailbox)
        here, there = self._mailboxes
        self._first.connect(self._user, here)
        await self._arrived()
        self._send()
        if self._chance.random() < 0.5:
            await self._arrived()
        self._first.disconnect(here)
        self._send()
        self._second.connect(self._user, there)
        self._send()
        await self._arrived()
        self._second.disconnect(there)
        for place, mailbox in zip(places, self._foreign, strict=True):
            place.disconnect(mailbox)
        self._compare()

    def _send(self) -> None:
        for _ in range(self._chance.randint(1, MOST_MESSAGES)):
            self._sent += 1
            self._origin.send(self._user, {"number": self._sent})

    async def _arrived(self) -> None:
        """Wait until the newest message is there, or nothing more is to be expected."""
        await _until(lambda: self._seen()[-1:] == [self._sent])

    def _seen(self) -> list[int]:
        return [
            msgspec.json.decode(data)["number"]
            for mailbox in self._mailboxes
            for data in mailbox.messages
        ]

    def _compare(self) -> None:
        seen = self._seen()
        if any(mailbox.messages for mailbox in self._foreign):
            raise Wrong("a message for one user reached another")
        missing = sorted(set(range(1, self._sent + 1)) - set(seen))
        if missing:
            raise Wrong(f"of {self._sent} messages through Redis these never came: {missing}")
        if seen != list(range(1, self._sent + 1)):
            raise Wrong(f"{self._sent} messages through Redis came as {seen}")


async def _until(condition: Any) -> None:  # noqa: ANN401 - a function without arguments
    give_up_at = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not condition() and asyncio.get_running_loop().time() < give_up_at:
        await asyncio.sleep(0.0005)
