"""A WebSocket client that can do everything wrong: asyncio streams under `standing.wire`."""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import msgspec

from benchmarks.standing.wire import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Answer,
    AnswerReader,
    Frame,
    FrameReader,
    frame,
    upgrade_request,
)

_READ_BYTES: Final = 65_536
_SWITCHING_PROTOCOLS: Final = 101
_PATIENCE_SECONDS: Final = 10.0


class Refused(Exception):  # noqa: N818 - the name of the fact
    """The handshake was refused.

    Attributes:
        status: HTTP status.
        reason: The sentence of its JSON body, or None.
        retry_after: The field of this name, or None.
    """

    def __init__(self, answer: Answer, reason: str | None) -> None:
        super().__init__(answer.status, reason)
        self.status = answer.status
        self.reason = reason
        self.retry_after = answer.headers.get("retry-after")

    def __str__(self) -> str:
        return f"refused with {self.status}: {self.reason or 'no reason'}"


class Closed(Exception):  # noqa: N818 - the name of the fact
    """The connection is over.

    Attributes:
        code: Of the closing frame; None when there was none.
        reason: Its text.
    """

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"closed with {self.code}: {self.reason}" if self.code else "cut without a close"


class Address(msgspec.Struct, frozen=True):
    """Where a node listens."""

    host: str
    port: int


class Client:
    """One open WebSocket. Made by `open_client`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._frames = FrameReader()
        self._waiting: deque[Frame] = deque()

    async def send(self, payload: bytes) -> None:
        """Send one text frame.

        Raises:
            Closed: The connection is gone.
        """
        await self.send_bytes(frame(payload))

    async def send_bytes(self, data: bytes) -> None:
        """Send any bytes.

        Raises:
            Closed: The connection is gone.
        """
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError:
            raise Closed(None) from None

    async def receive(self) -> bytes:
        """Return the next text frame; pings are answered on the way.

        Raises:
            Closed: The connection is over.
        """
        while True:
            while self._waiting:
                opcode, payload = self._waiting.popleft()
                if opcode == TEXT:
                    return payload
                if opcode == PING:
                    await self.send_bytes(frame(payload, PONG))
                elif opcode == CLOSE:
                    self.writer.write(frame(payload[:2], CLOSE))
                    self.writer.close()
                    code = int.from_bytes(payload[:2], "big") if payload else None
                    raise Closed(code, payload[2:].decode(errors="replace"))
            self._waiting.extend(self._frames.feed(await self._read()))

    async def close(self) -> None:
        """Close it as one should, without waiting for the answer."""
        self.writer.write(frame((1000).to_bytes(2, "big"), CLOSE))
        self.writer.close()

    def reset(self) -> None:
        """Vanish: the other end gets a reset."""
        own = self.writer.get_extra_info("socket")
        if own is not None:
            # Closing with a linger of zero seconds sends a reset (socket(7)).
            with suppress(OSError):  # it is closed already
                own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def feed(self, data: bytes) -> None:
        """Take bytes that came with the answer to the handshake."""
        self._waiting.extend(self._frames.feed(data))

    async def _read(self) -> bytes:
        try:
            data = await self._reader.read(_READ_BYTES)
        except OSError:
            raise Closed(None) from None
        if not data:
            raise Closed(None)
        return data


async def open_client(
    address: Address,
    token: str | None,
    *,
    headers: Mapping[str, str] = {},
    receive_buffer_bytes: int | None = None,
) -> Client:
    """Return a connection whose handshake was accepted.

    Raises:
        Refused: It was answered, but not accepted.
        Closed: The connection ended before that.
        OSError: The node cannot be reached.
        TimeoutError: It took longer than 10 s.
    """
    own = socket.socket()
    own.setblocking(False)
    if receive_buffer_bytes is not None:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    path = "/ws" if token is None else f"/ws?token={token}"
    async with asyncio.timeout(_PATIENCE_SECONDS):
        try:
            await asyncio.get_running_loop().sock_connect(own, (address.host, address.port))
            reader, writer = await asyncio.open_connection(sock=own, limit=_READ_BYTES)
        except BaseException:
            own.close()
            raise
        writer.write(upgrade_request(address.host, address.port, path, headers))
        try:
            return await _accepted(reader, writer)
        except BaseException:
            writer.transport.abort()
            raise


async def _accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Client:
    head = AnswerReader()
    client = Client(reader, writer)
    while (whole := head.feed(await client._read())) is None:  # noqa: SLF001, RUF100 - its maker
        pass
    answer, rest = whole
    if answer.status != _SWITCHING_PROTOCOLS:
        raise Refused(answer, await _reason(reader, answer, rest))
    client.feed(rest)
    return client


async def _reason(reader: asyncio.StreamReader, answer: Answer, body: bytes) -> str | None:
    """Return the reason of a refusal's JSON body, or None when it gives none."""
    missing = int(answer.headers.get("content-length", 0)) - len(body)
    try:
        if missing > 0:
            body += await reader.readexactly(missing)
        said = json.loads(body)
    except (OSError, ValueError, asyncio.IncompleteReadError):
        return None
    reason = said.get("reason") if isinstance(said, dict) else None
    return reason if isinstance(reason, str) else None
