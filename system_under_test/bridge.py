"""From an agent's run to its user's screen: events in order, numbered, without secrets."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from system_under_test.context import UserExecutionContext
from system_under_test.delivery import DropReason, Outcome
from system_under_test.errors import (
    BridgeNotReadyError,
    ContextIsolationError,
    EventOrderError,
    RunLimitError,
)
from system_under_test.events import FOLLOWERS, AgentEvent, EventType
from system_under_test.integration import (
    BridgeHealth,
    DeliveryWindow,
    IntegrationCause,
    IntegrationState,
    integration_after,
)
from system_under_test.manager import UnifiedWebSocketManager, create_websocket_manager
from system_under_test.probe import probe
from system_under_test.redaction import redact

_NO_PAYLOAD: Final[Mapping[str, Any]] = MappingProxyType({})
_EVENT_TYPES: Final[dict[str, EventType]] = {event_type: event_type for event_type in EventType}


class Emission(msgspec.Struct, frozen=True):
    """One event on its way.

    Attributes:
        sequence: Its number within the run.
        outcome: What the manager did with it; a dropped event keeps its number, so that the client
            sees the gap.
    """

    sequence: int
    outcome: Outcome


class _Run:
    """How far a run has come."""

    __slots__ = ("last", "owner", "sequence")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.last: EventType | None = None
        self.sequence = 0


class AgentWebSocketBridge:
    """Sends the events of runs through a manager, and knows from what it sees whether that works.

    It begins uninitialized. `start` (or `initialize`, which makes the manager too) sends a probe
    through the manager: it is active when the probe arrives, failed when it does not. Deliveries
    with losses and a lost link to other nodes make it degraded, good ones and the link's return
    active again; a failed probe or a manager that was shut down makes it failed. It sends while
    active or degraded.

    Args:
        clock: Returns the present, in seconds since the epoch.
        max_open_runs: Runs that are followed at once.
        remembered_runs: Ended runs whose id is still refused.
    """

    __slots__ = (
        "_cause",
        "_clock",
        "_ended",
        "_link_lost",
        "_manager",
        "_max_open_runs",
        "_probe",
        "_remembered_runs",
        "_runs",
        "_state",
        "_window",
    )

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        *,
        max_open_runs: int = 10_000,
        remembered_runs: int = 10_000,
    ) -> None:
        self._clock = clock
        self._max_open_runs = max_open_runs
        self._remembered_runs = remembered_runs
        self._state = IntegrationState.UNINITIALIZED
        self._cause: IntegrationCause | None = None
        self._probe: str | None = None
        self._manager: UnifiedWebSocketManager | None = None
        self._link_lost = False
        self._window = DeliveryWindow()
        self._runs: dict[str, _Run] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()

    @property
    def state(self) -> IntegrationState:
        """Where the bridge stands."""
        return self._state

    def start(self, manager: UnifiedWebSocketManager) -> IntegrationState:
        """Take a manager, probe it, and return the state that follows: active or failed.

        Raises:
            IllegalIntegrationError: The bridge is started already.
        """
        self._move(IntegrationCause.START)
        return self._adopt(manager)

    async def initialize(
        self,
        factory: Callable[[], Awaitable[UnifiedWebSocketManager]] = create_websocket_manager,
    ) -> IntegrationState:
        """Await a manager and `start` with it; initializing meanwhile, failed when there is none.

        Raises:
            IllegalIntegrationError: The bridge is started already, or was stopped meanwhile.
            Exception: What `factory` raised.
        """
        self._move(IntegrationCause.START)
        try:
            manager = await factory()
        except BaseException:  # a cancelled start must not stay initializing either
            if self._state is IntegrationState.INITIALIZING:
                self._move(IntegrationCause.MANAGER_LOST)
            raise
        return self._adopt(manager)

    def stop(self) -> int:
        """Let the manager go and return how many open runs that cut off; their ids stay refused.

        Raises:
            IllegalIntegrationError: The bridge was never started.
        """
        self._move(IntegrationCause.STOP)
        cut_off = tuple(self._runs)
        for run_id in cut_off:
            self._end(run_id)
        self._manager = None
        self._probe = None
        self._window = DeliveryWindow()
        return len(cut_off)

    def check(self) -> BridgeHealth:
        """Probe the manager now and return the health that follows.

        Raises:
            BridgeNotReadyError: The bridge is not started, or has failed.
        """
        self._run_probe(self._sending_manager())
        return self.health()

    def health(self) -> BridgeHealth:
        """Return what was measured so far."""
        return BridgeHealth(
            state=self._state,
            observed=self._window.observed,
            troubled_ratio=self._window.troubled_ratio,
            probe=self._probe,
            cause=self._cause,
            open_runs=len(self._runs),
        )

    def lose_link(self) -> None:
        """Take note that other nodes cannot be reached: degraded, also when it is started later."""
        self._link_lost = True
        if self._state in (IntegrationState.ACTIVE, IntegrationState.DEGRADED):
            self._move(IntegrationCause.LINK_LOST)

    def restore_link(self) -> None:
        """Take note that other nodes can be reached: active again, unless deliveries say no."""
        was_lost, self._link_lost = self._link_lost, False
        if was_lost and self._state is IntegrationState.DEGRADED:
            self._move(IntegrationCause.LINK_RESTORED)
            self._judge()

    def emit(
        self,
        context: UserExecutionContext,
        event_type: str,
        payload: Mapping[str, Any] = _NO_PAYLOAD,
    ) -> Emission:
        """Send the next event of a run to its user, without secrets.

        Args:
            context: Whose run it is; its run_id names the run.
            event_type: An `EventType`, or its text.
            payload: What the event says.

        Raises:
            BridgeNotReadyError: The bridge is neither active nor degraded.
            ContextIsolationError: The run belongs to another user.
            EventOrderError: The event cannot follow the run's last one.
            RunLimitError: The run is new and too many are open.
            UnencodableEventError: The payload cannot be written as JSON.
        """
        manager = self._sending_manager()
        run = self._run_of(context)
        event = self._next_event(run, context, event_type, payload)
        outcome = manager.send(context.user_id, event)
        # Nothing of the run was touched until here: an event that was refused uses no number.
        run.last, run.sequence = event.type, event.sequence
        self._runs[context.run_id] = run
        if not FOLLOWERS[event.type]:
            self._end(context.run_id)
        self._learn(outcome)
        return Emission(event.sequence, outcome)

    def _move(self, cause: IntegrationCause) -> None:
        self._state = integration_after(self._state, cause)
        self._cause = cause

    def _adopt(self, manager: UnifiedWebSocketManager) -> IntegrationState:
        self._manager = manager
        self._window = DeliveryWindow()
        self._run_probe(manager)
        if self._link_lost and self._state is IntegrationState.ACTIVE:
            self._move(IntegrationCause.LINK_LOST)
        return self._state

    def _run_probe(self, manager: UnifiedWebSocketManager) -> None:
        problem = probe(manager)
        self._move(IntegrationCause.PROBE_FAILED if problem else IntegrationCause.PROBE_PASSED)
        self._probe = problem

    def _sending_manager(self) -> UnifiedWebSocketManager:
        sending = self._state in (IntegrationState.ACTIVE, IntegrationState.DEGRADED)
        if self._manager is None or not sending:
            raise BridgeNotReadyError(self._state, self._cause)
        return self._manager

    def _run_of(self, context: UserExecutionContext) -> _Run:
        run = self._runs.get(context.run_id)
        if run is not None:
            if run.owner != context.user_id:
                raise ContextIsolationError("the run", run.owner, context.user_id)
            return run
        if len(self._runs) >= self._max_open_runs:
            raise RunLimitError(self._max_open_runs)
        return _Run(context.user_id)

    def _next_event(
        self,
        run: _Run,
        context: UserExecutionContext,
        event_type: str,
        payload: Mapping[str, Any],
    ) -> AgentEvent:
        ended = context.run_id in self._ended
        allowed = frozenset() if ended else FOLLOWERS[run.last]
        known = _EVENT_TYPES.get(event_type)
        if known is None or known not in allowed:
            raise EventOrderError(context.run_id, run.last, event_type, allowed)
        return AgentEvent(
            type=known,
            user_id=context.user_id,
            thread_id=context.thread_id,
            run_id=context.run_id,
            sequence=run.sequence + 1,
            emitted_at=self._clock(),
            payload=redact(payload),
        )

    def _end(self, run_id: str) -> None:
        del self._runs[run_id]
        self._ended[run_id] = None
        if len(self._ended) > self._remembered_runs:
            self._ended.popitem(last=False)

    def _learn(self, outcome: Outcome) -> None:
        """Let a delivery count for health."""
        if outcome.reason is DropReason.SHUT_DOWN:
            self._move(IntegrationCause.MANAGER_LOST)
            return
        self._window.observe(troubled=outcome.reason is not None)
        self._judge()

    def _judge(self) -> None:
        """Move as the last deliveries say; good ones do not bring a lost link back."""
        cause = self._window.verdict(self._state)
        if cause is None or (self._link_lost and cause is IntegrationCause.RECOVERED):
            return
        self._move(cause)
