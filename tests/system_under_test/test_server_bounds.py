"""What a server keeps is bounded: slow readers, silent clients, tokens that end."""

import asyncio
import json
import socket
import time
from pathlib import Path

import pytest

from system_under_test.server import BackendServer
from system_under_test.settings import ServerLimits, ServerTimeouts
from tests.system_under_test.server_harness import (
    connecting,
    ending_of,
    greeted,
    in_loop,
    serving,
    settings_in,
    token_of,
    told,
    until,
)
from tests.system_under_test.test_server_frames import RawClient, frame

BOTH_LOOPS = pytest.mark.parametrize("uvloop", [True, False], ids=["uvloop", "asyncio"])
SMALL = ServerLimits(write_buffer_bytes=4_096)
NOTICE = {"type": "notice", "text": "x" * 2_000}


async def silent_client(server: BackendServer, user_id: str = "user-1") -> socket.socket:
    """Return a socket that did its handshake and will not read a byte more."""
    loop = asyncio.get_running_loop()
    made = socket.socket()
    # A small window, so that the server's side fills up soon.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    made.setblocking(False)
    await loop.sock_connect(made, server.address)
    request = (
        f"GET /ws?token={token_of(user_id)} HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await loop.sock_sendall(made, request.encode())
    await until(lambda: any(c.identity.user_id == user_id for c in server.connections))
    return made


def waiting_bytes(server: BackendServer) -> int:
    return max(connection.waiting_bytes() for connection in server.connections)


@BOTH_LOOPS
def test_a_reader_that_is_slow_is_waited_for_up_to_50_events_and_then_closed_with_1013(
    tmp_path: Path, uvloop: bool
) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path, limits=SMALL)) as server:
            services = server.readiness.services
            assert services is not None
            slow = await silent_client(server, "slow-1")
            async with connecting(server, "quick-1") as quick:
                await greeted(quick)
                most = 0
                outcome = services.manager.send("slow-1", NOTICE)
                for _ in range(5_000):
                    outcome = services.manager.send("slow-1", NOTICE)
                    if outcome.reason is not None:
                        break
                    most = max(most, waiting_bytes(server))
                    await asyncio.sleep(0)
                assert outcome.reason == "slow_consumer"
                # The mark is crossed by at most one event, and a read may be answered beside it.
                assert most <= SMALL.write_buffer_bytes + 2 * 2_100
                assert services.manager.statistics().connections == 1
                services.manager.send("quick-1", {"type": "notice"})
                assert (await told(quick))["type"] == "notice"
            slow.close()
            await until(lambda: not server.connections)

    in_loop(check(), uvloop=uvloop)


def test_a_slow_reader_that_reads_again_gets_everything_in_order(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path, limits=SMALL)) as server:
            services = server.readiness.services
            assert services is not None
            async with RawClient(server) as client:
                sent = 0
                while services.manager.statistics().waiting < 20:
                    services.manager.send("user-1", {**NOTICE, "number": sent})
                    sent += 1
                    await asyncio.sleep(0)
                for number in range(sent):
                    assert (await client.said())["number"] == number
                assert services.manager.statistics().waiting == 0

    in_loop(check())


@BOTH_LOOPS
def test_a_client_that_asks_and_never_reads_fills_a_bounded_buffer_only(
    tmp_path: Path, uvloop: bool
) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path, limits=SMALL)) as server:
            loop = asyncio.get_running_loop()
            slow = await silent_client(server)
            ask = frame(1, json.dumps({"type": "ping", "data": "x" * 4_000}).encode())
            stuck = False
            for _ in range(2_000):
                try:
                    await asyncio.wait_for(loop.sock_sendall(slow, ask), 0.5)
                except TimeoutError:
                    stuck = True
                    break
            assert stuck, "the server read on although nobody took its answers"
            # One read of the socket may hold several questions, which are all answered.
            assert waiting_bytes(server) <= 65_536 + 16_384
            slow.close()
            await until(lambda: not server.connections)

    in_loop(check(), uvloop=uvloop)


def test_whoever_reads_nothing_for_two_looks_is_closed_with_1013(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path, limits=SMALL)) as server:
            services = server.readiness.services
            assert services is not None
            async with RawClient(server) as client:
                while not any(connection.full for connection in server.connections):
                    services.manager.send("user-1", NOTICE)
                    await asyncio.sleep(0)
                server.upkeep.look_at_connections(time.time())
                server.upkeep.look_at_connections(time.time())
                assert await client.closing_code() == 1013

    in_loop(check())


def test_a_client_that_vanished_is_asked_once_and_then_forgotten(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server:
            vanished = await silent_client(server, "gone-1")
            async with connecting(server, "here-1") as client:
                await greeted(client)
                for _ in range(4):
                    server.upkeep.look_at_connections(time.time())
                    # The library of the client answers pings.
                    await (await client.ping())
                await until(lambda: len(server.connections) == 1)
                assert next(iter(server.connections)).identity.user_id == "here-1"
            vanished.close()

    in_loop(check())


def test_the_looks_happen_by_themselves(tmp_path: Path) -> None:
    async def check() -> None:
        timeouts = ServerTimeouts(heartbeat_seconds=0.02, close_seconds=0.5)
        async with serving(settings_in(tmp_path, timeouts=timeouts)) as server:
            vanished = await silent_client(server)
            await until(lambda: not server.connections)
            vanished.close()

    in_loop(check())


def test_a_connection_ends_with_its_token(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, connecting(server) as client:
            await greeted(client)
            server.upkeep.look_at_connections(time.time() + 1_000.0)
            assert len(server.connections) == 1
            server.upkeep.look_at_connections(time.time() + 4_000.0)
            code, reason = await ending_of(client)
            assert code == 1008
            assert "token has expired" in reason

    in_loop(check())


def test_a_client_that_never_answers_the_closing_frame_is_cut_off(tmp_path: Path) -> None:
    async def check() -> None:
        timeouts = ServerTimeouts(close_seconds=0.05)
        async with serving(settings_in(tmp_path, timeouts=timeouts)) as server:
            silent = await silent_client(server)
            next(iter(server.connections)).close(1013, "a test")
            await until(lambda: not server.connections)
            silent.close()

    in_loop(check())
