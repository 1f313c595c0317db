"""Two real server processes behind one user; Redis, and then one of them, is killed."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from benchmarks.servers import Unavailable
from benchmarks.servers.backend import Backend, BackendOptions
from benchmarks.servers.redis_server import RedisServer, redis_server
from tests.system_under_test.server_harness import (
    greeted,
    in_loop,
    say,
    told,
    told_until,
)

TEXT = "Costs were 10, 20 and 30 in March."
SECRET = "one secret for both servers, long enough for HS256"
PATIENCE_SECONDS = 30.0


def backend(name: str, redis_url: str, folder: Path) -> Backend:
    variables = {"BACKEND_REDIS_URL": redis_url, "BACKEND_NODE": name}
    variables["BACKEND_TOKEN_SECRET"] = SECRET
    server = Backend(
        BackendOptions(database_url=f"sqlite:///{folder / 'shared.sqlite3'}", variables=variables)
    )
    server.secret = SECRET
    return server


def visiting(server: Backend, user_id: str = "user-1") -> Any:
    return websockets.connect(f"{server.url}?token={server.token(user_id)}", proxy=None)


def health(server: Backend) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://{server.address}/healthz", timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def bridge_is(server: Backend, state: str) -> bool:
    return bool(health(server)["bridge"] == state)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)


async def heard(client: ClientConnection) -> tuple[list[str], str]:
    """Return the types of the frames up to an answer, and its text."""
    frames = await told_until(client, "answer", "error")
    return [frame["type"] for frame in frames], frames[-1].get("text", "")


def with_two_servers(
    folder: Path, check: Callable[[RedisServer, Backend, Backend], Coroutine[Any, Any, None]]
) -> None:
    try:
        with redis_server() as redis:
            servers = [backend(name, redis.url, folder) for name in ("left", "right")]
            try:
                for server in servers:
                    server.wait_ready()

                in_loop(check(redis, *servers))
            finally:
                for server in servers:
                    server.stop()
    except Unavailable as missing:
        pytest.skip(str(missing))


def test_a_user_at_two_servers_sees_everything_at_both_through_the_loss_of_redis(
    tmp_path: Path,
) -> None:
    async def check(redis: RedisServer, left: Backend, right: Backend) -> None:
        async with visiting(left) as one, visiting(right) as two, visiting(right, "user-2") as far:
            for client in (one, two, far):
                await greeted(client)
            await meeting(one, two)
            redis.kill()
            for server in (left, right):
                await until(partial(bridge_is, server, "degraded"))
                assert health(server)["ready"]
            await say(one, TEXT)
            mine = await heard(one)
            assert mine[0][-1] == "answer"
            redis.start()
            assert await heard(two) == mine
            for server in (left, right):
                await until(partial(bridge_is, server, "active"))
            await say(one, TEXT)
            assert await heard(one) == await heard(two)
            await far.send('{"type":"ping"}')
            assert json.loads(await far.recv())["type"] == "pong"

    with_two_servers(tmp_path, check)


async def meeting(one: ClientConnection, two: ClientConnection) -> None:
    """Talk until what is said at the one server is heard at the other, to its end."""
    for number in range(60):
        await say(one, TEXT, message_id=f"m-{number}")
        await heard(one)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while True:
                    frame = await told(two)
                    if frame["type"] == "answer" and frame["message_id"] == f"m-{number}":
                        return
    raise AssertionError("the servers do not find together")


def test_a_message_at_a_server_whose_user_sits_at_a_killed_one_finds_the_user_again(
    tmp_path: Path,
) -> None:
    async def check(__: RedisServer, left: Backend, right: Backend) -> None:
        async with visiting(left) as one, visiting(right) as two:
            await greeted(one)
            await greeted(two)
            await meeting(one, two)
            right.kill()
            await say(one, TEXT)
            assert (await heard(one))[0][-1] == "answer"
        async with visiting(left) as again:
            await greeted(again)
            await say(again, TEXT)
            frames = (await heard(again))[0]
            assert frames.count("agent_completed") == 3

    with_two_servers(tmp_path, check)
