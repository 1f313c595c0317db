"""One raw connection of the crowd: as little work as can be done beside the server's."""

import asyncio
from collections.abc import Mapping
from typing import Final, cast

from benchmarks.standing.dialects import DATA, Dialect
from benchmarks.standing.wire import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    AnswerReader,
    FrameReader,
    frame,
    upgrade_request,
)

_SWITCHING_PROTOCOLS: Final = 101


class Refused(Exception):  # noqa: N818 - the name of the fact
    """The server did not open a WebSocket, or closed it."""


class Line(asyncio.Protocol):
    """One connection: handshake, greeting, then echoes or counted frames.

    Args:
        request: The bytes that ask for the WebSocket.
        dialect: How this server is spoken to.
    """

    def __init__(self, request: bytes, dialect: Dialect) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.received = 0
        self.echoes = 0
        self.echoing = False
        self._request = request
        self._replies: Mapping[bytes, bytes] = {
            begin: frame(reply) for begin, reply in dialect.replies.items()
        }
        self._ready_mark = dialect.ready
        self._refused = dialect.refused
        self._echo = frame(dialect.echo)
        # The bytes of the first answer to an echo; every further one must be the same.
        self._expected = b""
        self._answer: AnswerReader | None = AnswerReader()
        self._frames = FrameReader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        # uvloop's is none by inheritance.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take what came; an expected answer, alone in its read, is not even parsed."""
        if data == self._expected:
            self.echoes += 1
            if self.echoing:
                self.send_echo()
            return
        if self._answer is not None:
            whole = self._answer.feed(data)
            if whole is None:
                return
            answer, data = whole
            self._answer = None
            if answer.status != _SWITCHING_PROTOCOLS:
                self._fail(f"the handshake was answered with {answer.status}")
                return
        for opcode, payload in self._frames.feed(data):
            self._take(opcode, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that it will not become ready."""
        self._fail(f"the connection was lost: {exc}")

    def send_echo(self) -> None:
        """Ask for one echo."""
        assert self._transport is not None
        self._transport.write(self._echo)

    def cut(self) -> None:
        """Reset the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, opcode: int, payload: bytes) -> None:
        assert self._transport is not None
        if opcode == PING:
            self._transport.write(frame(payload, PONG))
        elif opcode == CLOSE:
            self._fail(f"the server closed with {int.from_bytes(payload[:2], 'big')}")
        elif opcode == TEXT:
            self._take_text(payload)

    def _take_text(self, payload: bytes) -> None:
        assert self._transport is not None
        if not self.ready.done():
            reply = next(
                (self._replies[key] for key in self._replies if payload.startswith(key)), None
            )
            if reply is not None:
                self._transport.write(reply)
            if self._refused is not None and payload.startswith(self._refused):
                self._fail(f"the server said {payload[:80].decode(errors='replace')}")
            elif self._ready_mark in payload:
                self.ready.set_result(None)
        elif payload in self._replies:
            self._transport.write(self._replies[payload])
        elif self.echoing:
            if DATA.encode() not in payload:
                self._fail(f"an echo was answered with {payload[:80]!r}")
                return
            self.echoes += 1
            self._expected = frame(payload, masked=False)
            self.send_echo()
        else:
            self.received += 1

    def _fail(self, what: str) -> None:
        if not self.ready.done():
            self.ready.set_exception(Refused(what))
        self.echoing = False


async def open_line(
    host: str, port: int, token: str, dialect: Dialect, *, patience_seconds: float = 10.0
) -> Line:
    """Return a connection that was welcomed.

    Raises:
        Refused: The server did not let it in.
        OSError: The server could not be reached.
        TimeoutError: It took longer than the patience.
    """
    loop = asyncio.get_running_loop()
    request = upgrade_request(host, port, dialect.path.format(token=token))
    _, line = await loop.create_connection(lambda: Line(request, dialect), host, port)
    try:
        async with asyncio.timeout(patience_seconds):
            await line.ready
    except BaseException:
        line.cut()
        raise
    return line
