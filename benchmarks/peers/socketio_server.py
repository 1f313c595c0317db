"""A server on python-socketio and aiohttp: one room a user."""

import uvloop
from aiohttp import web
from socketio import AsyncServer

from benchmarks.peers.duty import announce, event_of, obey, user_of, welcome_of

_server = AsyncServer(async_mode="aiohttp", max_http_buffer_size=8_192)
_users: dict[str, str] = {}


@_server.event  # type: ignore[untyped-decorator]
async def connect(session: str, environment: dict[str, object], *_: object) -> bool:
    """Admit a connection whose request carries a valid token, into the room of its user."""
    request = environment["aiohttp.request"]
    assert isinstance(request, web.BaseRequest)
    user_id = user_of(request.query.get("token"))
    if user_id is None:
        return False
    _users[session] = user_id
    await _server.enter_room(session, user_id)
    await _server.emit("welcome", welcome_of(user_id), to=session)
    return True


@_server.event  # type: ignore[untyped-decorator]
async def disconnect(session: str, *_: object) -> None:
    """Forget a connection."""
    _users.pop(session, None)


@_server.event  # type: ignore[untyped-decorator]
async def ping(session: str, said: dict[str, object]) -> None:
    """Answer with the same data."""
    await _server.emit("pong", {"type": "pong", "data": said.get("data")}, to=session)


async def _send(user_id: str, sequence: int) -> None:
    await _server.emit("event", event_of(user_id, sequence), room=user_id)


async def _serve() -> None:
    app = web.Application()
    _server.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1_024, shutdown_timeout=1)
    await site.start()
    announce(runner.addresses[0][1])
    await obey(lambda: set(_users.values()), _send)


if __name__ == "__main__":
    uvloop.run(_serve())
