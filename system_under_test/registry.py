"""The import registry: where every public name lives, and which old paths still lead there.

A path is written `package.module:name`. This module imports nothing: the package itself is made
from it, and importing the package is measured.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PACKAGE = "system_under_test"

# Every public name and the module that defines it.
CANONICAL: "Mapping[str, str]" = {
    "AbortedTransactionError": f"{_PACKAGE}.database.errors:AbortedTransactionError",
    "AccessDeniedError": f"{_PACKAGE}.database.errors:AccessDeniedError",
    "Admission": f"{_PACKAGE}.admission:Admission",
    "Agent": f"{_PACKAGE}.agent:Agent",
    "AgentEvent": f"{_PACKAGE}.events:AgentEvent",
    "AgentExecutionTracker": f"{_PACKAGE}.tracker:AgentExecutionTracker",
    "AgentReply": f"{_PACKAGE}.agent:AgentReply",
    "AgentRequest": f"{_PACKAGE}.agent:AgentRequest",
    "AgentWebSocketBridge": f"{_PACKAGE}.bridge:AgentWebSocketBridge",
    "AlreadyConnectedError": f"{_PACKAGE}.errors:AlreadyConnectedError",
    "BackendError": f"{_PACKAGE}.errors:BackendError",
    "BackendServer": f"{_PACKAGE}.server:BackendServer",
    "BridgeHealth": f"{_PACKAGE}.integration:BridgeHealth",
    "BridgeNotReadyError": f"{_PACKAGE}.errors:BridgeNotReadyError",
    "BroadcastOutcome": f"{_PACKAGE}.delivery:BroadcastOutcome",
    "CRITICAL_EVENTS": f"{_PACKAGE}.events:CRITICAL_EVENTS",
    "Connection": f"{_PACKAGE}.connection:Connection",
    "ConnectionError": f"{_PACKAGE}.database.errors:ConnectionError",
    "ConnectionLimitError": f"{_PACKAGE}.errors:ConnectionLimitError",
    "ContextIsolationError": f"{_PACKAGE}.errors:ContextIsolationError",
    "CorruptDatabaseError": f"{_PACKAGE}.database.errors:CorruptDatabaseError",
    "DatabaseBusyError": f"{_PACKAGE}.database.errors:DatabaseBusyError",
    "DatabaseClosedError": f"{_PACKAGE}.database.errors:DatabaseClosedError",
    "DatabaseManager": f"{_PACKAGE}.database.manager:DatabaseManager",
    "DatabaseOptions": f"{_PACKAGE}.database.engine:DatabaseOptions",
    "DatabaseUrlError": f"{_PACKAGE}.database.errors:DatabaseUrlError",
    "DeadlockError": f"{_PACKAGE}.database.errors:DeadlockError",
    "DeliveryStatus": f"{_PACKAGE}.delivery:DeliveryStatus",
    "Departure": f"{_PACKAGE}.delivery:Departure",
    "Drained": f"{_PACKAGE}.delivery:Drained",
    "DropReason": f"{_PACKAGE}.delivery:DropReason",
    "Emission": f"{_PACKAGE}.bridge:Emission",
    "ErrorCode": f"{_PACKAGE}.frames:ErrorCode",
    "EventOrderError": f"{_PACKAGE}.errors:EventOrderError",
    "EventType": f"{_PACKAGE}.events:EventType",
    "ExecutionRecord": f"{_PACKAGE}.execution_record:ExecutionRecord",
    "ExecutionState": f"{_PACKAGE}.execution:ExecutionState",
    "FOLLOWERS": f"{_PACKAGE}.events:FOLLOWERS",
    "FrameError": f"{_PACKAGE}.frames:FrameError",
    "GoldenPath": f"{_PACKAGE}.golden_path:GoldenPath",
    "INTEGRATION_MOVES": f"{_PACKAGE}.integration:INTEGRATION_MOVES",
    "Identity": f"{_PACKAGE}.tokens:Identity",
    "IllegalIntegrationError": f"{_PACKAGE}.errors:IllegalIntegrationError",
    "IllegalTransitionError": f"{_PACKAGE}.errors:IllegalTransitionError",
    "IncompleteSystemError": f"{_PACKAGE}.errors:IncompleteSystemError",
    "IntegrationCause": f"{_PACKAGE}.integration:IntegrationCause",
    "IntegrationState": f"{_PACKAGE}.integration:IntegrationState",
    "IntegrityError": f"{_PACKAGE}.database.errors:IntegrityError",
    "InvalidContextError": f"{_PACKAGE}.errors:InvalidContextError",
    "InvalidSettingError": f"{_PACKAGE}.settings:InvalidSettingError",
    "InvalidTokenError": f"{_PACKAGE}.tokens:InvalidTokenError",
    "LockTimeoutError": f"{_PACKAGE}.database.errors:LockTimeoutError",
    "ManagerClosedError": f"{_PACKAGE}.errors:ManagerClosedError",
    "ManagerLimits": f"{_PACKAGE}.connection:ManagerLimits",
    "ManagerStatistics": f"{_PACKAGE}.delivery:ManagerStatistics",
    "MessageRecord": f"{_PACKAGE}.database.records:MessageRecord",
    "OutboxCounts": f"{_PACKAGE}.database.outbox:OutboxCounts",
    "Outcome": f"{_PACKAGE}.delivery:Outcome",
    "REDACTED": f"{_PACKAGE}.redaction:REDACTED",
    "ReadOnlyError": f"{_PACKAGE}.database.errors:ReadOnlyError",
    "ReferenceSystem": f"{_PACKAGE}.protocol:ReferenceSystem",
    "RelayLimits": f"{_PACKAGE}.relay_limits:RelayLimits",
    "RelayLink": f"{_PACKAGE}.relay_link:RelayLink",
    "RelayedManager": f"{_PACKAGE}.relayed_manager:RelayedManager",
    "RetryPolicy": f"{_PACKAGE}.database.retry:RetryPolicy",
    "Role": f"{_PACKAGE}.database.records:Role",
    "RunLimitError": f"{_PACKAGE}.errors:RunLimitError",
    "RunRecord": f"{_PACKAGE}.database.records:RunRecord",
    "SchemaVersionError": f"{_PACKAGE}.database.errors:SchemaVersionError",
    "SerializationError": f"{_PACKAGE}.database.errors:SerializationError",
    "ServerLimits": f"{_PACKAGE}.settings:ServerLimits",
    "ServerSettings": f"{_PACKAGE}.settings:ServerSettings",
    "ServerTimeouts": f"{_PACKAGE}.settings:ServerTimeouts",
    "StatementError": f"{_PACKAGE}.database.errors:StatementError",
    "StepRecord": f"{_PACKAGE}.supervisor_record:StepRecord",
    "StorageError": f"{_PACKAGE}.database.errors:StorageError",
    "Supervisor": f"{_PACKAGE}.supervisor:Supervisor",
    "SupervisorBusyError": f"{_PACKAGE}.errors:SupervisorBusyError",
    "SupervisorLimits": f"{_PACKAGE}.supervisor_record:SupervisorLimits",
    "SupervisorReply": f"{_PACKAGE}.supervisor_record:SupervisorReply",
    "SupervisorRequest": f"{_PACKAGE}.supervisor_record:SupervisorRequest",
    "SupervisorStatistics": f"{_PACKAGE}.supervisor_record:SupervisorStatistics",
    "TERMINAL_STATES": f"{_PACKAGE}.execution:TERMINAL_STATES",
    "TRANSITIONS": f"{_PACKAGE}.execution:TRANSITIONS",
    "TimeoutError": f"{_PACKAGE}.database.errors:TimeoutError",
    "TokenProblem": f"{_PACKAGE}.tokens:TokenProblem",
    "TokenVerifier": f"{_PACKAGE}.tokens:TokenVerifier",
    "TooManyConnectionsError": f"{_PACKAGE}.database.errors:TooManyConnectionsError",
    "TrackerLimits": f"{_PACKAGE}.execution_record:TrackerLimits",
    "TrackerMetrics": f"{_PACKAGE}.execution_record:TrackerMetrics",
    "Transaction": f"{_PACKAGE}.database.transaction:Transaction",
    "TransactionError": f"{_PACKAGE}.database.errors:TransactionError",
    "UnencodableEventError": f"{_PACKAGE}.errors:UnencodableEventError",
    "UnifiedWebSocketManager": f"{_PACKAGE}.manager:UnifiedWebSocketManager",
    "UnknownExecutionError": f"{_PACKAGE}.errors:UnknownExecutionError",
    "UnknownPathError": f"{_PACKAGE}.errors:UnknownPathError",
    "UserExecutionContext": f"{_PACKAGE}.context:UserExecutionContext",
    "UserMetadata": f"{_PACKAGE}.metadata:UserMetadata",
    "breaking_changes": f"{_PACKAGE}.public_api:breaking_changes",
    "create_database_manager": f"{_PACKAGE}.database.manager:create_database_manager",
    "create_websocket_manager": f"{_PACKAGE}.manager:create_websocket_manager",
    "decode_event": f"{_PACKAGE}.encoding:decode_event",
    "describe_public_api": f"{_PACKAGE}.public_api:describe_public_api",
    "encode_event": f"{_PACKAGE}.encoding:encode_event",
    "issue_token": f"{_PACKAGE}.tokens:issue_token",
    "load_system": f"{_PACKAGE}.protocol:load_system",
    "redact": f"{_PACKAGE}.redaction:redact",
    "resolve": f"{_PACKAGE}.registry:resolve",
    "transition": f"{_PACKAGE}.execution:transition",
    "unique_id": f"{_PACKAGE}.identity:unique_id",
}

# Public names that are those of built-ins, because the document calls them so. They are imported by
# name and are in no `__all__`: a star import leaves the built-ins alone.
SHADOWS: "frozenset[str]" = frozenset({"ConnectionError", "TimeoutError"})

# Paths of the document's backend before its parts were brought together, and the public name each
# one forwards to.
DEPRECATED: "Mapping[str, str]" = {
    f"{_PACKAGE}.core.agent_execution_tracker:AgentExecutionTracker": "AgentExecutionTracker",
    f"{_PACKAGE}.core.agent_execution_tracker:ExecutionState": "ExecutionState",
    f"{_PACKAGE}.core.execution_tracker:ExecutionTracker": "AgentExecutionTracker",
    f"{_PACKAGE}.core.execution_tracker:ExecutionState": "ExecutionState",
    f"{_PACKAGE}.services.agent_websocket_bridge:AgentWebSocketBridge": "AgentWebSocketBridge",
    f"{_PACKAGE}.services.agent_websocket_bridge:IntegrationState": "IntegrationState",
    f"{_PACKAGE}.services.user_execution_context:ContextIsolationError": "ContextIsolationError",
    f"{_PACKAGE}.services.user_execution_context:InvalidContextError": "InvalidContextError",
    f"{_PACKAGE}.services.user_execution_context:UserExecutionContext": "UserExecutionContext",
    f"{_PACKAGE}.websocket_core.manager:UnifiedWebSocketManager": "UnifiedWebSocketManager",
    f"{_PACKAGE}.websocket_core.manager:WebSocketManager": "UnifiedWebSocketManager",
    f"{_PACKAGE}.websocket_core.unified_manager:UnifiedWebSocketManager": "UnifiedWebSocketManager",
    f"{_PACKAGE}.websocket_core.websocket_manager_factory:create_websocket_manager": (
        "create_websocket_manager"
    ),
}


def resolve(path: str) -> object:
    """Import and return what one entry stands for.

    Args:
        path: A public name, or a canonical or deprecated path; a deprecated one warns.

    Raises:
        UnknownPathError: The registry does not hold it.
        ImportError: The registry holds it, and it is not there.
        AttributeError: Its module is there, and does not have the name.
    """
    from importlib import import_module  # only who resolves pays for it

    target = CANONICAL.get(path, path)
    if target not in DEPRECATED and target not in CANONICAL.values():
        from system_under_test.errors import UnknownPathError  # as above

        raise UnknownPathError(path)
    module, _, name = target.partition(":")
    found: object = getattr(import_module(module), name)
    return found


def forwarder(module: str) -> "Callable[[str], object]":
    """Return the `__getattr__` of a deprecated module: each name warns and forwards.

    It keeps nothing, so that each use warns where it stands.
    """

    def forward(name: str) -> object:
        public = DEPRECATED.get(f"{module}:{name}")
        if public is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        from warnings import warn  # only who uses an old path pays for it

        home = CANONICAL[public].partition(":")[0]
        message = f"{module}.{name} is deprecated; import {public} from {home}"
        warn(message, DeprecationWarning, stacklevel=2)
        return resolve(public)

    return forward
