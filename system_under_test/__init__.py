"""The reference agent backend: a small, real core without sockets and databases.

Every public name is importable from here and is loaded when it is first used; where each one lives
is data, in `system_under_test.registry`. `import system_under_test` itself imports nothing else.
"""

from system_under_test.registry import CANONICAL, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from system_under_test.bridge import AgentWebSocketBridge as AgentWebSocketBridge
    from system_under_test.bridge import Emission as Emission
    from system_under_test.connection import Connection as Connection
    from system_under_test.connection import ManagerLimits as ManagerLimits
    from system_under_test.context import UserExecutionContext as UserExecutionContext
    from system_under_test.delivery import BroadcastOutcome as BroadcastOutcome
    from system_under_test.delivery import DeliveryStatus as DeliveryStatus
    from system_under_test.delivery import Departure as Departure
    from system_under_test.delivery import Drained as Drained
    from system_under_test.delivery import DropReason as DropReason
    from system_under_test.delivery import ManagerStatistics as ManagerStatistics
    from system_under_test.delivery import Outcome as Outcome
    from system_under_test.encoding import decode_event as decode_event
    from system_under_test.encoding import encode_event as encode_event
    from system_under_test.errors import AlreadyConnectedError as AlreadyConnectedError
    from system_under_test.errors import BackendError as BackendError
    from system_under_test.errors import BridgeNotReadyError as BridgeNotReadyError
    from system_under_test.errors import ConnectionLimitError as ConnectionLimitError
    from system_under_test.errors import ContextIsolationError as ContextIsolationError
    from system_under_test.errors import EventOrderError as EventOrderError
    from system_under_test.errors import IllegalIntegrationError as IllegalIntegrationError
    from system_under_test.errors import IllegalTransitionError as IllegalTransitionError
    from system_under_test.errors import IncompleteSystemError as IncompleteSystemError
    from system_under_test.errors import InvalidContextError as InvalidContextError
    from system_under_test.errors import ManagerClosedError as ManagerClosedError
    from system_under_test.errors import RunLimitError as RunLimitError
    from system_under_test.errors import UnencodableEventError as UnencodableEventError
    from system_under_test.errors import UnknownExecutionError as UnknownExecutionError
    from system_under_test.errors import UnknownPathError as UnknownPathError
    from system_under_test.events import CRITICAL_EVENTS as CRITICAL_EVENTS
    from system_under_test.events import FOLLOWERS as FOLLOWERS
    from system_under_test.events import AgentEvent as AgentEvent
    from system_under_test.events import EventType as EventType
    from system_under_test.execution import TERMINAL_STATES as TERMINAL_STATES
    from system_under_test.execution import TRANSITIONS as TRANSITIONS
    from system_under_test.execution import ExecutionState as ExecutionState
    from system_under_test.execution import transition as transition
    from system_under_test.execution_record import ExecutionRecord as ExecutionRecord
    from system_under_test.execution_record import TrackerLimits as TrackerLimits
    from system_under_test.execution_record import TrackerMetrics as TrackerMetrics
    from system_under_test.identity import unique_id as unique_id
    from system_under_test.integration import INTEGRATION_MOVES as INTEGRATION_MOVES
    from system_under_test.integration import BridgeHealth as BridgeHealth
    from system_under_test.integration import IntegrationCause as IntegrationCause
    from system_under_test.integration import IntegrationState as IntegrationState
    from system_under_test.manager import UnifiedWebSocketManager as UnifiedWebSocketManager
    from system_under_test.manager import create_websocket_manager as create_websocket_manager
    from system_under_test.metadata import UserMetadata as UserMetadata
    from system_under_test.protocol import ReferenceSystem as ReferenceSystem
    from system_under_test.protocol import load_system as load_system
    from system_under_test.public_api import breaking_changes as breaking_changes
    from system_under_test.public_api import describe_public_api as describe_public_api
    from system_under_test.redaction import REDACTED as REDACTED
    from system_under_test.redaction import redact as redact
    from system_under_test.registry import resolve as resolve
    from system_under_test.tracker import AgentExecutionTracker as AgentExecutionTracker

__all__ = [
    "CRITICAL_EVENTS",
    "FOLLOWERS",
    "INTEGRATION_MOVES",
    "REDACTED",
    "TERMINAL_STATES",
    "TRANSITIONS",
    "AgentEvent",
    "AgentExecutionTracker",
    "AgentWebSocketBridge",
    "AlreadyConnectedError",
    "BackendError",
    "BridgeHealth",
    "BridgeNotReadyError",
    "BroadcastOutcome",
    "Connection",
    "ConnectionLimitError",
    "ContextIsolationError",
    "DeliveryStatus",
    "Departure",
    "Drained",
    "DropReason",
    "Emission",
    "EventOrderError",
    "EventType",
    "ExecutionRecord",
    "ExecutionState",
    "IllegalIntegrationError",
    "IllegalTransitionError",
    "IncompleteSystemError",
    "IntegrationCause",
    "IntegrationState",
    "InvalidContextError",
    "ManagerClosedError",
    "ManagerLimits",
    "ManagerStatistics",
    "Outcome",
    "ReferenceSystem",
    "RunLimitError",
    "TrackerLimits",
    "TrackerMetrics",
    "UnencodableEventError",
    "UnifiedWebSocketManager",
    "UnknownExecutionError",
    "UnknownPathError",
    "UserExecutionContext",
    "UserMetadata",
    "breaking_changes",
    "create_websocket_manager",
    "decode_event",
    "describe_public_api",
    "encode_event",
    "load_system",
    "redact",
    "resolve",
    "transition",
    "unique_id",
]


if not TYPE_CHECKING:  # a type checker that saw it would believe in every name

    def __getattr__(name: str) -> object:
        if name not in CANONICAL:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = resolve(name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *CANONICAL})
