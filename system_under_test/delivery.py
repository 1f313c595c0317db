"""What happened to a message: said to the caller, and counted.

The unit of counting is the copy: one message for one connection, or for a user who is away. Every
copy that was taken is written, waiting, or dropped for a reason; nothing else can happen to it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec


class DeliveryStatus(StrEnum):
    """What became of a message to one user."""

    DELIVERED = "delivered"
    QUEUED = "queued"
    DROPPED = "dropped"


class DropReason(StrEnum):
    """Why a copy was given up.

    The second to the fourth are no loss to the user while another of the user's connections holds
    the same message; when none does, what waited becomes the recovery queue, and only a message
    beyond its bound is dropped.
    """

    RECOVERY_FULL = "recovery_full"
    SLOW_CONSUMER = "slow_consumer"
    CONNECTION_CLOSED = "connection_closed"
    CONNECTION_FAILED = "connection_failed"
    AWAY_TOO_LONG = "away_too_long"
    FORGOTTEN = "forgotten"
    UNKNOWN_THREAD = "unknown_thread"
    SHUT_DOWN = "shut_down"


class Outcome(msgspec.Struct, frozen=True):
    """What `send` did.

    Attributes:
        status: Delivered when one connection at least was written to; else queued when a copy
            waits; else dropped.
        reason: What went wrong on the way, or None. A message can be delivered while one of the
            user's connections was given up as slow or broken.
        written: Copies written to connections.
        queued: Copies that wait.
        dropped: Copies that this call gave up, older ones of a connection that it gave up included.
    """

    status: DeliveryStatus
    reason: DropReason | None = None
    written: int = 0
    queued: int = 0
    dropped: int = 0


DELIVERED_ONCE: Final = Outcome(DeliveryStatus.DELIVERED, written=1)
QUEUED_ONCE: Final = Outcome(DeliveryStatus.QUEUED, queued=1)


def outcome_of(written: int, queued: int, dropped: int, reason: DropReason | None) -> Outcome:
    """Return the outcome with the status that these counts mean."""
    if written:
        status = DeliveryStatus.DELIVERED
    elif queued:
        status = DeliveryStatus.QUEUED
    else:
        status = DeliveryStatus.DROPPED
    return Outcome(status, reason, written, queued, dropped)


class BroadcastOutcome(msgspec.Struct, frozen=True):
    """What `broadcast` did: users by what became of their message, and copies given up."""

    delivered: int = 0
    queued: int = 0
    dropped: int = 0
    copies_dropped: int = 0


class Drained(msgspec.Struct, frozen=True):
    """What `connect` and `resume` did with the events that waited for a connection.

    Attributes:
        written: Events that had waited and were written.
        waiting: Events that wait still, because the connection paused.
        dropped: Copies given up because the connection failed meanwhile.
        open: Whether it is connected; False when it failed, or was not known.
    """

    written: int
    waiting: int
    dropped: int
    open: bool


class Departure(msgspec.Struct, frozen=True):
    """What `disconnect` did with the events that waited.

    Attributes:
        kept: Events that now wait for the user's return.
        dropped: Copies given up: of this connection because another one of the user holds the same
            events, or of a user who was away too long and gave way to this one.
    """

    kept: int = 0
    dropped: int = 0


class Tally(msgspec.Struct, gc=False):
    """The running count of copies; the manager's own."""

    taken: int = 0
    written: int = 0
    dropped: dict[DropReason, int] = {}

    def drop(self, reason: DropReason, copies: int) -> None:
        """Count copies that were given up."""
        if copies:
            self.dropped[reason] = self.dropped.get(reason, 0) + copies


class ManagerStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counts since the manager was made; `taken` is `written`, `waiting` and all of `dropped`.

    Attributes:
        connections: Connections that are open now.
        connected_users: Users who have one.
        away_users: Users who have none and are remembered.
        threads: Threads whose user is known.
        taken: Copies that the manager was given.
        written: Copies that connections took.
        waiting: Copies that wait now, found by counting the queues.
        dropped: Copies given up, by reason; every reason is present.
    """

    connections: int
    connected_users: int
    away_users: int
    threads: int
    taken: int
    written: int
    waiting: int
    dropped: Mapping[DropReason, int]
