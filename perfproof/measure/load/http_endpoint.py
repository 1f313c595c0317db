"""Requests over HTTP; the one file of the tool that knows aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp

from perfproof.errors import UseError
from perfproof.measure.load.endpoint import Asking
from perfproof.measure.load.ledger import Fate, Ledger
from perfproof.measure.load.pacing import Pacer

__all__ = ["HttpEndpoint"]

_FIRST_BAD_STATUS = 400
_LONGEST_REPLY_BYTES = 10 * 1024 * 1024


class HttpEndpoint:
    """A pool of connections; a request that finds none free waits, and is charged for it.

    Args:
        asking: What is asked.
        ledger: Where it is written down.
        pacer: Asked between replies whether a request is due.
    """

    def __init__(self, asking: Asking, ledger: Ledger, pacer: Pacer) -> None:
        self._asking = asking
        self._ledger = ledger
        self._pacer = pacer
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Open the pool; whether something listens is seen without a request.

        Raises:
            UseError: Nothing listens there.
        """
        asking = self._asking
        try:
            await _reach(asking.url(0), asking.timeout_seconds)
        except (TimeoutError, OSError, ValueError) as exc:
            raise UseError(
                f"cannot be reached: {type(exc).__name__}: {str(exc)[:200]}",
                where=asking.shown_url,
                remedy="start the server, or correct url and headers",
            ) from exc
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=asking.connections),
            timeout=aiohttp.ClientTimeout(total=asking.timeout_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )

    def ask(self, numbers: Sequence[int]) -> None:
        """Send these requests now; their fates go into the ledger."""
        for number in numbers:
            self._ledger.sent(number)
            task = asyncio.get_running_loop().create_task(self._one(number))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def missing(self) -> int:
        """None: a reply is all there is."""
        return 0

    async def close(self) -> None:
        """Close the pool; what is still open is given up."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _one(self, number: int) -> None:
        assert self._session is not None
        asking = self._asking
        connection = number % asking.connections
        message = asking.message(number)
        try:
            async with self._session.request(
                asking.scenario.method,
                asking.url(connection),
                headers=asking.headers(connection),
                data=message.encode() if message else None,
                allow_redirects=False,
            ) as reply:
                body = await _whole(reply)
                status = reply.status
        except TimeoutError:
            return  # left open: it was not answered in time
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            self._ledger.done(number, Fate.LOST, f"{type(exc).__name__}: {exc}")
            return
        self._ledger.done(number, *self._fate(status, body))
        self._pacer.catch_up()

    def _fate(self, status: int, body: bytes) -> tuple[Fate, str | None]:
        asking = self._asking
        if status >= _FIRST_BAD_STATUS:
            return Fate.REFUSED, f"HTTP status {status}"
        if asking.refused is not None and asking.refused.encode() in body:
            return Fate.REFUSED, body[:300].decode("utf-8", "replace")
        if asking.answered.encode() not in body:
            return Fate.REFUSED, "the reply does not hold the text of `answered`"
        return Fate.ANSWERED, None


async def _reach(url: str, timeout_seconds: float) -> None:
    split = urlsplit(url)
    port = split.port or (443 if split.scheme == "https" else 80)
    async with asyncio.timeout(timeout_seconds):
        _, writer = await asyncio.open_connection(split.hostname, port)
    writer.close()


async def _whole(reply: aiohttp.ClientResponse) -> bytes:
    """The body as far as it is read; what is longer is no reply that one waits for."""
    body = bytearray()
    async for chunk in reply.content.iter_any():
        body += chunk
        if len(body) > _LONGEST_REPLY_BYTES:
            raise ValueError(f"the reply is longer than {_LONGEST_REPLY_BYTES:,} bytes")
    return bytes(body)
