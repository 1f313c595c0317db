"""Connections in dictionaries of dictionaries."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.peers.first_version.events import AgentEvent, encode_event
from benchmarks.peers.first_version.refusals import ConnectionLimitError, ContextIsolationError
from system_under_test.connection import Connection

CONNECTIONS = 10
QUEUED = 50


@dataclass
class SendResult:
    """What happened to a message."""

    status: str
    reason: str | None = None


@dataclass
class ManagerStatistics:
    """How much there was of everything."""

    connections: int = 0
    taken: int = 0
    written: int = 0
    waiting: int = 0
    dropped: dict[str, int] = field(default_factory=dict)


class UnifiedWebSocketManager:
    """Sends to users over their connections."""

    def __init__(self) -> None:
        self.manager_id = str(uuid.uuid4())
        # user id -> connection id -> what is known of the connection
        self.users: dict[str, dict[str, dict[str, Any]]] = {}
        self.ids: dict[Connection, tuple[str, str]] = {}
        self.recovery: dict[str, list[bytes]] = {}
        self.threads: dict[str, str] = {}
        self.counts = {"taken": 0, "written": 0}
        self.dropped: dict[str, int] = {}

    def connect(self, user_id: str, connection: Connection, thread_id: str | None = None) -> None:
        """Add a connection and write to it what waited."""
        connections = self.users.setdefault(user_id, {})
        if len(connections) >= CONNECTIONS:
            raise ConnectionLimitError(user_id)
        connection_id = str(uuid.uuid4())
        connections[connection_id] = {"connection": connection, "paused": False, "queue": []}
        self.ids[connection] = (user_id, connection_id)
        if thread_id is not None:
            self.threads[thread_id] = user_id
        for data in self.recovery.pop(user_id, []):
            self._write(connections[connection_id], data)

    def disconnect(self, connection: Connection) -> None:
        """Forget a connection; what waited for it waits for the user."""
        if connection not in self.ids:
            return
        user_id, connection_id = self.ids.pop(connection)
        known = self.users[user_id].pop(connection_id)
        if self.users[user_id]:
            self._drop("connection_closed", len(known["queue"]))
            return
        del self.users[user_id]
        self.recovery[user_id] = known["queue"]

    def pause(self, connection: Connection) -> None:
        """Queue what comes for it."""
        known = self._known(connection)
        if known is not None:
            known["paused"] = True

    def resume(self, connection: Connection) -> None:
        """Write what waited for it."""
        known = self._known(connection)
        if known is None:
            return
        known["paused"] = False
        queue, known["queue"] = known["queue"], []
        for data in queue:
            self._write(known, data)

    def send(self, user_id: str, event: AgentEvent | Mapping[str, Any]) -> SendResult:
        """Send to one user."""
        if isinstance(event, AgentEvent) and event.user_id != user_id:
            raise ContextIsolationError(user_id)
        data = encode_event(event)
        if not self.users.get(user_id):
            return self._send_away(user_id, data)
        results = []
        for known in list(self.users[user_id].values()):
            self.counts["taken"] += 1
            results.append(self._offer(user_id, known, data))
        return min(
            results, key=lambda result: ["delivered", "queued", "dropped"].index(result.status)
        )

    def send_to_thread(self, thread_id: str, event: AgentEvent | Mapping[str, Any]) -> SendResult:
        """Send to the user whose thread it is."""
        if thread_id not in self.threads:
            self.counts["taken"] += 1
            self._drop("unknown_thread", 1)
            return SendResult("dropped", "unknown_thread")
        return self.send(self.threads[thread_id], event)

    def broadcast(self, notice: Mapping[str, Any]) -> dict[str, SendResult]:
        """Send to everybody who is connected."""
        return {user_id: self.send(user_id, notice) for user_id in list(self.users)}

    def statistics(self) -> ManagerStatistics:
        """Count."""
        queues = [
            known["queue"] for connections in self.users.values() for known in connections.values()
        ]
        waiting = sum(map(len, queues)) + sum(map(len, self.recovery.values()))
        return ManagerStatistics(
            connections=len(self.ids), waiting=waiting, dropped=dict(self.dropped), **self.counts
        )

    def _known(self, connection: Connection) -> dict[str, Any] | None:
        if connection not in self.ids:
            return None
        user_id, connection_id = self.ids[connection]
        return self.users[user_id][connection_id]

    def _send_away(self, user_id: str, data: bytes) -> SendResult:
        self.counts["taken"] += 1
        waiting = self.recovery.setdefault(user_id, [])
        if len(waiting) >= QUEUED:
            self._drop("recovery_full", 1)
            return SendResult("dropped", "recovery_full")
        waiting.append(data)
        return SendResult("queued")

    def _offer(self, user_id: str, known: dict[str, Any], data: bytes) -> SendResult:
        if known["paused"] and len(known["queue"]) >= QUEUED:
            self._drop("slow_consumer", 1)
            self.disconnect(known["connection"])
            known["connection"].close(1013, "slow_consumer")
            return SendResult("dropped", "slow_consumer")
        try:
            self._write(known, data)
        except Exception:  # whatever a connection raises, it is lost
            known["queue"].append(data)
            self.disconnect(known["connection"])
            return SendResult("queued" if user_id in self.recovery else "dropped", "failed")
        return SendResult("queued" if known["paused"] else "delivered")

    def _write(self, known: dict[str, Any], data: bytes) -> None:
        if known["paused"]:
            known["queue"].append(data)
            return
        known["connection"].write(data)
        self.counts["written"] += 1

    def _drop(self, reason: str, count: int) -> None:
        if count:
            self.dropped[reason] = self.dropped.get(reason, 0) + count
