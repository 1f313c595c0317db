"""The reference backend as a system module: aliases, so that measuring through it costs nothing.

See `system_under_test.protocol` for what each name must do, and for how to replace one.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.context import UserExecutionContext
from system_under_test.encoding import encode_event
from system_under_test.errors import (
    BridgeNotReadyError,
    ConnectionLimitError,
    ContextIsolationError,
    EventOrderError,
    IllegalTransitionError,
    InvalidContextError,
    UnencodableEventError,
    UnknownExecutionError,
)
from system_under_test.events import CRITICAL_EVENTS, AgentEvent, EventType
from system_under_test.execution import TRANSITIONS, ExecutionState, transition
from system_under_test.identity import unique_id
from system_under_test.manager import UnifiedWebSocketManager, create_websocket_manager
from system_under_test.public_api import describe_public_api as public_api
from system_under_test.redaction import redact
from system_under_test.registry import CANONICAL, DEPRECATED, resolve
from system_under_test.tracker import AgentExecutionTracker

__all__ = [
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

# The very objects: a call through these names costs what a call of them costs. The types
# leave room for a subclass or a function in their place.
create_bridge: Callable[..., AgentWebSocketBridge] = AgentWebSocketBridge
create_context: Callable[..., UserExecutionContext] = UserExecutionContext
create_event: Callable[..., AgentEvent] = AgentEvent
create_manager: Callable[..., Awaitable[UnifiedWebSocketManager]] = create_websocket_manager
create_tracker: Callable[..., AgentExecutionTracker] = AgentExecutionTracker

_ERRORS: Final[Mapping[str, type[Exception]]] = MappingProxyType(
    {
        "invalid_context": InvalidContextError,
        "context_isolation": ContextIsolationError,
        "illegal_transition": IllegalTransitionError,
        "unknown_execution": UnknownExecutionError,
        "connection_limit": ConnectionLimitError,
        "event_order": EventOrderError,
        "unencodable_event": UnencodableEventError,
        "bridge_not_ready": BridgeNotReadyError,
    }
)


def legal_transitions() -> Mapping[ExecutionState, frozenset[ExecutionState]]:
    """Return the table of moves."""
    return TRANSITIONS


def critical_events() -> tuple[EventType, ...]:
    """Return the five critical events in order."""
    return CRITICAL_EVENTS


def errors() -> Mapping[str, type[Exception]]:
    """Return what the parts raise, by role."""
    return _ERRORS


def canonical_paths() -> Mapping[str, str]:
    """Return every public name and its path."""
    return MappingProxyType(CANONICAL)


def deprecated_paths() -> Mapping[str, str]:
    """Return every deprecated path and the public name it forwards to."""
    return MappingProxyType(DEPRECATED)
