"""Requests over WebSocket connections; the one file of the tool that knows picows."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from perfproof.errors import UseError
from perfproof.measure.load.endpoint import Asking
from perfproof.measure.load.ledger import Fate, Ledger

__all__ = ["WebSocketEndpoint"]

_DIGITS = 8
_OPENED_AT_ONCE = 50
_SHOWN_BYTES = 300


class WebSocketEndpoint:
    """All connections of a run; requests go round them.

    Args:
        asking: What is asked.
        ledger: Where it is written down.
    """

    def __init__(self, asking: Asking, ledger: Ledger) -> None:
        self._asking = asking
        self._ledger = ledger
        self._links: list[_Link] = []

    async def open(self) -> None:
        """Open every connection, some at a time.

        Raises:
            UseError: One cannot be opened.
        """
        gate = asyncio.Semaphore(_OPENED_AT_ONCE)

        async def one(number: int) -> _Link:
            async with gate:
                return await self._connect(number)

        self._links = list(await asyncio.gather(*map(one, range(self._asking.connections))))

    def ask(self, number: int) -> None:
        """Send request ``number`` now; its fate goes into the ledger."""
        link = self._links[number % len(self._links)]
        self._ledger.sent(number)
        link.send(number, self._asking.message(number))

    async def close(self) -> None:
        """Close every connection."""
        for link in self._links:
            link.close()
        await asyncio.sleep(0)

    async def _connect(self, number: int) -> _Link:
        asking = self._asking
        matching = _Matching(
            asking.answered.encode(),
            None if asking.refused is None else asking.refused.encode(),
            asking.run.encode() if asking.has_id else None,
        )
        link = _Link(self._ledger, matching, lambda each: each % asking.connections == number)
        try:
            await asyncio.wait_for(
                ws_connect(
                    lambda: link,
                    asking.url(number),
                    extra_headers=asking.headers(number),
                    websocket_handshake_timeout=asking.timeout_seconds,
                    max_redirects=0,
                ),
                asking.timeout_seconds,
            )
        except Exception as exc:
            # Whatever went wrong below, nothing was asked yet: the address or the server is it.
            raise UseError(
                f"connection {number} cannot be opened: {type(exc).__name__}: {str(exc)[:200]}",
                where=asking.shown_url,
                remedy="start the server, or correct url, headers and tokens",
            ) from exc
        return link


@dataclass(frozen=True, slots=True)
class _Matching:
    answered: bytes
    refused: bytes | None
    prefix: bytes | None

    def fate(self, payload: bytes) -> Fate | None:
        if self.refused is not None and self.refused in payload:
            return Fate.REFUSED
        return Fate.ANSWERED if self.answered in payload else None


class _Link(WSListener):
    """One connection, and which of its requests wait for their reply."""

    def __init__(self, ledger: Ledger, matching: _Matching, is_mine: Callable[[int], bool]) -> None:
        self._ledger = ledger
        self._is_mine = is_mine
        self._matching = matching
        self._transport: WSTransport | None = None
        self._waiting: deque[int] = deque()
        self._parts: list[bytes] = []
        self._closed = "the connection was not open"

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        # A connection that is torn down, by a server that died, say, has no handshake at all.
        received = getattr(transport.close_handshake, "recv", None)
        how = f" with {received.code} {received.reason}" if received else ""
        self._closed = f"the connection was closed{how}"
        self._transport = None
        for number in self._waiting:
            self._ledger.done(number, Fate.LOST, self._closed)
        self._waiting.clear()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
            return
        if frame.msg_type not in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            return
        payload = frame.get_payload_as_bytes()
        if self._parts or not frame.fin:
            self._parts.append(payload)
            if not frame.fin:
                return
            payload = b"".join(self._parts)
            self._parts.clear()
        self._heard(payload)

    def send(self, number: int, message: str) -> None:
        if self._transport is None:
            self._ledger.done(number, Fate.LOST, self._closed)
            return
        self._waiting.append(number)
        self._transport.send(WSMsgType.TEXT, message.encode())

    def close(self) -> None:
        if self._transport is not None:
            self._transport.send_close()
            self._transport.disconnect()

    def _heard(self, payload: bytes) -> None:
        fate = self._matching.fate(payload)
        if fate is None:
            return
        number = self._whose(payload)
        if number is None:
            return
        if not self._is_mine(number):
            self._ledger.astray += 1
            return
        said = payload[:_SHOWN_BYTES].decode("utf-8", "replace")
        self._ledger.done(number, fate, said if fate is Fate.REFUSED else None)

    def _whose(self, payload: bytes) -> int | None:
        prefix = self._matching.prefix
        if prefix is None:
            return self._waiting.popleft() if self._waiting else None
        place = payload.find(prefix)
        digits = payload[place + len(prefix) : place + len(prefix) + _DIGITS]
        try:
            number = int(digits, 16) if place >= 0 else -1
        except ValueError:
            return None
        # What was answered leaves from the left as far as it goes; the rest is few.
        while self._waiting and self._ledger.fate[self._waiting[0]]:
            self._waiting.popleft()
        return number if number >= 0 else None
