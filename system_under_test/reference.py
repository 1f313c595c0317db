"""The reference backend as a system module: aliases, so that measuring through it costs nothing.

See `system_under_test.protocol` for what each name must do, and for how to replace one.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from system_under_test.agent import AgentReply
from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.connection import ManagerLimits
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
from system_under_test.supervisor_record import SupervisorLimits, SupervisorRequest
from system_under_test.tracker import AgentExecutionTracker

if TYPE_CHECKING:
    from system_under_test.agent import Agent
    from system_under_test.database.engine import DatabaseOptions
    from system_under_test.database.manager import DatabaseManager
    from system_under_test.readiness import Factories
    from system_under_test.relay_link import RelayLink
    from system_under_test.relayed_manager import RelayedManager
    from system_under_test.server import BackendServer
    from system_under_test.settings import ServerSettings
    from system_under_test.supervisor import Supervisor
    from system_under_test.tokens import TokenVerifier

__all__ = [
    "canonical_paths",
    "create_agent_reply",
    "create_bridge",
    "create_context",
    "create_database",
    "create_event",
    "create_manager",
    "create_relay_link",
    "create_relayed_manager",
    "create_server",
    "create_supervisor",
    "create_supervisor_request",
    "create_tracker",
    "create_verifier",
    "critical_events",
    "database_errors",
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
create_agent_reply: Callable[..., AgentReply] = AgentReply
create_supervisor_request: Callable[..., SupervisorRequest] = SupervisorRequest
create_tracker: Callable[..., AgentExecutionTracker] = AgentExecutionTracker

_DEFAULT_LIMITS: Final = ManagerLimits()

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


def create_supervisor(
    bridge: AgentWebSocketBridge,
    tracker: AgentExecutionTracker,
    agents: "Mapping[str, Agent] | None" = None,
    step_seconds: float | None = None,
) -> "Supervisor":
    """Return a supervisor of these agents, or of the three of its own."""
    from system_under_test.supervisor import Supervisor  # it alone needs asyncio

    if step_seconds is None:
        return Supervisor(bridge, tracker, agents)
    limits = SupervisorLimits(step_seconds=step_seconds, grace_seconds=min(1.0, step_seconds))
    return Supervisor(bridge, tracker, agents, limits=limits)


def create_relay_link(
    manager: "RelayedManager",
    url: str,
    *,
    on_lost: Callable[[], None],
    on_restored: Callable[[], None],
) -> "RelayLink":
    """Return a link of this manager through Redis."""
    from system_under_test.relay_link import RelayLink  # it alone needs a Redis client

    return RelayLink(manager, url, on_lost=on_lost, on_restored=on_restored)


def create_relayed_manager(node: str, limits: ManagerLimits = _DEFAULT_LIMITS) -> "RelayedManager":
    """Return a manager of a node among others."""
    from system_under_test.relayed_manager import RelayedManager  # one node alone needs none of it

    return RelayedManager(node, limits)


def create_database(
    url: str, options: "DatabaseOptions | None" = None
) -> "Awaitable[DatabaseManager]":
    """Open a database, to be awaited."""
    from system_under_test.database.manager import create_database_manager  # needs asyncio

    return create_database_manager(url, *(() if options is None else (options,)))


def database_errors() -> Mapping[str, type[Exception]]:
    """Return what databases raise, by role."""
    from system_under_test.database.errors import ERRORS_BY_ROLE  # who measures no database: none

    return ERRORS_BY_ROLE


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


# Their libraries (picows, PyJWT) are imported by whoever serves, not by whoever measures a part.
def create_verifier(secret: str, audience: str) -> "TokenVerifier":
    """Return what tells whose token it is."""
    from system_under_test.tokens import TokenVerifier

    return TokenVerifier(secret, audience)


def create_server(settings: "ServerSettings", system: "Factories") -> "BackendServer":
    """Return a server made of the parts of a system, not opened yet."""
    from system_under_test.server import BackendServer

    return BackendServer(settings, system)
