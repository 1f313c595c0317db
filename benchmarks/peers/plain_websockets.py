"""A server on plain `websockets`: a dictionary of users, json, and the library's own loop."""

import json
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from benchmarks.peers.duty import announce, answer_to, event_of, obey, user_of, welcome_of

_users: dict[str, set[ServerConnection]] = {}


def _token(path: str) -> str | None:
    return parse_qs(urlsplit(path).query).get("token", [None])[0]


def _admit(connection: ServerConnection, request: Request) -> Response | None:
    if user_of(_token(request.path)) is None:
        return connection.respond(HTTPStatus.UNAUTHORIZED, '{"reason": "no valid token"}\n')
    return None


async def _talk(connection: ServerConnection) -> None:
    user_id = user_of(_token(connection.request.path)) if connection.request else None
    if user_id is None:
        return
    _users.setdefault(user_id, set()).add(connection)
    try:
        await connection.send(json.dumps(welcome_of(user_id)))
        async for text in connection:
            answer = answer_to(text)
            if answer is not None:
                await connection.send(json.dumps(answer))
    except ConnectionClosed:
        pass  # how it ended is of no interest
    finally:
        _users[user_id].discard(connection)
        if not _users[user_id]:
            del _users[user_id]


async def _send(user_id: str, sequence: int) -> None:
    text = json.dumps(event_of(user_id, sequence))
    for connection in tuple(_users.get(user_id, ())):
        await connection.send(text)


async def _serve() -> None:
    options = {"process_request": _admit, "max_size": 8_192, "backlog": 1_024}
    async with serve(_talk, "127.0.0.1", 0, **options) as server:  # type: ignore[arg-type]
        announce(next(iter(server.sockets)).getsockname()[1])
        await obey(lambda: _users, _send)


if __name__ == "__main__":
    uvloop.run(_serve())
