import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import websockets

import system_under_test
from system_under_test.agent import AgentReply, AgentRequest
from system_under_test.frames import ErrorCode
from system_under_test.settings import ServerTimeouts
from system_under_test.supervisor import Supervisor
from tests.system_under_test.server_harness import (
    AUDIENCE,
    PATIENCE_SECONDS,
    SECRET,
    connecting,
    ending_of,
    greeted,
    in_loop,
    is_error,
    refusal_of,
    say,
    serving,
    settings_in,
    system_with,
    token_of,
    told,
    told_until,
    until,
)

ROOT = Path(system_under_test.__file__).parents[1]


class FakeAgent:
    """An agent that waits until it may go on."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()

    async def run(self, request: AgentRequest, /) -> AgentReply:
        del request
        self.begun.set()
        await self.gate.wait()
        return AgentReply("done")


def system_of(agent: FakeAgent) -> Any:
    return system_with(
        create_supervisor=lambda bridge, tracker: Supervisor(bridge, tracker, {"wait": agent})
    )


def test_a_stop_refuses_new_ones_answers_what_was_taken_and_closes_with_1001(
    tmp_path: Path,
) -> None:
    async def check() -> None:
        agent = FakeAgent()
        async with (
            serving(settings_in(tmp_path), system_of(agent)) as server,
            connecting(server) as client,
        ):
            await greeted(client)
            await say(client, "hello there")
            await agent.begun.wait()
            stopping = asyncio.create_task(server.stop())
            await until(lambda: server.readiness.phase()[0] == "stopping")
            status, fields, body = await refusal_of(connecting(server, "user-2"))
            assert (status, body["code"], "retry-after" in fields) == (503, "going_away", True)
            await say(client, "one more")
            frames = await told_until(client, "error")
            assert is_error(frames[-1], ErrorCode.GOING_AWAY)
            agent.gate.set()
            assert (await told_until(client, "answer"))[-1]["text"] == "done"
            assert (await ending_of(client))[0] == 1001
            assert await stopping == 0

    in_loop(check())


def test_an_answer_that_takes_too_long_is_cut_off_and_said_before_the_farewell(
    tmp_path: Path,
) -> None:
    async def check() -> None:
        agent = FakeAgent()
        timeouts = ServerTimeouts(drain_seconds=0.05, close_seconds=1.0)
        settings = settings_in(tmp_path, timeouts=timeouts)
        async with (
            serving(settings, system_of(agent)) as server,
            connecting(server) as client,
        ):
            await greeted(client)
            await say(client, "hello there", message_id="m-1")
            await agent.begun.wait()
            stopping = asyncio.create_task(server.stop())
            frames = await told_until(client, "error")
            assert is_error(frames[-1], ErrorCode.GOING_AWAY)
            assert frames[-1]["message_id"] == "m-1"
            assert (await ending_of(client))[0] == 1001
            assert await stopping == 1

    in_loop(check())


def test_a_server_that_never_became_ready_can_be_stopped(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path / "nowhere"), wait=False) as server:
            await until(lambda: ":" in server.readiness.phase()[1])
            assert await server.stop() == 0

    in_loop(check())


@asynccontextmanager
async def process(
    folder: Path, *words: str, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    variables = {"BACKEND_TOKEN_SECRET": SECRET, "BACKEND_TOKEN_AUDIENCE": AUDIENCE}
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "system_under_test",
        "--port=0",
        f"--database-url=sqlite:///{folder / 'backend.sqlite3'}",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **variables, **environment},
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def line(started: asyncio.subprocess.Process) -> dict[str, Any]:
    assert started.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        read: dict[str, Any] = json.loads(await started.stdout.readline())
    return read


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_listens_and_when_it_is_ready_and_ends_with_0(
    tmp_path: Path, number: signal.Signals
) -> None:
    async def check() -> None:
        async with process(tmp_path) as started:
            first = await line(started)
            assert first["pid"] == started.pid
            assert await line(started) == {"ready": True}
            host, port = first["listening"]["host"], first["listening"]["port"]
            address = f"ws://{host}:{port}/ws?token={token_of('user-1')}"
            async with websockets.connect(address, proxy=None) as client:
                await greeted(client)
                await say(client, "Costs were 10, 20 and 30")
                kinds = [frame["type"] for frame in await told_until(client, "answer")]
                assert len(kinds) == 17
                started.send_signal(number)
                assert (await ending_of(client))[0] == 1001
            assert await asyncio.wait_for(started.wait(), PATIENCE_SECONDS) == 0

    in_loop(check(), uvloop=False)


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    async def check() -> None:
        # A client that never answers the closing frame holds the graceful end up.
        async with process(tmp_path, "--close-seconds=600") as started:
            first = await line(started)
            await line(started)
            port = first["listening"]["port"]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                f"GET /ws?token={token_of('user-1')} HTTP/1.1\r\nHost: here\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
            )
            await reader.readuntil(b'"welcome"')
            started.send_signal(signal.SIGTERM)
            await reader.readuntil(b"going away")
            started.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(started.wait(), PATIENCE_SECONDS) == 1
            writer.close()

    in_loop(check(), uvloop=False)


def test_bad_use_is_one_sentence_and_2(tmp_path: Path) -> None:
    async def said(*words: str, **environment: str) -> str:
        async with process(tmp_path, *words, **environment) as started:
            _, errors = await asyncio.wait_for(started.communicate(), PATIENCE_SECONDS)
            assert started.returncode == 2
            assert b"Traceback" not in errors
            return errors.decode()

    async def check() -> None:
        assert "setting port is 'high'" in await said("--port=high")
        assert "token_secret is shorter" in await said(BACKEND_TOKEN_SECRET="short")
        assert "no_such_system" in await said("--system=no_such_system")
        taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = taken.sockets[0].getsockname()[1]
        assert "the port cannot be opened" in await said(f"--port={port}")
        taken.close()

    in_loop(check(), uvloop=False)


def test_a_token_can_be_asked_for() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "system_under_test", "--issue-token", "user-1"],
        env={**os.environ, "BACKEND_TOKEN_SECRET": SECRET},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    from system_under_test.tokens import TokenVerifier

    assert TokenVerifier(SECRET, AUDIENCE).verify(done.stdout.strip()).user_id == "user-1"


def test_a_server_can_be_stopped_twice(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server:
            async with connecting(server) as client:
                assert (await told(client))["heartbeat_seconds"] == 20.0
            assert await server.stop() == 0

    in_loop(check())
