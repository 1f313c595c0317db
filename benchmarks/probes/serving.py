"""A server of any system in a thread of its own, and clients that speak to it over real sockets.

A probe's trials are plain functions that are called inside a running loop; the server and the
clients of the trial therefore share a second loop, in a second thread.
"""

import asyncio
import json
import secrets
import tempfile
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Final, TypeVar

import websockets
from websockets.asyncio.client import ClientConnection

from benchmarks.probes.trial import Wrong
from system_under_test.parts import Own
from system_under_test.protocol import ReferenceSystem
from system_under_test.settings import ServerSettings, ServerTimeouts
from system_under_test.tokens import issue_token

AUDIENCE: Final = "agent-backend"
CONNECTIONS_PER_USER: Final = 10
# No trial comes near it on any machine: it ends a wait for something that never comes.
PATIENCE_SECONDS: Final = 20.0
_QUICK: Final = ServerTimeouts(close_seconds=0.5, drain_seconds=5.0, first_retry_seconds=0.01)
_T = TypeVar("_T")


class Service:
    """One server, its secret, and the loop that it runs in.

    Attributes:
        secret: Key of its tokens.
        database_url: Where it keeps what it is told.
        server: The server, of the system's own making.
    """

    def __init__(self, system: ReferenceSystem, loop: asyncio.AbstractEventLoop, url: str) -> None:
        self.secret = secrets.token_hex(32)
        self.database_url = url
        self._system = system
        self._loop = loop
        self.server: Own = None

    def run(self, work: Awaitable[_T]) -> _T:
        """Return what an awaitable gives in the server's loop.

        Raises:
            Wrong: It waits for something that does not come.
        """

        async def bounded() -> _T:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await work

        try:
            return asyncio.run_coroutine_threadsafe(bounded(), self._loop).result()
        except TimeoutError:
            raise Wrong(f"something did not come within {PATIENCE_SECONDS:.0f} s") from None

    def settings(self) -> ServerSettings:
        """Return settings for a server on a free port."""
        return ServerSettings(
            token_secret=self.secret,
            port=0,
            database_url=self.database_url,
            token_audience=AUDIENCE,
            timeouts=_QUICK,
        )

    async def start(self) -> None:
        """Open the server and wait until it says that it is ready."""
        self.server = self._system.create_server(self.settings(), self._system)
        await self.server.open()
        await self.server.ready.wait()

    def token(self, user_id: str) -> str:
        """Return a good token."""
        return issue_token(user_id, self.secret, AUDIENCE)

    def knock(self, token: str | None, server: Own = None, **more: Any) -> Any:  # noqa: ANN401 - the library's own
        """Return an attempt to connect, for `async with`."""
        host, port = (server or self.server).address
        query = "" if token is None else f"?token={token}"
        return websockets.connect(f"ws://{host}:{port}/ws{query}", proxy=None, **more)


@contextmanager
def served(system: ReferenceSystem) -> Iterator[Service]:
    """Serve a system for the time of the block."""
    loop = _new_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        service = Service(system, loop, f"sqlite:///{Path(folder) / 'probe.sqlite3'}")
        try:
            service.run(service.start())
            yield service
        finally:
            if service.server is not None:
                service.run(service.server.stop())
            loop.call_soon_threadsafe(loop.stop)
            thread.join(PATIENCE_SECONDS)
            loop.close()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = new_event_loop()
    return loop


async def told(client: ClientConnection) -> dict[str, Any]:
    """Return the next frame."""
    frame: dict[str, Any] = json.loads(await client.recv())
    return frame


async def expect_welcome(client: ClientConnection, user_id: str) -> None:
    """Take the first frame, which greets this user."""
    first = await told(client)
    if (first.get("type"), first.get("user_id")) != ("welcome", user_id):
        raise Wrong(f"{user_id} was greeted by {first}")


async def expect_status(attempt: Any, status: int, what: str) -> dict[str, str]:  # noqa: ANN401 - the library's own
    """Attempt to connect, which must be refused with this status and a JSON reason.

    Returns:
        The header fields of the refusal, names in small letters.
    """
    try:
        async with attempt as client:
            ending = await _ending(client)
    except websockets.InvalidStatus as refused:
        response = refused.response
        if response.status_code != status:
            raise Wrong(f"{what} was refused with {response.status_code}, not {status}") from None
        if not json.loads(response.body).get("reason"):
            raise Wrong(f"{what} was refused without a reason") from None
        return {name.lower(): value for name, value in response.headers.raw_items()}
    raise Wrong(f"{what} was let in{ending}, not refused with {status}")


async def _ending(client: ClientConnection) -> str:
    """Return how a connection that must not be goes on."""
    try:
        first = await told(client)
    except websockets.ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else "no code"
        return f" and closed with {code}"
    return f" and told {first.get('type')}"
