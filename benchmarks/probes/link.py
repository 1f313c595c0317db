"""Redis is killed and started again: the bridge says so, nothing is lost, and it recovers."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from random import Random
from typing import Any, Final

import msgspec

from benchmarks.doors import Mailbox
from benchmarks.loop_thread import LoopThread
from benchmarks.probes.trial import Trial, Wrong
from benchmarks.servers.redis_server import RedisServer, redis_server
from system_under_test.protocol import ReferenceSystem

MOST_MESSAGES: Final = 5
PATIENCE_SECONDS: Final = 5.0


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one crash of Redis, with messages on both sides of it.

    Raises:
        Unavailable: There is no Redis of our own here, and another one is not ours to kill.
    """
    # A handler that does nothing: each loss is wanted here, and would be told on the terminal.
    logging.getLogger("system_under_test.relay_link").addHandler(logging.NullHandler())
    with ExitStack() as stack:
        server = stack.enter_context(redis_server())
        loop = stack.enter_context(LoopThread())
        here, there = _Node(system, "here", server.url), _Node(system, "there", server.url)
        for node in (here, there):
            loop.run(node.start())
            stack.callback(partial(_stop, loop, node))
        for _ in range(count):
            crash = _Crash(system, server, here, there)
            yield partial(_try, loop, crash, chance.randint(1, MOST_MESSAGES))


def _stop(loop: LoopThread, node: "_Node") -> None:
    loop.run(node.link.stop())


def _try(loop: LoopThread, crash: "_Crash", messages: int) -> None:
    loop.run(crash.survive(messages))


class _Node:
    """A manager with its bridge and its link."""

    def __init__(self, system: ReferenceSystem, name: str, url: str) -> None:
        self.manager = system.create_relayed_manager(name)
        self.bridge = system.create_bridge()
        self.link = system.create_relay_link(
            self.manager,
            url,
            on_lost=self.bridge.lose_link,  # type: ignore[attr-defined]
            on_restored=self.bridge.restore_link,  # type: ignore[attr-defined]
        )

    async def start(self) -> None:
        """Start the bridge and the link."""
        self.bridge.start(self.manager)
        if not await self.link.start(PATIENCE_SECONDS):
            raise Wrong(f"the nodes cannot be linked: {self.link.state}")


class _Crash:
    """Redis is killed while a user sits at each node."""

    def __init__(
        self, system: ReferenceSystem, server: RedisServer, here: _Node, there: _Node
    ) -> None:
        self._server = server
        self._nodes = (here, there)
        self._users = [f"user-{system.unique_id()}" for _ in range(2)]
        self._mailboxes = [Mailbox(), Mailbox()]

    async def survive(self, messages: int) -> None:
        """Kill Redis, look, start it again and look.

        Raises:
            Wrong: The bridge does not say what is so, or a message is not where it belongs.
        """
        here = self._nodes[0]
        for node, user_id, mailbox in zip(self._nodes, self._users, self._mailboxes, strict=True):
            node.manager.connect(user_id, mailbox)
        here.manager.send(self._users[1], {"number": 0})
        await self._expect(lambda: self._seen(1) == [0], "a message before the crash did not come")
        self._server.kill()
        try:
            await self._expect(
                self._bridges("degraded"), "Redis is gone, and a bridge is not degraded"
            )
            for number in range(1, messages + 1):
                for user_id in self._users:
                    here.manager.send(user_id, {"number": number})
            local = list(range(1, messages + 1))
            await self._expect(lambda: self._seen(0) == local, "local messages stopped with Redis")
        finally:
            self._server.start()
        everything = list(range(messages + 1))
        await self._expect(lambda: self._seen(1) == everything, "after the crash messages are lost")
        await self._expect(self._bridges("active"), "Redis is back, and a bridge is not active")
        for node, mailbox in zip(self._nodes, self._mailboxes, strict=True):
            node.manager.disconnect(mailbox)

    def _bridges(self, state: str) -> Callable[[], bool]:
        return lambda: all(node.bridge.state == state for node in self._nodes)

    def _seen(self, user: int) -> list[Any]:
        return [msgspec.json.decode(data)["number"] for data in self._mailboxes[user].messages]

    async def _expect(self, condition: Callable[[], bool], otherwise: str) -> None:
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + PATIENCE_SECONDS
        while not condition():
            if clock() > give_up_at:
                raise Wrong(f"{otherwise} within {PATIENCE_SECONDS:g} s")
            await asyncio.sleep(0.001)
