"""What is refused."""

from collections.abc import Mapping


class InvalidContextError(ValueError):
    """A context with a field that is no good."""


class ContextIsolationError(Exception):
    """Something of one user for another."""


class IllegalTransitionError(Exception):
    """A move that the table does not hold."""


class UnknownExecutionError(KeyError):
    """No execution has this id."""


class ConnectionLimitError(Exception):
    """Too many connections of one user."""


class EventOrderError(Exception):
    """An event out of its order."""


class UnencodableEventError(TypeError):
    """An event that JSON cannot say."""


class BridgeNotReadyError(Exception):
    """A bridge that cannot send."""


def errors() -> Mapping[str, type[Exception]]:
    """Return what is raised, by role."""
    return {
        "invalid_context": InvalidContextError,
        "context_isolation": ContextIsolationError,
        "illegal_transition": IllegalTransitionError,
        "unknown_execution": UnknownExecutionError,
        "connection_limit": ConnectionLimitError,
        "event_order": EventOrderError,
        "unencodable_event": UnencodableEventError,
        "bridge_not_ready": BridgeNotReadyError,
    }
