"""A server in the test's own event loop, on a free port of 127.0.0.1, and clients for it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from system_under_test import reference
from system_under_test.frames import ErrorCode
from system_under_test.server import BackendServer
from system_under_test.settings import ServerLimits, ServerSettings, ServerTimeouts
from system_under_test.tokens import issue_token

SECRET = "a secret of the tests, long enough for HS256"
AUDIENCE = "agent-backend"
PATIENCE_SECONDS = 30.0
DEFAULT_LIMITS = ServerLimits()
QUICK = ServerTimeouts(close_seconds=1.0, drain_seconds=20.0, first_retry_seconds=0.01)


def in_loop(work: Coroutine[Any, Any, None], *, uvloop: bool = True) -> None:
    """Run a test's coroutine, bounded, on uvloop or on asyncio's own loop."""

    async def bounded() -> None:
        await asyncio.wait_for(work, 2 * PATIENCE_SECONDS)

    if uvloop:
        from uvloop import new_event_loop

        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(bounded())
    else:
        asyncio.run(bounded())


def settings_in(folder: Path, **changes: Any) -> ServerSettings:
    fields = {
        "token_secret": SECRET,
        "port": 0,
        "database_url": f"sqlite:///{folder / 'backend.sqlite3'}",
        "timeouts": QUICK,
        **changes,
    }
    return ServerSettings(**fields)


def system_with(**parts: Any) -> Any:
    """Return the reference with some factories replaced."""
    factories = {name: getattr(reference, name) for name in reference.__all__}
    return SimpleNamespace(**{**factories, **parts})


@asynccontextmanager
async def serving(
    settings: ServerSettings, system: Any = reference, *, wait: bool = True
) -> AsyncIterator[BackendServer]:
    server = BackendServer(settings, system)
    await server.open()
    try:
        if wait:
            await asyncio.wait_for(server.ready.wait(), PATIENCE_SECONDS)
        yield server
    finally:
        await server.stop()


def token_of(user_id: str, **changes: Any) -> str:
    return issue_token(user_id, SECRET, AUDIENCE, **changes)


def address_of(server: BackendServer, token: str | None = None) -> str:
    host, port = server.address
    query = "" if token is None else f"?token={token}"
    return f"ws://{host}:{port}/ws{query}"


def connecting(server: BackendServer, user_id: str = "user-1", **more: Any) -> Any:
    """Return the connection of a user, for `async with`; its welcome is still to be read."""
    return websockets.connect(address_of(server, token_of(user_id)), proxy=None, **more)


async def told(client: ClientConnection) -> dict[str, Any]:
    """Return the next frame."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        frame: dict[str, Any] = json.loads(await client.recv())
    return frame


async def told_until(client: ClientConnection, *kinds: str) -> list[dict[str, Any]]:
    """Return all frames up to the first of one of these kinds."""
    frames = [await told(client)]
    while frames[-1]["type"] not in kinds:
        frames.append(await told(client))
    return frames


async def greeted(client: ClientConnection) -> ClientConnection:
    assert (await told(client))["type"] == "welcome"
    return client


async def say(client: ClientConnection, text: str, **more: Any) -> None:
    await client.send(json.dumps({"type": "message", "text": text, **more}))


async def ending_of(client: ClientConnection) -> tuple[int, str]:
    """Return the code and reason with which the server closes; frames before it are passed over."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(ConnectionClosed) as caught:
            await _recv_all(client)
    closing = caught.value.rcvd
    assert closing is not None, "the connection was cut without a closing frame"
    return closing.code, closing.reason


async def _recv_all(client: ClientConnection) -> None:
    while True:
        await client.recv()


async def refusal_of(attempt: Any) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return status, header fields in small letters, and JSON body of a refused handshake."""
    try:
        async with attempt:
            raise AssertionError("it was let in")
    except websockets.InvalidStatus as refused:
        response = refused.response
        fields = {name.lower(): value for name, value in response.headers.raw_items()}
        return response.status_code, fields, json.loads(response.body)


async def fetched(server: BackendServer, path: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, header fields in small letters, and body of a plain request."""
    reader, writer = await asyncio.open_connection(*server.address)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    async with asyncio.timeout(PATIENCE_SECONDS):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    first, *lines = head.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), fields, body


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not done():
            await asyncio.sleep(0.002)


async def until_async(done: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await done():
            await asyncio.sleep(0.005)


def is_error(frame: dict[str, Any], code: ErrorCode) -> bool:
    return frame["type"] == "error" and frame["code"] == code and len(frame["reason"]) > 10
