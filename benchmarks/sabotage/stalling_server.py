"""The server stands still for four tenths of a second in every second.

Checks `tail-echo` and `tail-answer` must see it; a load that waited for each reply would not.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from system_under_test import reference
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

if TYPE_CHECKING:
    from system_under_test.readiness import Factories
    from system_under_test.server import BackendServer
    from system_under_test.settings import ServerSettings


async def _stall() -> None:
    while True:
        await asyncio.sleep(0.6)
        time.sleep(0.4)  # noqa: ASYNC251, RUF100 - to block the loop is the sabotage


def create_server(settings: "ServerSettings", system: "Factories") -> "BackendServer":  # type: ignore[no-redef]
    """Return a server whose loop is blocked again and again once it is open."""
    server = reference.create_server(settings, system)
    opened = server.open

    async def open_and_stall() -> None:
        await opened()
        server.stalling = asyncio.create_task(_stall())  # type: ignore[attr-defined]

    server.open = open_and_stall  # type: ignore[method-assign]
    return server
