"""What the suites use of the objects that a system hands out.

Nothing here is inherited from: an object fits when it has these attributes and methods.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias

from system_under_test.connection import Connection

Own: TypeAlias = Any
"""Something the same system made: a context, a manager, an event. The suites only hand it back."""


class ContextPart(Protocol):
    """A context, immutable all the way down."""

    @property
    def user_id(self) -> str:
        """Whose request it is."""

    @property
    def thread_id(self) -> str:
        """The conversation."""

    @property
    def run_id(self) -> str:
        """The run."""

    @property
    def request_id(self) -> str:
        """This step of the run, unique."""

    @property
    def depth(self) -> int:
        """0 for a request, one more for each child, at most 10."""

    @property
    def parent_request_id(self) -> str | None:
        """The request it was made from."""

    @property
    def agent_context(self) -> Mapping[str, object]:
        """What the agent may read."""

    @property
    def audit_metadata(self) -> Mapping[str, object]:
        """What the log may read."""

    def create_child_context(self) -> "ContextPart":
        """Return a child: new request_id, one deeper, the same ids otherwise."""


class RecordPart(Protocol):
    """An execution as it stood when the tracker was asked."""

    @property
    def execution_id(self) -> str:
        """The id that `create` returned."""

    @property
    def user_id(self) -> str:
        """Whom it works for."""

    @property
    def state(self) -> str:
        """One of the nine states."""

    @property
    def history(self) -> Sequence[tuple[str, float]]:
        """Every state it entered and the clock's seconds, oldest first."""


class MetricsPart(Protocol):
    """Counts of a tracker: `created` is all the others together."""

    @property
    def created(self) -> int:
        """Executions ever created."""

    @property
    def live(self) -> int:
        """Those that have not ended."""

    @property
    def completed(self) -> int:
        """Ended well."""

    @property
    def failed(self) -> int:
        """Ended with an error."""

    @property
    def timeout(self) -> int:
        """Ended by the execution's deadline, 25 s after creation."""

    @property
    def dead(self) -> int:
        """Ended by a missed heartbeat, 10 s after the last sign of life."""

    @property
    def cancelled(self) -> int:
        """Ended on request."""


class TrackerPart(Protocol):
    """Follows executions; every method that takes an unknown id raises `unknown_execution`."""

    def create(self, context: Own, agent: str) -> str:
        """Return the id of a new pending execution."""

    def start(self, execution_id: str) -> str:
        """Move it to running and return the new state."""

    def advance(self, execution_id: str, target: str) -> str:
        """Move it to `target`, or raise `illegal_transition` and change nothing."""

    def heartbeat(self, execution_id: str) -> None:
        """Take a sign of life; an ended execution raises `illegal_transition`."""

    def finish(self, execution_id: str, *, error: str | None = None) -> str:
        """End it: completed, or failed when there is an error."""

    def cancel(self, execution_id: str) -> str:
        """End it on request."""

    def get(self, execution_id: str) -> RecordPart:
        """Return it as it stands."""

    def expire(self) -> Sequence[RecordPart]:
        """End those whose deadline has passed and return them."""

    def metrics(self) -> MetricsPart:
        """Return the counts."""


class OutcomePart(Protocol):
    """What happened to a message."""

    @property
    def status(self) -> str:
        """One of delivered, queued, dropped."""

    @property
    def reason(self) -> str | None:
        """Why something was lost, or None."""


class StatisticsPart(Protocol):
    """Counts of a manager: `taken` is `written`, `waiting` and all of `dropped` together."""

    @property
    def connections(self) -> int:
        """Connections that are open."""

    @property
    def taken(self) -> int:
        """Copies of messages that the manager was given, one for each connection."""

    @property
    def written(self) -> int:
        """Copies written."""

    @property
    def waiting(self) -> int:
        """Copies that wait."""

    @property
    def dropped(self) -> Mapping[Any, int]:
        """Copies given up, by reason."""


class ManagerPart(Protocol):
    """Sends to users; nothing in it waits, so it needs no event loop."""

    def connect(self, user_id: str, connection: Connection, thread_id: str | None = None) -> object:
        """Add a connection, or raise `connection_limit`; write to it what waited for the user."""

    def disconnect(self, connection: Connection) -> object:
        """Forget a connection; what waited for it waits for the user's return."""

    def pause(self, connection: Connection) -> None:
        """Queue what comes for it."""

    def resume(self, connection: Connection) -> object:
        """Write what waited for it."""

    def send(self, user_id: str, event: Own) -> OutcomePart:
        """Send an event of `create_event`, or a mapping, to one user and to nobody else."""

    def send_to_thread(self, thread_id: str, event: Own) -> OutcomePart:
        """Send to the user whose thread this is."""

    def broadcast(self, notice: Mapping[str, Any]) -> object:
        """Send a mapping to every connected user."""

    def statistics(self) -> StatisticsPart:
        """Return the counts."""


class EmissionPart(Protocol):
    """One event on its way."""

    @property
    def sequence(self) -> int:
        """Its number within the run, from 1."""

    @property
    def outcome(self) -> OutcomePart:
        """What the manager did with it."""


class BridgePart(Protocol):
    """Sends the events of runs, in order and numbered."""

    @property
    def state(self) -> str:
        """One of uninitialized, initializing, active, degraded, failed."""

    def start(self, manager: Own) -> str:
        """Take a manager, see whether it delivers, return the state that follows."""

    def stop(self) -> int:
        """Let the manager go; return how many open runs that cut off."""

    def health(self) -> object:
        """Return what was measured."""

    def emit(self, context: Own, event_type: str, payload: Mapping[str, Any] = ...) -> EmissionPart:
        """Send the run's next event without secrets, or raise `event_order`."""


class TransactionPart(Protocol):
    """A transaction that has begun. Records are those of `system_under_test.database.records`."""

    async def add_thread(self, thread_id: str, user_id: str) -> object:
        """Add a thread, unless this user has it; raises `context_isolation` when another does."""

    async def add_message(self, message: Own) -> object:
        """Add a message to a thread of its user."""

    async def add_runs(self, runs: Sequence[Own]) -> object:
        """Add runs for a message of their user."""

    async def finish_run(
        self, run_id: str, state: str, result: str | None, *, user_id: str
    ) -> object:
        """Write down how a run of this user ended."""

    def queue(self, send: Callable[[], object]) -> None:
        """Let `send` run after the commit; never without it."""


class DatabasePart(Protocol):
    """A database that was opened."""

    def transaction(
        self, *, serializable: bool = ...
    ) -> AbstractAsyncContextManager[TransactionPart, bool | None]:
        """Return a context: commits at its end, rolls back when its body raises."""

    async def messages(self, thread_id: str, user_id: str) -> Sequence[Own]:
        """Return the messages of a thread of this user, in the order they were added."""

    async def close(self) -> None:
        """Give up every connection."""
