"""The small protocol by which suites speak to any implementation of the backend.

A system is a module. `load_system("package.module")` imports it and hands it out as a
`ReferenceSystem`; the module offers the functions of that protocol under their names, as functions,
classes or aliases. What they return are the system's own objects, of which the suites use only what
`system_under_test.parts` says. `system_under_test.reference` is the first such module. Another one
that differs in a single piece is written in three lines:

    from system_under_test.reference import *

    def unique_id() -> str:
        return "always-the-same"

A system that offers some parts only (a connection manager without an agent) is loaded by naming
them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final, Protocol, cast

from system_under_test.errors import IncompleteSystemError
from system_under_test.parts import (
    BridgePart,
    ContextPart,
    DatabasePart,
    ManagerPart,
    Own,
    TrackerPart,
)

# What a module must offer for each part, in the order in which what is missing is told.
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "identity": ("unique_id",),
    "context": ("create_context",),
    "execution": ("legal_transitions", "transition"),
    "tracker": ("create_tracker",),
    "manager": ("create_manager",),
    "bridge": ("create_bridge",),
    "events": ("critical_events", "create_event", "encode_event", "redact"),
    "errors": ("errors",),
    "registry": ("canonical_paths", "deprecated_paths", "resolve", "public_api"),
    "agent": ("create_agent_reply", "create_supervisor", "create_supervisor_request"),
    "relay": ("create_relay_link", "create_relayed_manager"),
    "database": ("create_database", "database_errors"),
    "tokens": ("create_verifier",),
    "server": ("create_server",),
}


# What is measured without sockets, databases and agents, and asked for unless told otherwise.
CORE: Final = tuple(PARTS)[:9]


class ReferenceSystem(Protocol):
    """What a system module offers."""

    def unique_id(self) -> str:
        """Return an id that no other call returns, in no other process."""

    def create_context(self, *, user_id: str, thread_id: str, run_id: str) -> ContextPart:
        """Return a context, or raise `invalid_context`.

        `agent_context` and `audit_metadata` may be given as mappings too.
        """

    def legal_transitions(self) -> Mapping[Any, frozenset[Any]]:
        """Return the table of moves: each of the nine states, and where it may go."""

    def transition(self, current: str, target: str) -> str:
        """Return `target`, or raise `illegal_transition`."""

    def create_tracker(self, clock: Callable[[], float]) -> TrackerPart:
        """Return a tracker that reads this clock."""

    def create_manager(self) -> Awaitable[ManagerPart]:
        """Return a new manager, to be awaited."""

    def create_bridge(self) -> BridgePart:
        """Return a bridge that is uninitialized."""

    def critical_events(self) -> Sequence[str]:
        """Return the five critical events in order."""

    def create_event(  # noqa: PLR0913 - the fields of an event
        self,
        *,
        type: Any,  # noqa: A002, ANN401, RUF100 - the field's name on the wire; text or the system's own
        user_id: str,
        thread_id: str,
        run_id: str,
        sequence: int,
        emitted_at: float,
        payload: Mapping[str, Any] = ...,
    ) -> Own:
        """Return an event of a run, addressed to one user."""

    def encode_event(self, event: Own) -> bytes:
        """Return an event of `create_event`, or a mapping, as JSON."""

    def redact(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the payload without secrets."""

    def errors(self) -> Mapping[str, type[Exception]]:
        """Return what the parts raise, by role.

        The roles: invalid_context, context_isolation, illegal_transition, unknown_execution,
        connection_limit, event_order, unencodable_event, bridge_not_ready.
        """

    def canonical_paths(self) -> Mapping[str, str]:
        """Return every public name and its path, `package.module:name`."""

    def deprecated_paths(self) -> Mapping[str, str]:
        """Return every deprecated path and the public name it forwards to, with a warning."""

    def resolve(self, path: str) -> object:
        """Import and return what a public name or a path stands for."""

    def public_api(self) -> Mapping[str, Mapping[str, str]]:
        """Return the public API as plain data."""

    def create_supervisor(
        self,
        bridge: Any,  # noqa: ANN401, RUF100 - of this system's `create_bridge`
        tracker: Any,  # noqa: ANN401, RUF100 - of this system's `create_tracker`
        agents: Mapping[str, Any] | None = None,
        step_seconds: float | None = None,
    ) -> Any:  # noqa: ANN401, RUF100 - see system_under_test.supervisor
        """Return a supervisor of these agents, or of the three of its own.

        Each step may take `step_seconds`, or as long as it sees fit.
        """

    def create_agent_reply(self, text: str, figures: Mapping[str, Any] = ...) -> Own:
        """Return what an agent's `run` gives."""

    def create_supervisor_request(self, *, contexts: tuple[Any, ...], text: str) -> Own:
        """Return what a supervisor's `answer` takes: a context for each step, and the message."""

    def create_relayed_manager(self, node: str) -> Any:  # noqa: ANN401, RUF100 - as above
        """Return a manager that reaches the users of other nodes too, once a link carries for it.

        See `system_under_test.relayed_manager`.
        """

    def create_relay_link(
        self,
        manager: Any,  # noqa: ANN401, RUF100 - of `create_relayed_manager`
        url: str,
        *,
        on_lost: Callable[[], None],
        on_restored: Callable[[], None],
    ) -> Any:  # noqa: ANN401, RUF100 - see system_under_test.relay_link
        """Return what carries the manager's messages through this Redis, once it is started."""

    def create_database(self, url: str, options: Any = None) -> Awaitable[DatabasePart]:  # noqa: ANN401, RUF100 - see below
        """Open a database, to be awaited.

        `options` are `system_under_test.database.engine.DatabaseOptions`, or None for the usual.
        """

    def database_errors(self) -> Mapping[str, type[Exception]]:
        """Return what databases raise, by role.

        The roles: transaction, deadlock, serialization, lock_timeout, timeout, connection,
        too_many_connections, busy, integrity, read_only, storage, corrupt. Each error has
        `retryable`, `code`, and the driver's error as its cause.
        """

    def create_verifier(self, secret: str, audience: str) -> Any:  # noqa: ANN401, RUF100 - see system_under_test.tokens
        """Return what tells whose token it is, by `verify`, or raises `InvalidTokenError`."""

    def create_server(self, settings: Any, system: Any) -> Any:  # noqa: ANN401, RUF100 - see system_under_test.server
        """Return a server of these settings, made of the parts of a system, not opened yet."""


def load_system(path: str, parts: Sequence[str] = CORE) -> ReferenceSystem:
    """Import the module `path` and return it as a system.

    Args:
        path: A dotted module name.
        parts: Keys of `PARTS` that it must offer; those of `CORE` unless given.

    Raises:
        ImportError: There is no such module, or it cannot be imported.
        IncompleteSystemError: It lacks something; the sentence names all that it lacks.
    """
    module = import_module(path)
    wanted = [name for part in parts for name in PARTS[part]]
    missing = [name for name in wanted if not hasattr(module, name)]
    missing += [
        f"{name} (there, but not callable)"
        for name in wanted
        if hasattr(module, name) and not callable(getattr(module, name))
    ]
    if missing:
        raise IncompleteSystemError(path, missing)
    return cast(ReferenceSystem, module)
