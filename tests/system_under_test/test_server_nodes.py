"""Two servers behind one user, joined by a real Redis; and a server whose Redis is not there."""

import socket
from pathlib import Path
from typing import Any

import pytest

from benchmarks.servers import Unavailable
from benchmarks.servers.redis_server import redis_server
from system_under_test.settings import ServerTimeouts
from tests.system_under_test.server_harness import (
    connecting,
    greeted,
    in_loop,
    say,
    serving,
    settings_in,
    told,
    told_until,
    until,
)

TEXT = "Costs were 10, 20 and 30 in March."


def test_what_one_node_works_on_is_seen_at_the_other(tmp_path: Path) -> None:
    async def check(url: str) -> None:
        left = settings_in(tmp_path, redis_url=url, node="left")
        right = settings_in(tmp_path, redis_url=url, node="right")
        async with (
            serving(left) as here,
            serving(right) as there,
            connecting(here) as one,
            connecting(there) as two,
            connecting(there, "user-2") as stranger,
        ):
            assert (await told(one))["node"] == "left"
            assert (await told(two))["node"] == "right"
            await greeted(stranger)
            assert here.health()["nodes"] == there.health()["nodes"] == "up"
            # A node has to hear of another's users before it can send to them.
            manager: Any = here.readiness.services and here.readiness.services.manager
            await until(lambda: bool(manager.desk.peers.holders("user-1")))
            await say(one, TEXT)
            mine, theirs = await told_until(one, "answer"), await told_until(two, "answer")
            assert [frame["type"] for frame in theirs] == [frame["type"] for frame in mine]
            assert theirs[-1]["text"] == mine[-1]["text"]
            await stranger.send('{"type":"ping"}')
            assert (await told(stranger))["type"] == "pong"

    try:
        with redis_server() as redis:
            in_loop(check(redis.url))
    except Unavailable as missing:
        pytest.skip(str(missing))


def test_a_node_whose_redis_is_not_there_serves_its_own_users_and_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def check() -> None:
        timeouts = ServerTimeouts(link_seconds=0.05, close_seconds=1.0)
        url = f"redis://:very-secret@127.0.0.1:{port}/0"
        settings = settings_in(tmp_path, redis_url=url, timeouts=timeouts)
        async with serving(settings) as server, connecting(server) as client:
            await greeted(client)
            await until(lambda: server.health()["bridge"] == "degraded")
            health = server.health()
            assert health["ready"]
            assert health["nodes"].startswith("down: ")
            assert "very-secret" not in str(health)
            await say(client, TEXT)
            assert (await told_until(client, "answer", "error"))[-1]["type"] == "answer"

    in_loop(check())
