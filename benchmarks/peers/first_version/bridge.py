"""The events of runs, in order and numbered."""

import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from benchmarks.peers.first_version.events import AgentEvent, EventType, redact
from benchmarks.peers.first_version.manager import SendResult
from benchmarks.peers.first_version.refusals import (
    BridgeNotReadyError,
    ContextIsolationError,
    EventOrderError,
)

WINDOW = 100
ENOUGH = 10
DEGRADED_FROM = 0.10
RECOVERED_BELOW = 0.05
REMEMBERED_RUNS = 10_000

NEXT: dict[str | None, list[EventType]] = {
    None: [EventType.AGENT_STARTED, EventType.AGENT_ERROR],
    "agent_started": [EventType.AGENT_THINKING, EventType.AGENT_ERROR],
    "agent_thinking": [EventType.TOOL_EXECUTING, EventType.AGENT_ERROR],
    "tool_executing": [EventType.TOOL_COMPLETED, EventType.AGENT_ERROR],
    "tool_completed": [
        EventType.AGENT_THINKING,
        EventType.TOOL_EXECUTING,
        EventType.AGENT_COMPLETED,
        EventType.AGENT_ERROR,
    ],
    "agent_completed": [],
    "agent_error": [],
}


class IntegrationState(str, Enum):  # noqa: UP042 - as it is usually written
    """Where a bridge stands."""

    UNINITIALIZED = "uninitialized"
    INITIALIZING = "initializing"
    ACTIVE = "active"
    DEGRADED = "degraded"
    FAILED = "failed"

    def __str__(self) -> str:
        return str(self.value)


@dataclass
class Emission:
    """One event on its way."""

    sequence: int
    outcome: SendResult


class _Loopback:
    """A connection that shows whether a manager delivers."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    def write(self, data: bytes, /) -> None:
        self.received.append(data)

    def close(self, code: int, reason: str, /) -> None:
        """Nothing is open."""


class AgentWebSocketBridge:
    """Sends the events of runs through a manager."""

    def __init__(self) -> None:
        self.bridge_id = str(uuid.uuid4())
        self.created_at = datetime.now(UTC)
        self.state = IntegrationState.UNINITIALIZED
        self.manager: Any = None
        self.runs: dict[str, dict[str, Any]] = {}
        self.ended: OrderedDict[str, bool] = OrderedDict()
        self.deliveries: list[bool] = []

    def start(self, manager: Any) -> IntegrationState:  # noqa: ANN401 - a manager of any kind
        """Take a manager and see whether it delivers."""
        if self.state not in (IntegrationState.UNINITIALIZED, IntegrationState.FAILED):
            raise RuntimeError(f"the bridge is {self.state}")
        self.state = IntegrationState.INITIALIZING
        self.manager = manager
        self.deliveries = []
        works = self._delivers(manager)
        self.state = IntegrationState.ACTIVE if works else IntegrationState.FAILED
        return self.state

    def stop(self) -> int:
        """Let the manager go."""
        if self.state == IntegrationState.UNINITIALIZED:
            raise RuntimeError("the bridge was never started")
        cut_off = list(self.runs)
        for run_id in cut_off:
            self._end(run_id)
        self.manager = None
        self.state = IntegrationState.UNINITIALIZED
        return len(cut_off)

    def health(self) -> dict[str, Any]:
        """Tell what was measured."""
        return {"state": self.state, "observed": len(self.deliveries), "runs": len(self.runs)}

    def emit(
        self,
        context: Any,  # noqa: ANN401 - a context of any kind
        event_type: str,
        payload: Mapping[str, Any] | None = None,
    ) -> Emission:
        """Send the next event of a run."""
        if self.state not in (IntegrationState.ACTIVE, IntegrationState.DEGRADED):
            raise BridgeNotReadyError(f"the bridge is {self.state}")
        run = self.runs.get(context.run_id, {"user": context.user_id, "last": None, "sequence": 0})
        if run["user"] != context.user_id:
            raise ContextIsolationError(context.user_id)
        allowed = [] if context.run_id in self.ended else NEXT[run["last"]]
        if event_type not in allowed:
            raise EventOrderError(f"{event_type} after {run['last']}")
        event = AgentEvent(
            type=EventType(event_type).value,
            user_id=context.user_id,
            thread_id=context.thread_id,
            run_id=context.run_id,
            sequence=run["sequence"] + 1,
            emitted_at=time.time(),
            payload=redact(payload or {}),
        )
        outcome = self.manager.send(context.user_id, event)
        self.runs[context.run_id] = {
            "user": context.user_id,
            "last": event.type,
            "sequence": event.sequence,
        }
        if not NEXT[event.type]:
            self._end(context.run_id)
        self._learn(outcome)
        return Emission(event.sequence, outcome)

    def _delivers(self, manager: Any) -> bool:  # noqa: ANN401 - a manager of any kind
        loopback = _Loopback()
        user_id = f"probe-{uuid.uuid4()}"
        manager.connect(user_id, loopback)
        manager.send(user_id, {"type": "probe"})
        manager.disconnect(loopback)
        manager.recovery.pop(user_id, None)
        return len(loopback.received) == 1

    def _end(self, run_id: str) -> None:
        self.runs.pop(run_id)
        self.ended[run_id] = True
        if len(self.ended) > REMEMBERED_RUNS:
            self.ended.popitem(last=False)

    def _learn(self, outcome: SendResult) -> None:
        self.deliveries = [*self.deliveries, outcome.reason is not None][-WINDOW:]
        if len(self.deliveries) < ENOUGH:
            return
        ratio = sum(self.deliveries) / len(self.deliveries)
        if self.state == IntegrationState.ACTIVE and ratio >= DEGRADED_FROM:
            self.state = IntegrationState.DEGRADED
        elif self.state == IntegrationState.DEGRADED and ratio < RECOVERED_BELOW:
            self.state = IntegrationState.ACTIVE
