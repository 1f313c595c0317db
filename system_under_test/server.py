"""The one file that opens the port: HTTP and WebSocket on it, from first knock to last farewell.

The port is open before the parts are there, so that a client who comes too early hears 503 and when
to come back. `picows` parses and writes frames in C straight on the socket: of the libraries that
were measured it needs the least time of the processor for an event, by a factor of three.
"""

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from picows import WSAutoPingStrategy, WSUpgradeRequest, WSUpgradeResponseWithListener

from system_under_test.admission import SOCKET_PATH, Admission, Knock, Refusal
from system_under_test.encoding import encode_event
from system_under_test.errors import BackendError
from system_under_test.frames import ErrorCode, FrameError, Ping, pong, read_frame, welcome
from system_under_test.golden_path import GoldenPath
from system_under_test.page import page_bytes
from system_under_test.plain_http import health_answer, page_answer, refusal_answer
from system_under_test.readiness import Factories, Readiness
from system_under_test.settings import ServerSettings
from system_under_test.socket_connection import BoundedProtocol, SocketConnection
from system_under_test.tokens import issue_token
from system_under_test.upkeep import Upkeep

_log: Final = logging.getLogger(__name__)
# picows makes a logger for each connection unless it is given something that is no Logger.
_picows_log: Final = logging.LoggerAdapter(logging.getLogger("picows.server"), {})
# The smallest that picows takes; it grows up to what the longest message needs.
_READ_BUFFER_BYTES: Final = 2_048
_SEND_BUFFER_BYTES: Final = 65_536
_BACKLOG: Final = 4_096
_INVALID_TEXT: Final = 1007
_TRY_AGAIN_LATER: Final = 1013


class BackendServer:
    """A server: `open` it, wait until it is ready, `stop` it.

    Args:
        settings: What it is told.
        system: Makes its parts.
    """

    def __init__(self, settings: ServerSettings, system: Factories) -> None:
        self.settings = settings
        self.system = system
        self.readiness = Readiness(settings, system)
        self.admission = Admission(
            settings,
            system.create_verifier(settings.token_secret, settings.token_audience),
            self.readiness.phase,
        )
        self.path: GoldenPath | None = None
        self.ready = asyncio.Event()
        self._connections: set[SocketConnection] = set()
        self.upkeep = Upkeep(self.readiness, settings.timeouts, self._connections)
        self._starting: asyncio.Task[None] | None = None
        self._looking_after: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on.

        Raises:
            RuntimeError: It is not open.
        """
        if self._server is None:
            raise RuntimeError("the server is not open; await open() first")
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    @property
    def connections(self) -> frozenset[SocketConnection]:
        """Connections that are open now."""
        return frozenset(self._connections)

    async def open(self) -> None:
        """Open the port and begin to become ready.

        Raises:
            OSError: The port cannot be had.
        """
        loop = asyncio.get_running_loop()
        settings = self.settings
        listening = socket.create_server(
            (settings.host, settings.port), family=_family(settings.host), backlog=_BACKLOG
        )
        # Inherited by every connection: what a slow reader makes the kernel keep is bounded too.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._server = await loop.create_server(self._protocol, sock=listening, backlog=_BACKLOG)
        self._starting = loop.create_task(self._become_ready())
        self._looking_after = loop.create_task(self.upkeep.go_on())

    async def stop(self) -> int:
        """Take nothing new, answer what was promised, close everything; return what was cut off.

        Handshakes are refused meanwhile with 503. Messages in work have `drain_seconds` to be
        answered and every connection `close_seconds` to take what was written to it.
        """
        try:
            return await self._farewell()
        finally:
            # Also when that is cancelled: uvloop would wait for the open port when it closes.
            if self._server is not None:
                self._server.close()
            for connection in tuple(self._connections):
                connection.abort()

    async def _farewell(self) -> int:
        self.readiness.stop()
        await _cancelled(self._starting)
        cut_off = 0
        if self.path is not None:
            cut_off = await self.path.drain(self.settings.timeouts.drain_seconds)
        await _cancelled(self._looking_after)
        services = self.readiness.services
        if services is not None:
            await self._until(self._all_flushed)
            services.manager.shut_down()
        await self._until(lambda: not self._connections)
        if self.readiness.link is not None:
            await self.readiness.link.stop()
        if services is not None:
            await services.database.close()
        return cut_off

    def decide(self, request: WSUpgradeRequest) -> SocketConnection | WSUpgradeResponseWithListener:
        """Answer a request: with a connection, or with plain HTTP."""
        try:
            return self._decide(request)
        except Exception:  # picows would answer with the text of whatever was raised
            _log.exception("a request could not be answered")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            reason = "the server failed at this request; its log says why"
            return refusal_answer(Refusal(status, "internal", reason))

    def _decide(
        self, request: WSUpgradeRequest
    ) -> SocketConnection | WSUpgradeResponseWithListener:
        target = request.path.decode("latin-1")
        path = target.partition("?")[0]
        if path != SOCKET_PATH:
            return self._answer_page(path)
        decision = self.admission.decide(Knock(target, request.headers))
        if isinstance(decision, Refusal):
            _log.info("refused a connection: %s %s", decision.code, decision.noted or "")
            return refusal_answer(decision)
        if request.headers.get("Upgrade", "").lower() != "websocket":
            # Behind the decision, so that a page can ask why its handshake was refused: browsers
            # hide it.
            status = HTTPStatus.UPGRADE_REQUIRED
            reason = "this address speaks WebSocket only; connect with a WebSocket client"
            return refusal_answer(Refusal(status, "upgrade_required", reason))
        # Firefox says "keep-alive, Upgrade", which picows compares with "upgrade" as a whole.
        if "upgrade" in request.headers.get("Connection", "").lower():
            request.headers["Connection"] = "upgrade"
        limits = self.settings.limits
        return SocketConnection(
            self,
            decision,
            limits.message_bytes,
            limits.write_buffer_bytes,
            self.settings.timeouts.close_seconds,
        )

    def arrived(self, connection: SocketConnection) -> None:
        """Count a connection, greet it, and give it what waited for its user."""
        user_id = connection.identity.user_id
        self._connections.add(connection)
        self.admission.enter(user_id)
        seconds = self.settings.timeouts.heartbeat_seconds
        connection.write(encode_event(welcome(user_id, self.settings.node, seconds)))
        services = self.readiness.services
        assert services is not None, "admitted before ready"
        try:
            services.manager.connect(user_id, connection)
        except BackendError as error:
            # Only a manager whose limit is another than the handshake's comes here.
            connection.close(_TRY_AGAIN_LATER, str(error))

    def received(self, connection: SocketConnection, data: bytes) -> None:
        """Take one message of a client."""
        try:
            frame = read_frame(data)
            if isinstance(frame, Ping):
                connection.write(pong(frame))
            else:
                assert self.path is not None, "admitted before ready"
                self.path.take(connection.identity.user_id, frame)
        except FrameError as error:
            if error.code is ErrorCode.BAD_JSON and not _is_text(data):
                connection.close(_INVALID_TEXT, "a text frame holds UTF-8")
            else:
                connection.refuse(error)

    def left(self, connection: SocketConnection) -> None:
        """Forget a connection; what waits for it waits for the user's return."""
        if connection in self._connections:
            self._connections.discard(connection)
            self.admission.leave(connection.identity.user_id)
            if self.readiness.services is not None:
                self.readiness.services.manager.disconnect(connection)

    def filled(self, connection: SocketConnection) -> None:
        """Let what comes for a connection wait."""
        if self.readiness.services is not None:
            self.readiness.services.manager.pause(connection)

    def emptied(self, connection: SocketConnection) -> None:
        """Write what waited for a connection."""
        if self.readiness.services is not None:
            self.readiness.services.manager.resume(connection)

    def _protocol(self) -> BoundedProtocol:
        return BoundedProtocol(
            host_port=None,
            ws_path=None,
            is_client_side=False,
            ws_listener_factory=self.decide,
            logger=_picows_log,
            disconnect_on_exception=True,
            websocket_handshake_timeout=self.settings.timeouts.handshake_seconds,
            # Pings are ours: one look at all connections costs less than a task for each.
            enable_auto_ping=False,
            auto_ping_idle_timeout=0.0,
            auto_ping_reply_timeout=0.0,
            auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            # So are pongs, because every frame must be counted.
            enable_auto_pong=False,
            # A frame is bounded while it comes in; see BoundedProtocol.
            max_frame_size=sys.maxsize,
            extra_headers=None,
            read_buffer_init_size=_READ_BUFFER_BYTES,
        )

    def _answer_page(self, path: str) -> WSUpgradeResponseWithListener:
        if path == "/":
            return page_answer(page_bytes(self._demo_token()))
        if path == "/healthz":
            health = self.health()
            seconds = self.settings.timeouts.retry_after_seconds
            return health_answer(health, ready=health["ready"], retry_after_seconds=seconds)
        reason = "nothing is here; / is the page, /healthz the health, /ws the WebSocket"
        return refusal_answer(Refusal(HTTPStatus.NOT_FOUND, "not_found", reason))

    def health(self) -> dict[str, Any]:
        """Return what `/healthz` tells."""
        in_work = 0 if self.path is None else self.path.in_work
        return self.readiness.health(len(self._connections), in_work)

    def _demo_token(self) -> str | None:
        user = self.settings.demo_user
        if user is None:
            return None
        return issue_token(user, self.settings.token_secret, self.settings.token_audience)

    async def _become_ready(self) -> None:
        try:
            services = await self.readiness.bring_up()
        except Exception:  # nobody waits for this task: only the log can say it
            _log.exception("a part failed, and the server cannot become ready")
            return
        self.path = GoldenPath(services, self.settings.limits)
        self.ready.set()

    def _all_flushed(self) -> bool:
        return not any(connection.waiting_bytes() for connection in self._connections)

    async def _until(self, done: Callable[[], bool]) -> None:
        """Wait for something, at most as long as a connection has to close."""
        end = time.monotonic() + self.settings.timeouts.close_seconds
        while not done() and time.monotonic() < end:
            await asyncio.sleep(0.005)


async def _cancelled(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait((task,))


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
