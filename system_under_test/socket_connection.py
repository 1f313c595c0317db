"""One user's WebSocket: a door for the manager, and the client's frames put together and bounded.

`picows` speaks the protocol; what is left to us is what it leaves open. It would buffer a frame of
any size that the header announces, so `BoundedProtocol` counts the bytes that belong to no whole
frame yet and refuses the frame as soon as they are too many. A refused client may still be sending,
and closing a socket with unread bytes resets it, which would take the reason for the refusal away
from the client: what still comes is read into one shared scratch buffer, for a bounded time.
"""

import asyncio
from contextlib import suppress
from typing import Final, Protocol

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # its stubs leave it out

from system_under_test.encoding import encode_event
from system_under_test.frames import ErrorCode, FrameError, error_frame
from system_under_test.tokens import Identity

TEXT: Final = WSMsgType.TEXT
# Of a client's frame: two bytes, eight of length, four of mask.
LONGEST_HEADER: Final = 14
_CLOSE_CODES: Final = {code.value: code for code in WSCloseCode}
# Of a close frame: 125 bytes for a control frame, two of them for the code.
_LONGEST_REASON: Final = 123
_scratch: Final = memoryview(bytearray(65_536))


class ConnectionClosedError(OSError):
    """Somebody wrote to a connection that is closed, or about to be."""


class SocketOwner(Protocol):
    """Whoever is told what happens on a socket."""

    def arrived(self, connection: "SocketConnection") -> None:
        """Take a connection that was just made."""

    def received(self, connection: "SocketConnection", data: bytes) -> None:
        """Take one whole text message."""

    def left(self, connection: "SocketConnection") -> None:
        """Forget a connection that is gone."""

    def filled(self, connection: "SocketConnection") -> None:
        """Stop writing: its buffer is full."""

    def emptied(self, connection: "SocketConnection") -> None:
        """Go on writing."""


class SocketConnection(WSListener):
    """A connection over a socket; `system_under_test.connection.Connection` for the manager.

    Args:
        owner: Whom to tell.
        identity: Whose connection it is.
        message_bytes: The longest message that is taken.
        write_buffer_bytes: From how many waiting bytes on it counts as full.
        close_seconds: How long the other end has to take what was written and to close.
    """

    __slots__ = (
        "_close_seconds",
        "_closing",
        "_cut_off",
        "_message_bytes",
        "_owner",
        "_parts",
        "_transport",
        "_write_buffer_bytes",
        "full",
        "heard",
        "identity",
        "longest_unfinished",
        "unfinished_bytes",
        "unheard_looks",
    )

    def __init__(
        self,
        owner: SocketOwner,
        identity: Identity,
        message_bytes: int,
        write_buffer_bytes: int,
        close_seconds: float,
    ) -> None:
        self._owner = owner
        self.identity = identity
        self._message_bytes = message_bytes
        self._write_buffer_bytes = write_buffer_bytes
        self._close_seconds = close_seconds
        self._transport: WSTransport | None = None
        self._closing = False
        self._cut_off: asyncio.TimerHandle | None = None
        self._parts: bytearray | None = None
        self.full = False
        self.heard = True
        self.unheard_looks = 0
        self.unfinished_bytes = 0
        self.longest_unfinished = message_bytes + LONGEST_HEADER

    def write(self, data: bytes, /) -> None:
        """Send one text message.

        Raises:
            ConnectionClosedError: It is closed, or about to be.
        """
        transport = self._transport
        if transport is None or self._is_ending(transport):
            raise ConnectionClosedError("the connection is closed")
        transport.send(TEXT, data)

    def close(self, code: int, reason: str, /) -> None:
        """Send the closing frame; cut off whoever does not answer it in time."""
        transport = self._transport
        if transport is None or self._closing:
            return
        self._closing = True
        transport.send_close(_CLOSE_CODES[code], reason.encode()[:_LONGEST_REASON])
        # A full connection was not read from, and its answer could not be seen.
        _read_again(transport)
        self._abort_later(transport)

    def refuse(self, error: FrameError) -> None:
        """Tell the client what is wrong with what it sent; the connection stays."""
        if self._transport is not None and not self._is_ending(self._transport):
            self.write(encode_event(error_frame(error)))

    def ping(self) -> None:
        """Ask for a sign of life."""
        if self._transport is not None and not self._closing:
            self._transport.send_ping()

    def abort(self) -> None:
        """Cut the connection off at once."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def waiting_bytes(self) -> int:
        """Return how many bytes of what was written the system has not taken yet."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return 0
        return int(transport.underlying_transport.get_write_buffer_size())

    def refuse_long(self) -> None:
        """Refuse a message that is too long, and read nothing more of it into memory."""
        transport = self._transport
        if transport is None:
            return
        if not self._closing:
            limit = self._message_bytes
            reason = f"a message has at most {limit} bytes; send less at once"
            self.refuse(FrameError(ErrorCode.TOO_LARGE, reason))
            self.close(WSCloseCode.MESSAGE_TOO_BIG.value, reason)
        underlying = transport.underlying_transport
        if not isinstance(underlying.get_protocol(), _Discarding):
            underlying.set_protocol(_Discarding(underlying.get_protocol()))
            # Its answer would be discarded too: the end of our side is what makes it close.
            with suppress(OSError, RuntimeError):
                underlying.write_eof()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Begin: the handshake is done."""
        self._transport = transport
        # They were read at the handshake and would be kept as long as the connection.
        transport.request.headers.clear()
        transport.underlying_transport.set_write_buffer_limits(high=self._write_buffer_bytes)
        self._owner.arrived(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take one frame."""
        self.heard = True
        self.unfinished_bytes = frame.tail_size
        kind = frame.msg_type
        if self._is_ending(transport) and kind != WSMsgType.CLOSE:
            return
        if kind == TEXT and frame.fin and self._parts is None:
            if frame.payload_size > self._message_bytes:
                self.refuse_long()
            elif frame.rsv1 or frame.rsv2 or frame.rsv3:
                self._break_off(WSCloseCode.PROTOCOL_ERROR, "a reserved bit is set")
            else:
                self._owner.received(self, frame.get_payload_as_bytes())
        else:
            self._on_other_frame(transport, frame, kind)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """End: the socket is gone."""
        del transport
        self._closing = True
        # The transport refers back to this object, and the timer to the transport.
        self._transport = None
        if self._cut_off is not None:
            self._cut_off.cancel()
        self._owner.left(self)

    def pause_writing(self) -> None:
        """Stop: the buffer is full. Nothing is read meanwhile, since answers would fill it more."""
        self.full = True
        self._owner.filled(self)
        if self._transport is not None and not self._closing:
            with suppress(RuntimeError):  # it is gone already
                self._transport.underlying_transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on: there is room in the buffer."""
        self.full = False
        if self._transport is not None:
            _read_again(self._transport)
        self._owner.emptied(self)

    def _on_other_frame(self, transport: WSTransport, frame: WSFrame, kind: WSMsgType) -> None:
        """Take what is no whole text message."""
        if kind == WSMsgType.CLOSE:
            if not transport.is_close_frame_sent:
                transport.send_close(WSCloseCode.OK)
            self._closing = True
            transport.disconnect()
            self._abort_later(transport)
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._break_off(WSCloseCode.PROTOCOL_ERROR, "a reserved bit is set")
        elif kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.BINARY:
            self._break_off(WSCloseCode.UNSUPPORTED_DATA, "send text frames only")
        elif kind in (TEXT, WSMsgType.CONTINUATION):
            self._on_part(frame, begins=kind == TEXT)

    def _on_part(self, frame: WSFrame, *, begins: bool) -> None:
        """Put a message in several frames together."""
        if begins is (self._parts is not None):
            self._break_off(WSCloseCode.PROTOCOL_ERROR, "a part of a message is out of order")
            return
        parts = bytearray() if self._parts is None else self._parts
        if len(parts) + frame.payload_size > self._message_bytes:
            self.refuse_long()
            return
        parts += frame.get_payload_as_memoryview()
        self._parts = None if frame.fin else parts
        if frame.fin:
            self._owner.received(self, bytes(parts))

    def _is_ending(self, transport: WSTransport) -> bool:
        # picows closes by itself when the protocol is broken, and goes on reading for a moment.
        return self._closing or transport.is_close_frame_sent

    def _break_off(self, code: WSCloseCode, reason: str) -> None:
        self.close(code.value, reason)

    def _abort_later(self, transport: WSTransport) -> None:
        # Without this, an end that takes nothing more would keep its socket and buffer for ever.
        if self._cut_off is None:
            abort = transport.underlying_transport.abort
            self._cut_off = asyncio.get_running_loop().call_later(self._close_seconds, abort)


def _read_again(transport: WSTransport) -> None:
    with suppress(RuntimeError):  # it is gone already
        transport.underlying_transport.resume_reading()


class BoundedProtocol(WSProtocol):  # type: ignore[misc]  # untyped, as its import
    """picows' protocol, which takes no more of a frame than the longest message has."""

    def buffer_updated(self, nbytes: int) -> None:
        """Take bytes that were read."""
        connection = self.listener
        if connection is None:
            # The handshake, which picows bounds itself.
            WSProtocol.buffer_updated(self, nbytes)
            return
        connection.unfinished_bytes += nbytes
        WSProtocol.buffer_updated(self, nbytes)
        if connection.unfinished_bytes > connection.longest_unfinished:
            connection.refuse_long()


class _Discarding(asyncio.BufferedProtocol):
    """Reads what nobody wants any more, into one place for all connections."""

    def __init__(self, before: asyncio.BaseProtocol) -> None:
        self._before = before

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        return _scratch

    def buffer_updated(self, nbytes: int) -> None:
        """Forget them."""

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._before.connection_lost(exc)
