"""The link between a relayed manager and a Redis server: the only file that knows Redis.

Everything goes through two channels of publish and subscribe: nothing is stored there, and a Redis
that is lost and comes back empty has lost nothing. When it is lost the link says so, tries again
with a back-off for as long as it runs, and says when it is back.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import msgspec

try:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError
except ImportError as error:
    raise ImportError(
        "several nodes need the package redis: install it with `pip install redis`, or leave "
        "BACKEND_REDIS_URL unset for one node alone"
    ) from error

from system_under_test.relay_desk import EVERYBODY
from system_under_test.relayed_manager import RelayedManager

_log: Final = logging.getLogger(__name__)
_LOSSES: Final = (RedisError, OSError, TimeoutError)
_PREFIX: Final = "system-under-test:"


class LinkLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a link is.

    Attributes:
        answer_seconds: Longest wait for an answer of Redis, and for any message at all: the
            node hears its own signs of life.
        tick_seconds: Time between two looks at the clock.
        first_retry_seconds: Pause before the first try after a loss; it doubles with each.
        longest_retry_seconds: Longest such pause.
        batch: Messages sent in one go.
        waiting: Messages that wait to be sent; beyond that the link is made anew.
    """

    answer_seconds: float = 3.0
    tick_seconds: float = 0.1
    first_retry_seconds: float = 0.05
    longest_retry_seconds: float = 2.0
    batch: int = 500
    waiting: int = 100_000


_DEFAULT_LIMITS: Final = LinkLimits()


class RelayLink:
    """Carries the messages of a manager through Redis: `start` it, and `stop` it at the end.

    Args:
        manager: Whose messages it carries.
        url: Where Redis is, such as `redis://127.0.0.1:6379/0`.
        on_lost: Called when the link is lost, or cannot be made at the start.
        on_restored: Called when it is there, the first time too.
        limits: How patient it is.
    """

    def __init__(
        self,
        manager: RelayedManager,
        url: str,
        *,
        on_lost: Callable[[], None],
        on_restored: Callable[[], None],
        limits: LinkLimits = _DEFAULT_LIMITS,
    ) -> None:
        self._manager = manager
        self._url = url
        self._on_lost = on_lost
        self._on_restored = on_restored
        self._limits = limits
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._something = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.up = asyncio.Event()
        self.why: str | None = "it was not started"

    @property
    def state(self) -> str:
        """`up`, or `down` with the reason."""
        return "up" if self.up.is_set() else f"down: {self.why}"

    async def start(self, wait_seconds: float = 0.0) -> bool:
        """Begin, and return whether the link was there within this time."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        with suppress(TimeoutError):
            await asyncio.wait_for(self.up.wait(), wait_seconds)
        return self.up.is_set()

    async def stop(self) -> None:
        """Say goodbye to the other nodes, if they can be reached, and end."""
        if self._task is None:
            return
        if self.up.is_set():
            self._manager.desk.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._written(), 1.0)
        self._task.cancel()
        await asyncio.wait((self._task,))

    async def _written(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._limits.tick_seconds / 10)

    async def _run(self) -> None:
        pause = self._limits.first_retry_seconds
        said_lost = False
        while True:
            try:
                await self._carry()
            except Exception as error:  # a link that ended for good would be noticed by nobody
                # Only the kind: the text may hold the address with its password.
                self.why = type(error).__name__
                if not isinstance(error, _LOSSES):
                    _log.exception("the link to the other nodes failed")
            if self.up.is_set() or not said_lost:
                self.up.clear()
                self._manager.lose_link()
                self._on_lost()
                said_lost = True
                pause = self._limits.first_retry_seconds
                _log.warning("the link to the other nodes is lost: %s", self.why)
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._limits.longest_retry_seconds)

    async def _carry(self) -> None:
        """Make the link and carry messages until it is lost."""
        seconds = self._limits.answer_seconds
        client = Redis.from_url(
            self._url,
            socket_connect_timeout=seconds,
            socket_timeout=seconds,
            # It would try again by itself and not say what it lost meanwhile.
            retry=Retry(NoBackoff(), 0),
        )
        try:
            async with client.pubsub() as heard:
                await heard.subscribe(_PREFIX + EVERYBODY, _PREFIX + self._manager.desk.address)
                for _ in range(2):
                    if await heard.get_message(timeout=seconds) is None:
                        raise TimeoutError
                self._begin()
                await self._all_until_one_fails(client, heard)
        finally:
            with suppress(*_LOSSES):
                await client.aclose()

    def _begin(self) -> None:
        self._waiting.clear()
        self.up.set()
        self.why = None
        self._manager.desk.link_up(self._publish)
        self._on_restored()

    def _publish(self, channel: str, data: bytes) -> None:
        self._waiting.append((_PREFIX + channel, data))
        self._something.set()

    async def _all_until_one_fails(self, client: Redis, heard: Any) -> None:  # noqa: ANN401 - untyped there
        tasks = [
            asyncio.ensure_future(work)
            for work in (self._read(heard), self._write(client), self._tick())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, heard: Any) -> None:  # noqa: ANN401 - untyped there
        desk = self._manager.desk
        loop = asyncio.get_running_loop()
        owing = False

        def settle() -> None:
            nonlocal owing
            owing = False
            desk.give_receipts()

        while True:
            message = await heard.get_message(timeout=self._limits.answer_seconds)
            if message is None:
                raise TimeoutError
            if message["type"] == "message":
                desk.receive(message["data"])
                if not owing:
                    # Its turn comes when all that has been received is read: one receipt for many.
                    owing = True
                    loop.call_soon(settle)

    async def _write(self, client: Redis) -> None:
        waiting = self._waiting
        while True:
            await self._something.wait()
            self._something.clear()
            while waiting:
                batch = [waiting[n] for n in range(min(len(waiting), self._limits.batch))]
                pipe = client.pipeline(transaction=False)
                for channel, data in batch:
                    pipe.publish(channel, data)
                await pipe.execute()
                for _ in batch:
                    waiting.popleft()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._limits.tick_seconds)
            self._manager.tick()
            if len(self._waiting) > self._limits.waiting:
                raise TimeoutError  # Redis is far too slow; what has no receipt is sent again
