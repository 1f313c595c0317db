"""What each peer that is measured as a whole server has to do, so that all do the same.

A connection shows a token, which is verified (signature, algorithm, expiry, audience) before it is
accepted; it is welcomed; `{"type": "ping", "data": ...}` is answered by a pong with the same
data; and a line `{"send": n}` on the standard input has every connected user sent n events, one
user after the other through the server's own way to one user, round by round, each round in a step
of the loop of its own.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import jwt

SECRET_VARIABLE: Final = "BACKEND_TOKEN_SECRET"
AUDIENCE: Final = "agent-backend"
_STEP: Final = {"agent": "data", "tool": "read_table", "rows": 120, "elapsed_seconds": 0.012}


def user_of(token: str | None) -> str | None:
    """Return the user whose token this is, or None when it is not valid."""
    try:
        claims = jwt.decode(
            token or "",
            os.environ[SECRET_VARIABLE],
            algorithms=["HS256"],
            audience=AUDIENCE,
            options={"require": ["exp", "aud", "sub"]},
        )
    except jwt.InvalidTokenError:
        return None
    return str(claims["sub"])


def event_of(user_id: str, sequence: int) -> dict[str, Any]:
    """Return an event of about 250 bytes, as the reference backend sends them."""
    return {
        "type": "tool_completed",
        "user_id": user_id,
        "thread_id": "thread-5f3a9c",
        "run_id": "run-8b1d44",
        "sequence": sequence,
        "emitted_at": time.time(),
        "payload": _STEP,
    }


def welcome_of(user_id: str) -> dict[str, Any]:
    """Return the first message of the server."""
    return {"type": "welcome", "user_id": user_id, "node": "peer"}


def answer_to(text: str | bytes) -> dict[str, Any] | None:
    """Return what a message is answered with, or None when it wants no answer."""
    said = json.loads(text)
    return {"type": "pong", "data": said.get("data")} if said.get("type") == "ping" else None


def announce(port: int) -> None:
    """Say on the standard output where the server listens."""
    line = {"listening": {"host": "127.0.0.1", "port": port}, "pid": os.getpid()}
    print(json.dumps(line), flush=True)


async def obey(
    users: Callable[[], Iterable[str]], send: Callable[[str, int], Awaitable[object]]
) -> None:
    """Carry out the lines of the standard input until it ends.

    Args:
        users: Returns who is connected now.
        send: Sends the event with this number to one user.
    """
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        sent = 0
        begin = time.perf_counter()
        for sequence in range(1, json.loads(line)["send"] + 1):
            for user_id in tuple(users()):
                await send(user_id, sequence)
                sent += 1
            await asyncio.sleep(0)
        print(json.dumps({"sent": sent, "seconds": time.perf_counter() - begin}), flush=True)
