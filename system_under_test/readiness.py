"""From an open port to a server that works: each part is tried until it is there."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from system_under_test.admission import Phase, Verifier
from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.connection import ManagerLimits
from system_under_test.database.manager import DatabaseManager
from system_under_test.delivery import ManagerStatistics
from system_under_test.errors import BackendError
from system_under_test.golden_path import Services
from system_under_test.integration import IntegrationState
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.settings import ServerSettings
from system_under_test.supervisor import Supervisor
from system_under_test.tracker import AgentExecutionTracker

if TYPE_CHECKING:
    from system_under_test.relay_link import RelayLink
    from system_under_test.relayed_manager import RelayedManager

_T = TypeVar("_T")
_log: Final = logging.getLogger(__name__)
_WORKING: Final = (IntegrationState.ACTIVE, IntegrationState.DEGRADED)


class Factories(Protocol):
    """What a server needs of a system module; the rest of it is the suites'."""

    def create_verifier(self, secret: str, audience: str) -> Verifier:
        """Return what knows tokens."""

    def create_database(self, url: str) -> Awaitable[DatabaseManager]:
        """Open a database."""

    def create_manager(self, limits: ManagerLimits = ...) -> Awaitable[UnifiedWebSocketManager]:
        """Return a manager; asked for limits only when they are not its own."""

    def create_relayed_manager(self, node: str, limits: ManagerLimits = ..., /) -> "RelayedManager":
        """Return a manager of a node among others; asked for only where there is a Redis."""

    def create_bridge(self) -> AgentWebSocketBridge:
        """Return a bridge that is uninitialized."""

    def create_tracker(self, clock: Callable[[], float], /) -> AgentExecutionTracker:
        """Return a tracker that reads this clock."""

    def create_supervisor(
        self, bridge: AgentWebSocketBridge, tracker: AgentExecutionTracker, /
    ) -> Supervisor:
        """Return a supervisor of the system's agents."""


class Readiness:
    """Where the server stands, and why; and the parts once they are there.

    Args:
        settings: What the parts are told, and how long to wait between tries.
        system: Makes them.
    """

    __slots__ = ("_settings", "_stopping", "_system", "_why", "link", "services", "tracker")

    def __init__(self, settings: ServerSettings, system: Factories) -> None:
        self._settings = settings
        self._system = system
        self._why = "its parts are being made"
        self._stopping = False
        self.link: RelayLink | None = None
        self.services: Services | None = None
        self.tracker: AgentExecutionTracker | None = None

    def phase(self) -> tuple[Phase, str]:
        """Return where the server stands, and what it waits for."""
        if self._stopping:
            return Phase.STOPPING, "it takes nothing new"
        if self.services is None:
            return Phase.STARTING, self._why
        if self.services.bridge.state not in _WORKING:
            return Phase.STARTING, "events cannot be sent now"
        return Phase.READY, ""

    def health(self, connections: int, messages_in_work: int) -> dict[str, Any]:
        """Return what `/healthz` tells.

        Args:
            connections: Connections that are open.
            messages_in_work: Messages that are being answered.
        """
        phase, why = self.phase()
        services = self.services
        events = None if services is None else services.manager.statistics()
        return {
            "ready": phase is Phase.READY,
            "phase": phase.value,
            "reason": why or None,
            "node": self._settings.node,
            "bridge": None if services is None else services.bridge.state.value,
            "nodes": "alone" if self.link is None else self.link.state,
            "database": self._settings.database_url.partition(":")[0],
            "connections": connections,
            "messages_in_work": messages_in_work,
            "events_waiting": 0 if events is None else events.waiting,
            "events": None if events is None else _accounted(events),
        }

    def stop(self) -> None:
        """Be ready no more, for good."""
        self._stopping = True

    async def bring_up(self) -> Services:
        """Make every part, trying again with a back-off for as long as it takes."""
        system = self._system
        database: DatabaseManager = await self._persistently(
            "the database", lambda: system.create_database(self._settings.database_url)
        )
        try:
            bridge = system.create_bridge()
            if self._settings.redis_url is None:
                manager = await self._persistently("the manager", self._manager)
                bridge.start(manager)
            else:
                manager = await self._linked_manager(bridge, self._settings.redis_url)
            self.tracker = system.create_tracker(time.monotonic)
            supervisor = system.create_supervisor(bridge, self.tracker)
        except BaseException:
            if self.link is not None:
                await self.link.stop()
            await database.close()
            raise
        self.services = Services(manager, bridge, supervisor, database)
        return self.services

    def _manager(self) -> Awaitable[UnifiedWebSocketManager]:
        """Make a manager with our limit of connections, if it is another than its own."""
        limits = self._manager_limits()
        if limits == ManagerLimits():
            return self._system.create_manager()
        return self._system.create_manager(limits)

    async def _linked_manager(
        self, bridge: AgentWebSocketBridge, redis_url: str
    ) -> UnifiedWebSocketManager:
        """Make a manager that other nodes can be reached through, and wait a while for them.

        Without them this node serves its own users, and its bridge is degraded until they come.
        """
        from system_under_test.relay_link import RelayLink  # one node alone needs no Redis client

        manager = self._system.create_relayed_manager(self._settings.node, self._manager_limits())
        bridge.start(manager)
        self._why = "it waits for the other nodes"
        self.link = RelayLink(
            manager, redis_url, on_lost=bridge.lose_link, on_restored=bridge.restore_link
        )
        if not await self.link.start(self._settings.timeouts.link_seconds):
            _log.warning("no link to the other nodes: %s", self.link.state)
        return manager

    def _manager_limits(self) -> ManagerLimits:
        return ManagerLimits(connections_per_user=self._settings.limits.connections_per_user)

    async def _persistently(self, what: str, make: Callable[[], Awaitable[_T]]) -> _T:
        timeouts = self._settings.timeouts
        pause = timeouts.first_retry_seconds
        while True:
            self._why = f"it waits for {what}"
            try:
                return await make()
            except (BackendError, OSError) as error:
                # The sentence of an error of ours says nothing secret; another one's might.
                said = str(error) if isinstance(error, BackendError) else type(error).__name__
                self._why = f"it waits for {what}: {said}"
                _log.warning("%s; next try in %.2f s", self._why, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, timeouts.longest_retry_seconds)


def _accounted(events: ManagerStatistics) -> dict[str, Any]:
    """Return where the events went that the manager took; unused reasons are left out."""
    return {
        "taken": events.taken,
        "written": events.written,
        "waiting": events.waiting,
        "dropped": {reason.value: copies for reason, copies in events.dropped.items() if copies},
    }
