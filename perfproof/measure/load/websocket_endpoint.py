"""Requests over WebSocket connections; the one file of the tool that knows picows."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Sequence

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from perfproof.errors import UseError
from perfproof.measure.load.endpoint import Asking
from perfproof.measure.load.framing import Frames
from perfproof.measure.load.ledger import Fate, Ledger
from perfproof.measure.load.matching import Matching, matching_of
from perfproof.measure.load.pacing import Pacer

__all__ = ["WebSocketEndpoint"]

_OPENED_AT_ONCE = 50
_SHOWN_BYTES = 300


class WebSocketEndpoint:
    """All connections of a run; requests go round them.

    Args:
        asking: What is asked.
        ledger: Where it is written down.
        pacer: Asked between replies whether a request is due.
    """

    def __init__(self, asking: Asking, ledger: Ledger, pacer: Pacer) -> None:
        self._asking = asking
        self._ledger = ledger
        self._pacer = pacer
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

    def ask(self, numbers: Sequence[int]) -> None:
        """Send these requests now, those of a connection in one piece."""
        links = self._links
        touched = []
        for number in numbers:
            link = links[number % len(links)]
            if not link.pending:
                touched.append(link)
            link.pending.append(number)
        for link in touched:
            link.flush()

    def missing(self) -> int:
        """Events that answered requests should have had and that did not come so far."""
        return sum(link.missing() for link in self._links)

    async def close(self) -> None:
        """Close every connection."""
        for link in self._links:
            link.close()
        await asyncio.sleep(0)

    async def _connect(self, number: int) -> _Link:
        asking = self._asking
        link = _Link(self._ledger, self._pacer, matching_of(asking, number))
        link.frames = Frames(asking, number)
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


class _Link(WSListener):
    """One connection, and which of its requests wait for their reply.

    Attributes:
        pending: Requests to be sent with the next flush.
        frames: How they look.
    """

    frames: Frames

    def __init__(self, ledger: Ledger, pacer: Pacer, matching: Matching) -> None:
        self.pending: list[int] = []
        self._ledger = ledger
        self._pacer = pacer
        self._matching = matching
        self._transport: WSTransport | None = None
        self._descriptor: int | None = None
        self._waiting: deque[int] = deque()
        self._parts: list[bytes] = []
        self._answered = 0
        self._events = [0] * len(matching.events)
        self._closed = "the connection was not open"

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        if not transport.is_secure:
            self._descriptor = transport.underlying_transport.get_extra_info("socket").fileno()

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
        self._pacer.catch_up()

    def flush(self) -> None:
        """Send what is pending, in one piece."""
        numbers, self.pending = self.pending, []
        for number in numbers:
            self._ledger.sent(number)
        if self._transport is None:
            for number in numbers:
                self._ledger.done(number, Fate.LOST, self._closed)
            return
        self._waiting.extend(numbers)
        self._write(b"".join(map(self.frames.frame, numbers)))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.send_close()
            self._transport.disconnect()

    def _write(self, frames: bytes) -> None:
        """Now, where the socket takes it: an event loop would write when its turn is over."""
        assert self._transport is not None
        below = self._transport.underlying_transport
        written = 0
        free = not below.is_closing() and not below.get_write_buffer_size()
        if free and self._descriptor is not None:
            try:
                written = os.write(self._descriptor, frames)
            except OSError:
                written = 0  # full, or broken: the transport waits, or tells
        if written < len(frames):
            below.write(frames[written:])

    def _heard(self, payload: bytes) -> None:
        matching = self._matching
        number = matching.number(payload)
        if matching.is_astray(payload, number):
            self._ledger.strayed(_shown(payload))
            return
        for place, (text, _) in enumerate(matching.events):
            self._events[place] += text in payload
        fate = matching.fate(payload)
        if fate is None:
            return
        if matching.prefix is None:
            number = self._waiting.popleft() if self._waiting else None
        if number is not None:
            said = _shown(payload) if fate is Fate.REFUSED else None
            self._answered += self._ledger.done(number, fate, said) and fate is Fate.ANSWERED
        # What was answered leaves from the left as far as it goes; the rest is few.
        while self._waiting and self._ledger.fate[self._waiting[0]]:
            self._waiting.popleft()

    def missing(self) -> int:
        """Events that this connection's answered requests should have had; others may have some."""
        return sum(
            max(0, count * self._answered - seen)
            for (_, count), seen in zip(self._matching.events, self._events, strict=True)
        )


def _shown(payload: bytes) -> str:
    return payload[:_SHOWN_BYTES].decode("utf-8", "replace")
