"""The reference agent backend: small, and real down to its sockets and databases.

Every public name is importable from here and is loaded when it is first used; where each one lives
is data, in `system_under_test.registry`. `import system_under_test` itself imports nothing else.
"""

from system_under_test.registry import CANONICAL, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from system_under_test.admission import Admission as Admission
    from system_under_test.agent import Agent as Agent
    from system_under_test.agent import AgentReply as AgentReply
    from system_under_test.agent import AgentRequest as AgentRequest
    from system_under_test.bridge import AgentWebSocketBridge as AgentWebSocketBridge
    from system_under_test.bridge import Emission as Emission
    from system_under_test.connection import Connection as Connection
    from system_under_test.connection import ManagerLimits as ManagerLimits
    from system_under_test.context import UserExecutionContext as UserExecutionContext
    from system_under_test.database.engine import DatabaseOptions as DatabaseOptions
    from system_under_test.database.errors import AbortedTransactionError as AbortedTransactionError
    from system_under_test.database.errors import AccessDeniedError as AccessDeniedError
    from system_under_test.database.errors import ConnectionError as ConnectionError
    from system_under_test.database.errors import CorruptDatabaseError as CorruptDatabaseError
    from system_under_test.database.errors import DatabaseBusyError as DatabaseBusyError
    from system_under_test.database.errors import DatabaseClosedError as DatabaseClosedError
    from system_under_test.database.errors import DatabaseUrlError as DatabaseUrlError
    from system_under_test.database.errors import DeadlockError as DeadlockError
    from system_under_test.database.errors import IntegrityError as IntegrityError
    from system_under_test.database.errors import LockTimeoutError as LockTimeoutError
    from system_under_test.database.errors import ReadOnlyError as ReadOnlyError
    from system_under_test.database.errors import SchemaVersionError as SchemaVersionError
    from system_under_test.database.errors import SerializationError as SerializationError
    from system_under_test.database.errors import StatementError as StatementError
    from system_under_test.database.errors import StorageError as StorageError
    from system_under_test.database.errors import TimeoutError as TimeoutError
    from system_under_test.database.errors import TooManyConnectionsError as TooManyConnectionsError
    from system_under_test.database.errors import TransactionError as TransactionError
    from system_under_test.database.manager import DatabaseManager as DatabaseManager
    from system_under_test.database.manager import (
        create_database_manager as create_database_manager,
    )
    from system_under_test.database.outbox import OutboxCounts as OutboxCounts
    from system_under_test.database.records import MessageRecord as MessageRecord
    from system_under_test.database.records import Role as Role
    from system_under_test.database.records import RunRecord as RunRecord
    from system_under_test.database.retry import RetryPolicy as RetryPolicy
    from system_under_test.database.transaction import Transaction as Transaction
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
    from system_under_test.errors import SupervisorBusyError as SupervisorBusyError
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
    from system_under_test.frames import ErrorCode as ErrorCode
    from system_under_test.frames import FrameError as FrameError
    from system_under_test.golden_path import GoldenPath as GoldenPath
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
    from system_under_test.relay_limits import RelayLimits as RelayLimits
    from system_under_test.relay_link import RelayLink as RelayLink
    from system_under_test.relayed_manager import RelayedManager as RelayedManager
    from system_under_test.server import BackendServer as BackendServer
    from system_under_test.settings import InvalidSettingError as InvalidSettingError
    from system_under_test.settings import ServerLimits as ServerLimits
    from system_under_test.settings import ServerSettings as ServerSettings
    from system_under_test.settings import ServerTimeouts as ServerTimeouts
    from system_under_test.supervisor import Supervisor as Supervisor
    from system_under_test.supervisor_record import StepRecord as StepRecord
    from system_under_test.supervisor_record import SupervisorLimits as SupervisorLimits
    from system_under_test.supervisor_record import SupervisorReply as SupervisorReply
    from system_under_test.supervisor_record import SupervisorRequest as SupervisorRequest
    from system_under_test.supervisor_record import SupervisorStatistics as SupervisorStatistics
    from system_under_test.tokens import Identity as Identity
    from system_under_test.tokens import InvalidTokenError as InvalidTokenError
    from system_under_test.tokens import TokenProblem as TokenProblem
    from system_under_test.tokens import TokenVerifier as TokenVerifier
    from system_under_test.tokens import issue_token as issue_token
    from system_under_test.tracker import AgentExecutionTracker as AgentExecutionTracker

__all__ = [
    "CRITICAL_EVENTS",
    "FOLLOWERS",
    "INTEGRATION_MOVES",
    "REDACTED",
    "TERMINAL_STATES",
    "TRANSITIONS",
    "AbortedTransactionError",
    "AccessDeniedError",
    "Admission",
    "Agent",
    "AgentEvent",
    "AgentExecutionTracker",
    "AgentReply",
    "AgentRequest",
    "AgentWebSocketBridge",
    "AlreadyConnectedError",
    "BackendError",
    "BackendServer",
    "BridgeHealth",
    "BridgeNotReadyError",
    "BroadcastOutcome",
    "Connection",
    "ConnectionLimitError",
    "ContextIsolationError",
    "CorruptDatabaseError",
    "DatabaseBusyError",
    "DatabaseClosedError",
    "DatabaseManager",
    "DatabaseOptions",
    "DatabaseUrlError",
    "DeadlockError",
    "DeliveryStatus",
    "Departure",
    "Drained",
    "DropReason",
    "Emission",
    "ErrorCode",
    "EventOrderError",
    "EventType",
    "ExecutionRecord",
    "ExecutionState",
    "FrameError",
    "GoldenPath",
    "Identity",
    "IllegalIntegrationError",
    "IllegalTransitionError",
    "IncompleteSystemError",
    "IntegrationCause",
    "IntegrationState",
    "IntegrityError",
    "InvalidContextError",
    "InvalidSettingError",
    "InvalidTokenError",
    "LockTimeoutError",
    "ManagerClosedError",
    "ManagerLimits",
    "ManagerStatistics",
    "MessageRecord",
    "OutboxCounts",
    "Outcome",
    "ReadOnlyError",
    "ReferenceSystem",
    "RelayLimits",
    "RelayLink",
    "RelayedManager",
    "RetryPolicy",
    "Role",
    "RunLimitError",
    "RunRecord",
    "SchemaVersionError",
    "SerializationError",
    "ServerLimits",
    "ServerSettings",
    "ServerTimeouts",
    "StatementError",
    "StepRecord",
    "StorageError",
    "Supervisor",
    "SupervisorBusyError",
    "SupervisorLimits",
    "SupervisorReply",
    "SupervisorRequest",
    "SupervisorStatistics",
    "TokenProblem",
    "TokenVerifier",
    "TooManyConnectionsError",
    "TrackerLimits",
    "TrackerMetrics",
    "Transaction",
    "TransactionError",
    "UnencodableEventError",
    "UnifiedWebSocketManager",
    "UnknownExecutionError",
    "UnknownPathError",
    "UserExecutionContext",
    "UserMetadata",
    "breaking_changes",
    "create_database_manager",
    "create_websocket_manager",
    "decode_event",
    "describe_public_api",
    "encode_event",
    "issue_token",
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
