"""The backend as most people write it first: plain, working, and measured against the reference.

Dictionaries of dictionaries, `uuid4`, Enum members looked up by value, dataclasses without slots,
`deepcopy`, `json.dumps`. It keeps the same promises and passes the same probes; only its pace is
another. What the claimed improvement is measured from is this.
"""

import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.peers.first_version.bridge import AgentWebSocketBridge
from benchmarks.peers.first_version.context import UserExecutionContext
from benchmarks.peers.first_version.events import AgentEvent, EventType, encode_event, redact
from benchmarks.peers.first_version.imports import (
    canonical_paths,
    deprecated_paths,
    public_api,
    resolve,
)
from benchmarks.peers.first_version.manager import UnifiedWebSocketManager
from benchmarks.peers.first_version.refusals import errors
from benchmarks.peers.first_version.states import ExecutionState, legal_transitions, transition
from benchmarks.peers.first_version.tracker import AgentExecutionTracker

__all__ = [
    "AgentEvent",
    "EventType",
    "ExecutionState",
    "canonical_paths",
    "create_bridge",
    "create_context",
    "create_event",
    "create_manager",
    "create_tracker",
    "critical_events",
    "deprecated_paths",
    "encode_event",
    "errors",
    "legal_transitions",
    "public_api",
    "redact",
    "resolve",
    "transition",
    "unique_id",
]


def unique_id() -> str:
    """Return a new id."""
    return str(uuid.uuid4())


def create_context(**fields: Any) -> UserExecutionContext:  # noqa: ANN401 - whatever is passed is checked
    """Return a context."""
    return UserExecutionContext(**fields)


def create_event(**fields: Any) -> AgentEvent:  # noqa: ANN401 - the fields of an event
    """Return an event."""
    return AgentEvent(**fields)


def create_tracker(clock: Callable[[], float]) -> AgentExecutionTracker:
    """Return a tracker."""
    return AgentExecutionTracker(clock)


async def create_manager() -> UnifiedWebSocketManager:
    """Return a manager."""
    return UnifiedWebSocketManager()


def create_bridge() -> AgentWebSocketBridge:
    """Return a bridge."""
    return AgentWebSocketBridge()


def critical_events() -> list[str]:
    """Return the five critical events in order."""
    return [event_type.value for event_type in EventType if event_type is not EventType.AGENT_ERROR]
