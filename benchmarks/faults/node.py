"""The servers of a fault run: real processes at fixed ports, which come back after every end."""

import asyncio
import json
import os
import socket
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.faults.client import Address
from benchmarks.faults.volley import volley
from benchmarks.faults.world import World
from benchmarks.servers.backend import AUDIENCE, Backend, BackendOptions

HEARTBEAT_SECONDS: Final = 1.0
_HOST: Final = "127.0.0.1"


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What all nodes share.

    Attributes:
        system: Module that provides the parts.
        secret: Key of the tokens.
        database_url: Their database.
        redis_url: What joins them; None for one node alone.
    """

    system: str
    secret: str
    database_url: str
    redis_url: str | None = None

    def variables(self, name: str) -> dict[str, str]:
        """Return the settings of one node, as the server reads them."""
        joined = {} if self.redis_url is None else {"BACKEND_REDIS_URL": self.redis_url}
        return {
            "BACKEND_TOKEN_SECRET": self.secret,
            "BACKEND_TOKEN_AUDIENCE": AUDIENCE,
            "BACKEND_NODE": name,
            "BACKEND_HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS),
            "BACKEND_CLOSE_SECONDS": str(HEARTBEAT_SECONDS),
            "BACKEND_RETRY_AFTER_SECONDS": "0.2",
            "BACKEND_LONGEST_RETRY_SECONDS": "0.5",
            "BACKEND_DRAIN_SECONDS": "5",
            **joined,
        }


class Node:
    """One server at one port.

    Args:
        name: What it calls itself.
        site: What it shares with the others.
    """

    def __init__(self, name: str, site: Site) -> None:
        self.name = name
        self.address = Address(_HOST, _free_port())
        self._site = site
        self._backend: Backend | None = None
        self._ready_bytes: int | None = None
        self.most_growth_bytes = 0

    async def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            BackendFailedError: It did not become ready.
        """
        options = BackendOptions(
            system=self._site.system,
            port=self.address.port,
            database_url=self._site.database_url,
            variables=self._site.variables(self.name),
        )
        # Made by the main thread, with whose end the kernel ends it; waited for by another.
        self._backend = Backend(options)
        self._ready_bytes = None
        await asyncio.to_thread(self._backend.wait_ready)
        self._ready_bytes = self._resident_bytes()

    async def kill(self) -> None:
        """End it as a crash does."""
        if self._backend is not None:
            self._backend.kill()
            await asyncio.to_thread(self._backend.stop)

    async def stop(self) -> int | None:
        """Ask it to stop and return its exit status; None when it does not run."""
        if self._backend is None:
            return None
        return await asyncio.to_thread(self._backend.stop)

    def growth_bytes(self) -> int | None:
        """Return how much memory it takes more than when it became ready; None while it is not."""
        now = self._resident_bytes()
        if self._ready_bytes is None or now is None:
            return None
        growth = now - self._ready_bytes
        self.most_growth_bytes = max(self.most_growth_bytes, growth)
        return growth

    async def health(self) -> dict[str, Any] | None:
        """Return what it says of itself, or None when it does not answer."""
        try:
            async with asyncio.timeout(5.0):
                reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
                try:
                    writer.write(b"GET /healthz HTTP/1.1\r\nHost: faults\r\n\r\n")
                    said: dict[str, Any] = json.loads(
                        (await reader.read()).partition(b"\r\n\r\n")[2]
                    )
                finally:
                    writer.close()
        except (OSError, TimeoutError, ValueError):
            return None
        return said

    def open_files(self) -> int | None:
        """Return how many files and sockets it holds open, or None when it does not run."""
        if self._backend is None:
            return None
        try:
            return sum(1 for _ in Path(f"/proc/{self._backend.pid}/fd").iterdir())
        except OSError:
            return None

    def last_words(self) -> str:
        """Return the end of what it wrote to standard error."""
        return "" if self._backend is None else self._backend.last_words()

    def _resident_bytes(self) -> int | None:
        if self._backend is None or not self._backend.running():
            return None
        try:
            pages = Path(f"/proc/{self._backend.pid}/statm").read_text().split()[1]
        except OSError:
            return None
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def restart(world: World, node: Node, *, gracefully: bool) -> None:
    """End a node, by SIGTERM or as a crash does, and start it again."""
    world.begin_breaking()
    try:
        async with volley(world, node.address):
            if gracefully:
                status = await node.stop()
                world.hold("graceful stop", status == 0, f"{node.name} ended with {status}")
            else:
                await node.kill()
        await node.start()
    finally:
        world.end_breaking()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
