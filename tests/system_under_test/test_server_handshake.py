import asyncio
from pathlib import Path
from typing import Any

import pytest
import websockets

from system_under_test import ManagerLimits, UnifiedWebSocketManager
from system_under_test.database.manager import DatabaseManager, create_database_manager
from system_under_test.settings import ServerLimits
from tests.system_under_test.server_harness import (
    address_of,
    connecting,
    fetched,
    greeted,
    in_loop,
    refusal_of,
    serving,
    settings_in,
    system_with,
    token_of,
    until,
)

BOTH_LOOPS = pytest.mark.parametrize("uvloop", [True, False], ids=["uvloop", "asyncio"])


@BOTH_LOOPS
def test_whoever_comes_too_early_is_refused_with_503_and_let_in_later(
    tmp_path: Path, uvloop: bool
) -> None:
    async def check() -> None:
        gate = asyncio.Event()

        async def create_database(url: str) -> DatabaseManager:
            await gate.wait()
            return await create_database_manager(url)

        system = system_with(create_database=create_database)
        async with serving(settings_in(tmp_path), system, wait=False) as server:
            for attempt in (connecting(server), websockets.connect(address_of(server), proxy=None)):
                status, fields, body = await refusal_of(attempt)
                assert (status, body["code"]) == (503, "not_ready")
                assert int(fields["retry-after"]) >= 1
                assert "database" in body["reason"]
            assert (await fetched(server, "/healthz"))[0] == 503
            gate.set()
            await server.ready.wait()
            async with connecting(server) as client:
                await greeted(client)
            assert (await fetched(server, "/healthz"))[0] == 200

    in_loop(check(), uvloop=uvloop)


def test_a_database_that_cannot_be_had_is_told_and_tried_again_until_it_is_there(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "not-there-yet"

    async def check() -> None:
        async with serving(settings_in(folder), wait=False) as server:
            await until(lambda: ":" in server.readiness.phase()[1])
            status, fields, body = await fetched(server, "/healthz")
            assert status == 503
            assert b'"ready":false' in body
            assert b"it waits for the database: " in body
            assert int(fields["retry-after"]) >= 1
            status, _, said = await refusal_of(connecting(server))
            assert (status, said["code"]) == (503, "not_ready")
            folder.mkdir()
            await server.ready.wait()
            async with connecting(server) as client:
                await greeted(client)

    in_loop(check())


def test_a_part_that_fails_at_the_start_is_logged_and_the_server_stays_not_ready(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def create_supervisor(*_: object) -> None:
        raise LookupError("a fault of a test")

    async def check() -> None:
        system = system_with(create_supervisor=create_supervisor)
        async with serving(settings_in(tmp_path), system, wait=False) as server:
            await until(lambda: "a fault of a test" in caplog.text)
            assert (await refusal_of(connecting(server)))[0] == 503

    in_loop(check())


def test_a_request_that_the_server_fails_at_gets_500_without_the_cause(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class FailingVerifier:
        def verify(self, *_: object) -> object:
            raise LookupError("secret-of-the-inside")

    async def check() -> None:
        system = system_with(create_verifier=lambda *_: FailingVerifier())
        async with serving(settings_in(tmp_path), system) as server:
            status, _, body = await refusal_of(connecting(server))
            assert (status, body["code"]) == (500, "internal")
            assert "secret-of-the-inside" not in str(body)
            assert "secret-of-the-inside" in caplog.text

    in_loop(check())


def test_a_bad_token_is_refused_with_401_before_the_connection_is_made(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server:
            bad = (None, "a.b.c", token_of("user-1", lifetime_seconds=-1.0), token_of("default"))
            bodies = []
            for token in bad:
                address = address_of(server, token)
                status, fields, body = await refusal_of(websockets.connect(address, proxy=None))
                assert status == 401
                assert fields["www-authenticate"] == "Bearer"
                bodies.append(body)
            assert all(body == bodies[0] for body in bodies)
            assert not server.connections

    in_loop(check())


def test_a_token_may_stand_in_the_authorization_field(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server:
            fields = {"Authorization": f"Bearer {token_of('user-7')}"}
            attempt = websockets.connect(address_of(server), additional_headers=fields, proxy=None)
            async with attempt as client:
                assert '"user_id":"user-7"' in str(await client.recv())

    in_loop(check())


def test_pages_of_other_places_are_refused_with_403(tmp_path: Path) -> None:
    async def check() -> None:
        settings = settings_in(tmp_path, allowed_origins=("https://friend.test",))
        async with serving(settings) as server:
            status, _, body = await refusal_of(connecting(server, origin="https://foe.test"))
            assert (status, body["code"]) == (403, "foreign_origin")
            async with connecting(server, origin="https://friend.test") as client:
                await greeted(client)
            host, port = server.address
            async with connecting(server, origin=f"http://{host}:{port}") as client:
                await greeted(client)

    in_loop(check())


def test_a_user_has_10_connections_and_the_11th_is_refused_with_429_until_one_leaves(
    tmp_path: Path,
) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server:
            clients = [await connecting(server) for _ in range(10)]
            for client in clients:
                await greeted(client)
            status, fields, body = await refusal_of(connecting(server))
            assert (status, body["code"]) == (429, "connection_limit")
            assert int(fields["retry-after"]) >= 1
            async with connecting(server, "user-2") as other:
                await greeted(other)
            await clients[0].close()
            await until(lambda: server.admission.connections == 9)
            async with connecting(server) as client:
                await greeted(client)
            for client in clients:
                await client.close()

    in_loop(check())


def test_the_limit_that_was_set_holds_at_the_handshake_and_in_the_manager(tmp_path: Path) -> None:
    made: list[ManagerLimits] = []

    async def create_manager(limits: ManagerLimits) -> UnifiedWebSocketManager:
        made.append(limits)
        return UnifiedWebSocketManager(limits)

    async def check() -> None:
        settings = settings_in(tmp_path, limits=ServerLimits(connections_per_user=1))
        system = system_with(create_manager=create_manager)
        async with serving(settings, system) as server, connecting(server) as client:
            await greeted(client)
            assert (await refusal_of(connecting(server)))[0] == 429
        assert [limits.connections_per_user for limits in made] == [1]

    in_loop(check())


@BOTH_LOOPS
def test_page_health_and_everything_else_are_answered_on_the_same_port(
    tmp_path: Path, uvloop: bool
) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server:
            status, fields, body = await fetched(server, "/")
            assert (status, fields["content-type"]) == (200, "text/html; charset=utf-8")
            assert b"</html>" in body
            status, fields, body = await fetched(server, "/healthz")
            assert (status, fields["content-type"]) == (200, "application/json")
            for part in (b'"ready":true', b'"bridge":"active"', b'"database":"sqlite"'):
                assert part in body
            assert (await fetched(server, "/etc/passwd"))[0] == 404
            # A page asks like this why its handshake was refused, which browsers hide.
            assert (await fetched(server, "/ws"))[0] == 401
            assert (await fetched(server, f"/ws?token={token_of('user-1')}"))[0] == 426

    in_loop(check(), uvloop=uvloop)


def test_the_page_has_a_token_only_when_a_demo_was_asked_for(tmp_path: Path) -> None:
    async def page(**settings: Any) -> bytes:
        async with serving(settings_in(tmp_path, **settings)) as server:
            return (await fetched(server, "/"))[2]

    async def check() -> None:
        # A token is three parts of which the first always begins like this.
        assert b"eyJ" not in await page()
        assert b"eyJ" in await page(demo_user="visitor")

    in_loop(check())


@pytest.mark.parametrize(
    "request_text",
    [
        "POST /ws HTTP/1.1\r\nHost: here\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        f"GET /{'a' * 40_000} HTTP/1.1\r\n\r\n",
    ],
    ids=["post", "old", "nonsense", "no-key", "long"],
)
def test_a_request_that_is_none_of_these_is_ended_and_harms_nobody(
    tmp_path: Path, request_text: str
) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            text = request_text.replace("GET /ws ", f"GET /ws?token={token_of('user-1')} ")
            writer.write(text.encode())
            try:
                answer = await reader.read()
            except ConnectionResetError:
                answer = b""
            assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
            writer.close()
            async with connecting(server) as client:
                await greeted(client)
                assert len(server.connections) == 1

    in_loop(check())


def test_a_browser_that_keeps_connections_alive_is_let_in(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(
                f"GET /ws?token={token_of('user-1')} HTTP/1.1\r\nHost: here\r\n"
                "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
                "Sec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
            )
            assert (await reader.readline()).startswith(b"HTTP/1.1 101 ")
            writer.close()

    in_loop(check())


def test_whoever_says_nothing_at_the_handshake_is_cut_off(tmp_path: Path) -> None:
    async def check() -> None:
        timeouts = settings_in(tmp_path).timeouts
        changed = type(timeouts)(handshake_seconds=0.05, close_seconds=timeouts.close_seconds)
        async with serving(settings_in(tmp_path, timeouts=changed)) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(b"GET /ws HTTP/1.1\r\nHost:")
            assert await reader.read() == b""
            writer.close()

    in_loop(check())
