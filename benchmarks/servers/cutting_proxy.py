"""A small TCP proxy before a server: it can cut, and it can be told at which words to cut."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

Reach = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
"""Connects to the server that stands behind."""

_CHUNK_BYTES: Final = 65_536


class CuttingProxy:
    """A proxy on a port of 127.0.0.1, for `async with`.

    Attributes:
        port: Its port.
        fatal: Bytes of a client at which its connection is cut before the server sees them.
        fatal_answer: Bytes of the server at which it is cut before the client sees them.
        refusing: Whether a new connection is cut at once.
        silent: Whether what clients say is swallowed.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.fatal: bytes | None = None
        self.fatal_answer: bytes | None = None
        self.refusing = False
        self.silent = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    def cut(self) -> int:
        """End every connection at once, on both sides, with whatever is on the way."""
        ended = list(self._open)
        for writer in ended:
            writer.transport.abort()
        self._open.clear()
        return len(ended) // 2

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        try:
            behind, beyond = await self._reach()
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, beyond}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, beyond, from_client=True))
                both.create_task(self._carry(behind, writer, from_client=False))
        finally:
            self._open -= {writer, beyond}
            for each in (writer, beyond):
                each.transport.abort()

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, from_client: bool
    ) -> None:
        with suppress(OSError):
            while chunk := await source.read(_CHUNK_BYTES):
                fatal = self.fatal if from_client else self.fatal_answer
                if fatal is not None and fatal in chunk:
                    self.cut()
                    return
                if from_client and self.silent:
                    continue
                sink.write(chunk)
                await sink.drain()
        sink.transport.abort()
