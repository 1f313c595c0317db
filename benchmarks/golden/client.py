"""One user's client: a picows connection that stamps each frame and keeps it for later."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final, TypeVar

import msgspec
from picows import WSCloseCode, WSFrame, WSHandshakeError, WSListener, WSMsgType, WSTransport
from picows import ws_connect as open_websocket

from benchmarks.golden.conversation import Recording, type_of

_T = TypeVar("_T")
_BUFFER_BYTES: Final = 2_048
# A server that never stops talking must not fill the memory of its client.
_MOST_FRAMES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Door:
    """Where a server is reached, and how a user shows who it is.

    Attributes:
        url: `ws://127.0.0.1:PORT/ws`.
        token_of: The signed token of a user.
    """

    url: str
    token_of: Callable[[str], str]


class RefusedError(Exception):
    """The handshake was answered with something else than 101.

    Attributes:
        status: HTTP status.
        retry_after: The header of that name, if there was one.
    """

    def __init__(self, status: int, retry_after: str | None, body: str) -> None:
        super().__init__(status, retry_after, body)
        self.status = status
        self.retry_after = retry_after
        self.body = body

    def __str__(self) -> str:
        return f"the handshake was refused with {self.status}: {self.body[:120]!r}"


class Client(WSListener):  # type: ignore[misc, unused-ignore] # compiled, without types at run time
    """One connection. Its futures end with the welcome, the answer and the end of the connection.

    Args:
        user_id: Whose connection it is.

    Attributes:
        frames: Every text frame, and when it was read, by `perf_counter`.
        odd: What else arrived that should not, if anything did.
        welcomed: Done with the welcome, or when there will be none.
        ended: Done with the answer, an error of the server, or the end of the connection.
        gone: Done with the code of the server's close frame; None when it sent none.
    """

    def __init__(self, user_id: str) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()
        self.user_id = user_id
        self.frames: list[tuple[float, bytes]] = []
        self.odd: str | None = None
        self.welcomed: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[int | None] = loop.create_future()
        self._transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the way out."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Stamp a frame and keep it."""
        now = perf_counter()
        if frame.msg_type is WSMsgType.CLOSE:
            if not transport.is_close_frame_sent:
                transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        if frame.msg_type is WSMsgType.PONG:
            return
        if frame.msg_type is not WSMsgType.TEXT or not frame.fin:
            self.odd = self.odd or "a frame that is no whole text"
            return
        data = frame.get_payload_as_bytes()
        self.frames.append((now, data))
        self._notice(data)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Nothing more will come."""
        # None when no close frame passed, whatever picows' types say.
        received = getattr(transport.close_handshake, "recv", None)
        _finish(self.welcomed)
        _finish(self.ended)
        if not self.gone.done():
            self.gone.set_result(None if received is None else int(received.code.value))

    def send(self, data: bytes) -> None:
        """Write one text frame.

        Raises:
            ConnectionError: There is no connection any more.
        """
        if self._transport is None or self._transport.is_disconnected:
            raise ConnectionResetError("the connection is gone")
        self._transport.send(WSMsgType.TEXT, data)

    def say_goodbye(self) -> None:
        """Send the close frame; what the server wrote before it answers that is still kept."""
        transport = self._transport
        if transport is None or transport.is_disconnected or transport.is_close_frame_sent:
            return
        transport.send_close(WSCloseCode.OK)

    def cut(self) -> None:
        """End the connection without a word."""
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.disconnect(graceful=False)

    def _notice(self, data: bytes) -> None:
        try:
            kind = type_of(data).type
        except msgspec.MsgspecError:
            kind = "error"  # what it was is told when the recording is judged
        if kind == "welcome":
            _finish(self.welcomed)
        elif kind in ("answer", "error") or len(self.frames) > _MOST_FRAMES:
            _finish(self.ended)


async def connect(door: Door, user_id: str, handshake_seconds: float) -> Client:
    """Open one connection; the welcome may still be on its way.

    Raises:
        RefusedError: The server answered and refused.
        OSError: There is nobody, or the connection was cut.
        TimeoutError: No answer in time.
    """
    try:
        # picows bounds the handshake and cleans up after it; the outer bound is for TCP alone.
        async with asyncio.timeout(2 * handshake_seconds):
            _, client = await open_websocket(
                lambda: Client(user_id),
                door.url,
                websocket_handshake_timeout=handshake_seconds,
                logger_name="golden",
                extra_headers={"Authorization": f"Bearer {door.token_of(user_id)}"},
                read_buffer_init_size=_BUFFER_BYTES,
                max_redirects=0,
            )
    except WSHandshakeError as exc:
        if exc.response is None:
            raise ConnectionResetError(f"cut in the handshake: {exc}") from exc
        body = (exc.raw_body or b"").decode("utf-8", "replace")
        retry_after = exc.response.headers.get("Retry-After")
        raise RefusedError(int(exc.response.status), retry_after, body) from exc
    if not isinstance(client, Client):  # picows: the connection was lost before any answer
        raise ConnectionResetError("cut in the handshake")
    return client


def message_of(recording: Recording, text: str) -> bytes:
    """Return the message of a conversation, as it goes over the wire."""
    return msgspec.json.encode(
        {
            "type": "message",
            "text": text,
            "message_id": recording.message_id,
            "thread_id": recording.thread_id,
        }
    )


def run(work: Awaitable[_T]) -> _T:
    """Run a coroutine on uvloop, where it is installed, so that the client costs little."""
    make: Callable[[], asyncio.AbstractEventLoop] | None = None
    try:
        import uvloop

        make = uvloop.new_event_loop
    except ImportError:
        pass

    async def whole() -> _T:
        return await work

    with asyncio.Runner(loop_factory=make) as runner:
        return runner.run(whole())


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
