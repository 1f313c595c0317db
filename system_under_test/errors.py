"""What the reference backend can refuse, as records that can speak.

Each error keeps its fields and makes its sentence in `__str__`: what happened, where, and what to
do next.

    BackendError
    ├── InvalidContextError (ValueError)      a field of a context breaks its rule
    ├── ContextIsolationError                 something of one user was about to reach another
    ├── IllegalTransitionError                a move that the table of states does not hold
    ├── UnknownExecutionError (LookupError)   no execution has this id
    ├── ConnectionLimitError                  the user has as many connections as allowed
    ├── AlreadyConnectedError                 the same connection object twice
    ├── ManagerClosedError                    the manager was shut down
    ├── UnencodableEventError (TypeError)     an event holds what JSON cannot say
    ├── EventOrderError                       an event of a run out of its order
    ├── RunLimitError                         too many runs are open at once
    ├── SupervisorBusyError                   too many answers are in work at once
    ├── BridgeNotReadyError                   the bridge cannot send in its state
    ├── IllegalIntegrationError               a cause that does not apply in the bridge's state
    ├── UnknownPathError (LookupError)        the import registry does not hold this path
    └── IncompleteSystemError (TypeError)     a module lacks what `ReferenceSystem` asks for
"""

from collections.abc import Iterable

# Text from outside is quoted in messages; a hostile one must not fill a log line.
_SHOWN_CHARACTERS = 60


def shown(value: object) -> str:
    """Return `value` as it is quoted in a message: its repr, cut to one short line."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


def listed(names: Iterable[str]) -> str:
    """Return names in one order, as they are listed in a message."""
    return ", ".join(sorted(names)) or "nothing"


class BackendError(Exception):
    """Anything that the reference backend refuses on purpose."""


class InvalidContextError(BackendError, ValueError):
    """An id or another field of a context breaks its rule."""

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(field, value, rule)
        self.field = field
        self.value = value
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.field} is {shown(self.value)}, but {self.rule}"


class ContextIsolationError(BackendError):
    """Something that belongs to one user was about to reach another.

    The sentence does not name the owner, because it may be shown to the other one; `owner` does.
    """

    def __init__(self, where: str, owner: str, user_id: str) -> None:
        super().__init__(where, owner, user_id)
        self.where = where
        self.owner = owner
        self.user_id = user_id

    def __str__(self) -> str:
        return (
            f"{self.where} belongs to another user than {shown(self.user_id)}; "
            "make it anew from this user's own data"
        )


class IllegalTransitionError(BackendError):
    """A move that the table of states does not hold; nothing was changed."""

    def __init__(self, current: str, target: str, allowed: Iterable[str]) -> None:
        allowed = tuple(sorted(allowed))
        super().__init__(current, target, allowed)
        self.current = current
        self.target = target
        self.allowed = allowed

    def __str__(self) -> str:
        move = f"an execution cannot go from {self.current!s} to {shown(str(self.target))}"
        if not self.allowed:
            return f"{move}: {self.current!s} is final; create a new execution"
        return f"{move}; from there it can go to: {listed(self.allowed)}"


class UnknownExecutionError(BackendError, LookupError):
    """No execution has this id."""

    def __init__(self, execution_id: str) -> None:
        super().__init__(execution_id)
        self.execution_id = execution_id

    def __str__(self) -> str:
        return (
            f"no execution {shown(self.execution_id)} is tracked: it was never created here, or it "
            "ended and its record was given up; use the id that `create` returned"
        )


class ConnectionLimitError(BackendError):
    """The user has as many connections as one user may have; nothing was changed."""

    def __init__(self, user_id: str, limit: int) -> None:
        super().__init__(user_id, limit)
        self.user_id = user_id
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"user {shown(self.user_id)} already has {self.limit} connections, the limit for one "
            "user; disconnect one first"
        )


class AlreadyConnectedError(BackendError):
    """The same connection object was connected twice."""

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id)
        self.user_id = user_id

    def __str__(self) -> str:
        return (
            f"this connection is already connected, for user {shown(self.user_id)}; "
            "disconnect it first"
        )


class ManagerClosedError(BackendError):
    """The manager was shut down and takes no connection."""

    def __str__(self) -> str:
        return "the manager was shut down; connect to a new one from create_websocket_manager()"


class UnencodableEventError(BackendError, TypeError):
    """An event holds something that JSON cannot say."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"the event cannot be written as JSON: {self.problem}; "
            "put text, numbers, lists and mappings with text keys into its payload"
        )


class EventOrderError(BackendError):
    """An event of a run out of its order; nothing was sent and no number was used."""

    def __init__(
        self, run_id: str, previous: str | None, attempted: str, allowed: Iterable[str]
    ) -> None:
        allowed = tuple(sorted(allowed))
        super().__init__(run_id, previous, attempted, allowed)
        self.run_id = run_id
        self.previous = previous
        self.attempted = attempted
        self.allowed = allowed

    def __str__(self) -> str:
        where = "first" if self.previous is None else f"after {self.previous!s}"
        start = f"run {shown(self.run_id)} cannot emit {shown(str(self.attempted))} {where}; "
        if not self.allowed:
            return f"{start}the run has ended, start another with a new run_id"
        return f"{start}emit one of: {listed(self.allowed)}"


class RunLimitError(BackendError):
    """As many runs are open as the bridge follows at once."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"{self.limit} runs are open, the limit of this bridge; "
            "end one with agent_completed or agent_error first"
        )


class SupervisorBusyError(BackendError):
    """As many answers are in work as the supervisor takes at once; nothing was begun."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"{self.limit} messages are being answered, the limit of this server; try again soon"


class BridgeNotReadyError(BackendError):
    """The bridge cannot send in its present state."""

    def __init__(self, state: str, cause: str | None) -> None:
        super().__init__(state, cause)
        self.state = state
        self.cause = cause

    def __str__(self) -> str:
        because = f" ({self.cause})" if self.cause else ""
        return f"the bridge is {self.state!s}{because} and cannot send; start it with a manager"


class IllegalIntegrationError(BackendError):
    """A cause that does not apply in this state of the bridge; nothing was changed."""

    def __init__(self, state: str, cause: str, applicable: Iterable[str]) -> None:
        applicable = tuple(sorted(applicable))
        super().__init__(state, cause, applicable)
        self.state = state
        self.cause = cause
        self.applicable = applicable

    def __str__(self) -> str:
        return (
            f"{self.cause!s} does not apply to a bridge that is {self.state!s}; "
            f"there these do: {listed(self.applicable)}"
        )


class UnknownPathError(BackendError, LookupError):
    """The import registry does not hold this name or path."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"the import registry does not hold {shown(self.path)}; "
            "see CANONICAL and DEPRECATED in system_under_test.registry for what it holds"
        )


class IncompleteSystemError(BackendError, TypeError):
    """A module does not provide what `ReferenceSystem` asks for."""

    def __init__(self, module: str, missing: Iterable[str]) -> None:
        missing = tuple(missing)
        super().__init__(module, missing)
        self.module = module
        self.missing = missing

    def __str__(self) -> str:
        return (
            f"module {shown(self.module)} cannot be measured as a system: it lacks "
            f"{', '.join(self.missing)}; system_under_test.protocol.ReferenceSystem says what "
            "each one must do"
        )
