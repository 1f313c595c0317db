"""The stream of one user: every event once, in order, to each of the user's connections.

The queue of each connection is a tail of the user's one stream, and so is the recovery queue of a
user who is away. A new connection starts where the connection furthest ahead stands. Therefore,
when a connection goes while others remain, each event that waited for it was written to, or waits
for, another one; and when the last one goes, its queue is what the user has not seen. A stream
holds the connections of one user only: it cannot write to anyone else's.
"""

from collections import deque
from typing import Final

from system_under_test.connection import Connection
from system_under_test.delivery import (
    DELIVERED_ONCE,
    QUEUED_ONCE,
    DeliveryStatus,
    DropReason,
    Outcome,
    Tally,
    outcome_of,
)

_NOBODY_HAS_ROOM: Final = Outcome(DeliveryStatus.DROPPED, DropReason.RECOVERY_FULL, dropped=1)


class Link:
    """One connection in its user's stream, with the events that it has not taken yet."""

    __slots__ = ("connection", "paused", "queue", "stream", "write")

    def __init__(self, connection: Connection, stream: "UserStream", queue: deque[bytes]) -> None:
        self.connection = connection
        self.write = connection.write
        self.stream = stream
        self.queue = queue
        self.paused = False


class UserStream:
    """The connections of one user and what waits for them.

    Args:
        user_id: Whose stream it is.
        capacity: Events that wait for one connection, or for the user's return.
        tally: Where copies are counted.
    """

    __slots__ = ("_capacity", "_tally", "gone", "links", "recovery", "threads", "user_id")

    def __init__(self, user_id: str, capacity: int, tally: Tally) -> None:
        self.user_id = user_id
        self._capacity = capacity
        self._tally = tally
        self.links: list[Link] = []
        # Links that the stream itself gave up, for the manager to forget and to close.
        self.gone: list[tuple[Link, DropReason]] = []
        # Holds something only while there is no link.
        self.recovery: deque[bytes] = deque()
        # Insertion order is the order of binding.
        self.threads: dict[str, None] = {}

    def waiting(self) -> int:
        """Return how many copies wait, counted anew."""
        return len(self.recovery) + sum(len(link.queue) for link in self.links)

    def attach(self, connection: Connection) -> Link:
        """Add a connection; what waits for the user now waits for it, and `drain` writes it."""
        if self.links:
            furthest = min((link.queue for link in self.links), key=len)
            queue = furthest.copy()
            self._tally.taken += len(queue)
        else:
            queue = self.recovery
            self.recovery = deque()
        link = Link(connection, self, queue)
        self.links.append(link)
        return link

    def detach(self, link: Link, reason: DropReason) -> int:
        """Take a connection out and return how many copies were given up.

        With the last connection nothing is: what waited for it waits for the user's return.
        """
        self.links.remove(link)
        if not self.links:
            self.recovery = link.queue
            return 0
        dropped = len(link.queue)
        self._tally.drop(reason, dropped)
        return dropped

    def send(self, data: bytes) -> Outcome:
        """Give one message to every connection, or keep it for the user's return."""
        links = self.links
        if len(links) == 1:
            return self._offer(links[0], data)
        return self._send_to_each(data) if links else self._keep(data)

    def drain(self, link: Link) -> tuple[int, int]:
        """Write what waits for a connection until it pauses; return copies written and dropped."""
        written = 0
        queue = link.queue
        while queue and not link.paused:
            # It leaves the queue only once it is written: a door that fails keeps it waiting.
            try:
                link.write(queue[0])
            except Exception:  # whatever a door raises, it is lost
                return written, self._abandon(link, DropReason.CONNECTION_FAILED)
            queue.popleft()
            self._tally.written += 1
            written += 1
        return written, 0

    def _keep(self, data: bytes) -> Outcome:
        self._tally.taken += 1
        if len(self.recovery) >= self._capacity:
            # The newest is refused, so that what was accepted stays whole and its sender is the one
            # who hears of it.
            self._tally.drop(DropReason.RECOVERY_FULL, 1)
            return _NOBODY_HAS_ROOM
        self.recovery.append(data)
        return QUEUED_ONCE

    def _send_to_each(self, data: bytes) -> Outcome:
        written = queued = dropped = 0
        reason: DropReason | None = None
        for link in tuple(self.links):
            outcome = self._offer(link, data)
            written += outcome.written
            queued += outcome.queued
            dropped += outcome.dropped
            reason = outcome.reason or reason
        return outcome_of(written, queued, dropped, reason)

    def _offer(self, link: Link, data: bytes) -> Outcome:
        """Give one message to one connection, behind what waits for it already."""
        self._tally.taken += 1
        if link.paused or link.queue:
            if len(link.queue) >= self._capacity:
                return self._drop_slow(link)
            link.queue.append(data)
            return QUEUED_ONCE
        try:
            link.write(data)
        except Exception:  # whatever a door raises, it is lost
            return self._after_failure(link, data)
        self._tally.written += 1
        return DELIVERED_ONCE

    def _drop_slow(self, link: Link) -> Outcome:
        """Give up a connection whose queue is full; this message has no room in it."""
        self._tally.drop(DropReason.SLOW_CONSUMER, 1)
        dropped = 1 + self._abandon(link, DropReason.SLOW_CONSUMER)
        return outcome_of(0, 0, dropped, DropReason.SLOW_CONSUMER)

    def _after_failure(self, link: Link, data: bytes) -> Outcome:
        """Give up a connection that failed to take a message; it waits, or others hold it."""
        link.queue.append(data)
        dropped = self._abandon(link, DropReason.CONNECTION_FAILED)
        return outcome_of(0, 0 if dropped else 1, dropped, DropReason.CONNECTION_FAILED)

    def _abandon(self, link: Link, reason: DropReason) -> int:
        self.gone.append((link, reason))
        return self.detach(link, reason)
