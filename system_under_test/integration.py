"""The five states of a bridge, what moves it between them, and health as it was measured."""

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from system_under_test.errors import IllegalIntegrationError


class IntegrationState(StrEnum):
    """Where a bridge stands."""

    UNINITIALIZED = "uninitialized"
    INITIALIZING = "initializing"
    ACTIVE = "active"
    DEGRADED = "degraded"
    FAILED = "failed"


class IntegrationCause(StrEnum):
    """What happened to a bridge; the link is the one to the other nodes, where there are any."""

    START = "start"
    PROBE_PASSED = "probe_passed"
    PROBE_FAILED = "probe_failed"
    MANAGER_LOST = "manager_lost"
    LOSSES = "losses"
    RECOVERED = "recovered"
    LINK_LOST = "link_lost"
    LINK_RESTORED = "link_restored"
    STOP = "stop"


INTEGRATION_MOVES: Final[Mapping[IntegrationState, Mapping[IntegrationCause, IntegrationState]]] = (
    MappingProxyType(
        {
            IntegrationState.UNINITIALIZED: {
                IntegrationCause.START: IntegrationState.INITIALIZING,
            },
            IntegrationState.INITIALIZING: {
                IntegrationCause.PROBE_PASSED: IntegrationState.ACTIVE,
                IntegrationCause.PROBE_FAILED: IntegrationState.FAILED,
                IntegrationCause.MANAGER_LOST: IntegrationState.FAILED,
                IntegrationCause.STOP: IntegrationState.UNINITIALIZED,
            },
            IntegrationState.ACTIVE: {
                IntegrationCause.PROBE_PASSED: IntegrationState.ACTIVE,
                IntegrationCause.PROBE_FAILED: IntegrationState.FAILED,
                IntegrationCause.MANAGER_LOST: IntegrationState.FAILED,
                IntegrationCause.LOSSES: IntegrationState.DEGRADED,
                IntegrationCause.LINK_LOST: IntegrationState.DEGRADED,
                IntegrationCause.STOP: IntegrationState.UNINITIALIZED,
            },
            IntegrationState.DEGRADED: {
                IntegrationCause.PROBE_PASSED: IntegrationState.DEGRADED,
                IntegrationCause.PROBE_FAILED: IntegrationState.FAILED,
                IntegrationCause.MANAGER_LOST: IntegrationState.FAILED,
                IntegrationCause.RECOVERED: IntegrationState.ACTIVE,
                IntegrationCause.LINK_LOST: IntegrationState.DEGRADED,
                IntegrationCause.LINK_RESTORED: IntegrationState.ACTIVE,
                IntegrationCause.STOP: IntegrationState.UNINITIALIZED,
            },
            IntegrationState.FAILED: {
                IntegrationCause.START: IntegrationState.INITIALIZING,
                IntegrationCause.STOP: IntegrationState.UNINITIALIZED,
            },
        }
    )
)


def integration_after(state: IntegrationState, cause: IntegrationCause) -> IntegrationState:
    """Return where a bridge stands after `cause`.

    Raises:
        IllegalIntegrationError: The table holds no move for this cause in this state.
    """
    moves = INTEGRATION_MOVES[state]
    if cause not in moves:
        raise IllegalIntegrationError(state, cause, moves)
    return moves[cause]


class BridgeHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What a bridge has measured of itself.

    Attributes:
        state: Where it stands.
        observed: Deliveries in the window that the share is counted over.
        troubled_ratio: Share of them in which something was lost or a connection failed; None while
            none was observed.
        probe: What the last probe found wrong, "" when nothing; None before the first.
        cause: What moved the bridge into its state; None before the first move.
        open_runs: Runs that have begun and not ended.
    """

    state: IntegrationState
    observed: int
    troubled_ratio: float | None
    probe: str | None
    cause: IntegrationCause | None
    open_runs: int


class DeliveryWindow:
    """The last deliveries, good or troubled, and what they mean for a bridge.

    Entering and leaving `degraded` have different thresholds, so that a share near one of them does
    not make the state flicker.
    """

    WINDOW: Final = 100
    # Fewer deliveries than these say nothing about a share.
    ENOUGH: Final = 10
    DEGRADED_FROM: Final = 0.10
    RECOVERED_BELOW: Final = 0.05

    __slots__ = ("_last", "_troubled")

    def __init__(self) -> None:
        self._last: deque[bool] = deque()
        self._troubled = 0

    @property
    def observed(self) -> int:
        """How many deliveries the window holds."""
        return len(self._last)

    @property
    def troubled_ratio(self) -> float | None:
        """Share of troubled deliveries, or None when nothing was observed."""
        return self._troubled / len(self._last) if self._last else None

    def observe(self, *, troubled: bool) -> None:
        """Take one delivery; the oldest leaves when the window is full."""
        if len(self._last) == self.WINDOW:
            self._troubled -= self._last.popleft()
        self._last.append(troubled)
        self._troubled += troubled

    def verdict(self, state: IntegrationState) -> IntegrationCause | None:
        """Return what the window says to a bridge in this state, or None when nothing changes."""
        ratio = self.troubled_ratio
        if ratio is None or len(self._last) < self.ENOUGH:
            return None
        if state is IntegrationState.ACTIVE and ratio >= self.DEGRADED_FROM:
            return IntegrationCause.LOSSES
        if state is IntegrationState.DEGRADED and ratio < self.RECOVERED_BELOW:
            return IntegrationCause.RECOVERED
        return None
