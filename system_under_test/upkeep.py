"""What time asks for: deadlines, signs of life of connections, a bridge that failed."""

import asyncio
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Final

from system_under_test.connection import CLOSE_TRY_AGAIN_LATER
from system_under_test.errors import BackendError
from system_under_test.integration import IntegrationState
from system_under_test.readiness import Readiness
from system_under_test.settings import ServerTimeouts
from system_under_test.socket_connection import SocketConnection

_CLOSE_POLICY: Final = 1008
_LONGEST_PAUSE_SECONDS: Final = 1.0


class Upkeep:
    """Looks after a server's parts and connections while it serves.

    Args:
        readiness: Holds the parts, once they are there.
        timeouts: How often connections are looked at.
        connections: Those that are open, kept by the server.
    """

    __slots__ = ("_connections", "_readiness", "_timeouts")

    def __init__(
        self,
        readiness: Readiness,
        timeouts: ServerTimeouts,
        connections: Collection[SocketConnection],
    ) -> None:
        self._readiness = readiness
        self._timeouts = timeouts
        self._connections = connections

    async def go_on(self) -> None:
        """Look after everything until cancelled."""
        heartbeat_seconds = self._timeouts.heartbeat_seconds
        pause = min(_LONGEST_PAUSE_SECONDS, heartbeat_seconds)
        look_at = time.monotonic() + heartbeat_seconds
        while True:
            await asyncio.sleep(pause)
            if self._readiness.tracker is not None:
                self._readiness.tracker.expire()
            self._mend_bridge()
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + heartbeat_seconds
                self.look_at_connections(time.time())

    def look_at_connections(self, now: float) -> None:
        """Ask who was silent for a sign of life, and give up who was silent since the last time.

        Args:
            now: Seconds since the epoch; a connection whose token has expired is closed.
        """
        for connection in tuple(self._connections):
            if connection.identity.expires_at <= now:
                connection.close(_CLOSE_POLICY, "the token has expired; connect with a new one")
            elif connection.heard:
                connection.heard = False
                connection.unheard_looks = 0
            elif connection.full:
                connection.close(CLOSE_TRY_AGAIN_LATER, "nothing was read for too long")
            elif connection.unheard_looks:
                connection.abort()
            else:
                connection.unheard_looks = 1
                connection.ping()

    def _mend_bridge(self) -> None:
        """Start a bridge that has failed again, with its own manager."""
        services = self._readiness.services
        if services is not None and services.bridge.state is IntegrationState.FAILED:
            with suppress(BackendError):
                services.bridge.stop()
                services.bridge.start(services.manager)
