"""Every user's connections, and the way of a message to exactly one user's stream."""

from typing import Final

from system_under_test.connection import (
    CLOSE_GOING_AWAY,
    CLOSE_TRY_AGAIN_LATER,
    Connection,
    ManagerLimits,
    close_quietly,
)
from system_under_test.delivery import (
    BroadcastOutcome,
    DeliveryStatus,
    Departure,
    Drained,
    DropReason,
    ManagerStatistics,
    Outcome,
    Tally,
    outcome_of,
)
from system_under_test.encoding import encode_event
from system_under_test.errors import (
    AlreadyConnectedError,
    ConnectionLimitError,
    ContextIsolationError,
    ManagerClosedError,
)
from system_under_test.events import AgentEvent, Notice
from system_under_test.placeholders import check_id
from system_under_test.stream import Link, UserStream

_DEFAULT_LIMITS: Final = ManagerLimits()
_UNKNOWN_CONNECTION: Final = Drained(0, 0, 0, open=False)


class UnifiedWebSocketManager:
    """Sends events to users over any number of connections each, without waiting.

    A message to a user goes to each of the user's connections. A slow connection has a bounded
    queue; when that is full, the connection is closed with 1013 and the message has no room. A user
    without a connection has a bounded recovery queue, delivered in order at the next `connect`,
    before anything newer; when that is full, the newest message is refused. Whatever is given up is
    said by the return value of the call that gave it up, and counted.

    Args:
        limits: What one user, and all users together, may occupy.
    """

    __slots__ = ("_away", "_closed", "_connected", "_limits", "_links", "_tally", "_threads")

    def __init__(self, limits: ManagerLimits = _DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._tally = Tally()
        self._closed = False
        self._connected: dict[str, UserStream] = {}
        # In the order in which they left. An OrderedDict would cost a fifth of making a manager.
        self._away: dict[str, UserStream] = {}
        self._links: dict[Connection, Link] = {}
        self._threads: dict[str, str] = {}

    def connect(
        self, user_id: str, connection: Connection, thread_id: str | None = None
    ) -> Drained:
        """Add a connection of a user and write to it what has waited for the user.

        Args:
            user_id: Whose connection it is.
            connection: The door to write to.
            thread_id: A thread of this user, from now on reachable by `send_to_thread`.

        Raises:
            ConnectionLimitError: The user has as many connections as allowed.
            AlreadyConnectedError: This object is connected already.
            ContextIsolationError: The thread belongs to another user.
            InvalidContextError: An id is a placeholder or no id.
            ManagerClosedError: The manager was shut down.
        """
        self._check_arrival(user_id, connection, thread_id)
        stream = self._connected.get(user_id)
        if stream is None:
            stream = self._away.pop(user_id, None) or self._new_stream(user_id)
            self._connected[user_id] = stream
        if thread_id is not None:
            self._bind(thread_id, stream)
        link = stream.attach(connection)
        self._links[connection] = link
        return self._drain(link)

    def disconnect(self, connection: Connection) -> Departure:
        """Forget a connection; what waited for it waits for the user's return.

        A connection that is not known, because the manager closed it before, is no error.
        """
        link = self._links.pop(connection, None)
        if link is None:
            return Departure()
        stream = link.stream
        dropped = stream.detach(link, DropReason.CONNECTION_CLOSED)
        dropped += self._settle(stream)
        return Departure(kept=len(stream.recovery), dropped=dropped)

    def pause(self, connection: Connection) -> None:
        """Queue what comes for this connection, because its buffer is too full."""
        link = self._links.get(connection)
        if link is not None:
            link.paused = True

    def resume(self, connection: Connection) -> Drained:
        """Write what waited for this connection, and go on writing."""
        link = self._links.get(connection)
        if link is None:
            return _UNKNOWN_CONNECTION
        link.paused = False
        return self._drain(link)

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        """Send an event to one user and return what happened to it.

        Raises:
            ContextIsolationError: The event belongs to another user.
            InvalidContextError: `user_id` is new here, and a placeholder or no id.
            UnencodableEventError: The event cannot be written as JSON.
        """
        if isinstance(event, AgentEvent) and event.user_id != user_id:
            raise ContextIsolationError("the event", event.user_id, user_id)
        data = encode_event(event)
        stream = self._connected.get(user_id)
        if stream is None:
            return self._send_away(user_id, data)
        outcome = stream.send(data)
        return outcome if outcome.reason is None else self._after_trouble(stream, outcome)

    def send_to_thread(self, thread_id: str, event: AgentEvent | Notice) -> Outcome:
        """Send an event to the user whose thread this is; dropped when nobody ever connected to it.

        Raises:
            ContextIsolationError: The event belongs to another user than the thread.
            UnencodableEventError: The event cannot be written as JSON.
        """
        user_id = self._threads.get(thread_id)
        if user_id is not None:
            return self.send(user_id, event)
        reason = DropReason.SHUT_DOWN if self._closed else DropReason.UNKNOWN_THREAD
        return self._refuse(reason)

    def broadcast(self, notice: Notice) -> BroadcastOutcome:
        """Send a message of the system to every user who is connected now.

        Raises:
            ContextIsolationError: It is an event of a run, which belongs to one user.
            UnencodableEventError: It cannot be written as JSON.
        """
        if isinstance(notice, AgentEvent):
            raise ContextIsolationError("the event", notice.user_id, "everybody")
        data = encode_event(notice)
        users = dict.fromkeys(DeliveryStatus, 0)
        copies_dropped = 0
        for stream in tuple(self._connected.values()):
            outcome = stream.send(data)
            if outcome.reason is not None:
                outcome = self._after_trouble(stream, outcome)
            users[outcome.status] += 1
            copies_dropped += outcome.dropped
        return BroadcastOutcome(
            delivered=users[DeliveryStatus.DELIVERED],
            queued=users[DeliveryStatus.QUEUED],
            dropped=users[DeliveryStatus.DROPPED],
            copies_dropped=copies_dropped,
        )

    def forget(self, user_id: str) -> int:
        """Give up what waits for a user who is away, and the user's threads; return copies dropped.

        A user with a connection is not forgotten: disconnect first.
        """
        stream = self._away.pop(user_id, None)
        return 0 if stream is None else self._give_up(stream, DropReason.FORGOTTEN)

    def shut_down(self) -> int:
        """Close every connection with 1001, for good, and return how many copies were dropped."""
        self._closed = True
        links = tuple(self._links)
        dropped = sum(self.disconnect(connection).dropped for connection in links)
        for user_id in tuple(self._away):
            dropped += self._give_up(self._away.pop(user_id), DropReason.SHUT_DOWN)
        for connection in links:
            close_quietly(connection, CLOSE_GOING_AWAY, "the server is going away")
        return dropped

    def statistics(self) -> ManagerStatistics:
        """Return the counts since the manager was made."""
        streams = (*self._connected.values(), *self._away.values())
        return ManagerStatistics(
            connections=len(self._links),
            connected_users=len(self._connected),
            away_users=len(self._away),
            threads=len(self._threads),
            taken=self._tally.taken,
            written=self._tally.written,
            waiting=sum(stream.waiting() for stream in streams),
            dropped={reason: self._tally.dropped.get(reason, 0) for reason in DropReason},
        )

    def _check_arrival(self, user_id: str, connection: Connection, thread_id: str | None) -> None:
        """Refuse what `connect` refuses, before anything is changed."""
        if self._closed:
            raise ManagerClosedError
        known = self._links.get(connection)
        if known is not None:
            raise AlreadyConnectedError(known.stream.user_id)
        check_id("user_id", user_id)
        stream = self._connected.get(user_id)
        if stream is not None and len(stream.links) >= self._limits.connections_per_user:
            raise ConnectionLimitError(user_id, self._limits.connections_per_user)
        if thread_id is not None:
            check_id("thread_id", thread_id)
            owner = self._threads.get(thread_id, user_id)
            if owner != user_id:
                raise ContextIsolationError(f"thread {thread_id}", owner, user_id)

    def _new_stream(self, user_id: str) -> UserStream:
        return UserStream(user_id, self._limits.queued_events, self._tally)

    def _bind(self, thread_id: str, stream: UserStream) -> None:
        stream.threads.pop(thread_id, None)
        stream.threads[thread_id] = None
        self._threads[thread_id] = stream.user_id
        if len(stream.threads) > self._limits.threads_per_user:
            oldest = next(iter(stream.threads))
            del stream.threads[oldest], self._threads[oldest]

    def _drain(self, link: Link) -> Drained:
        written, dropped = link.stream.drain(link)
        dropped += self._settle(link.stream)
        still_open = link.connection in self._links
        return Drained(written, len(link.queue) if still_open else 0, dropped, still_open)

    def _send_away(self, user_id: str, data: bytes) -> Outcome:
        """Keep a message for a user who has no connection."""
        if self._closed:
            return self._refuse(DropReason.SHUT_DOWN)
        stream = self._away.get(user_id)
        if stream is not None:
            return stream.send(data)
        check_id("user_id", user_id)
        stream = self._new_stream(user_id)
        return self._after_trouble(stream, stream.send(data))

    def _refuse(self, reason: DropReason) -> Outcome:
        self._tally.taken += 1
        self._tally.drop(reason, 1)
        return outcome_of(0, 0, 1, reason)

    def _after_trouble(self, stream: UserStream, outcome: Outcome) -> Outcome:
        """Take note of connections that are gone, and say what had to give way for that."""
        evicted = self._settle(stream)
        if not evicted:
            return outcome
        reason = outcome.reason or DropReason.AWAY_TOO_LONG
        return outcome_of(outcome.written, outcome.queued, outcome.dropped + evicted, reason)

    def _settle(self, stream: UserStream) -> int:
        """Put a stream where it belongs after links have gone; return copies that gave way."""
        gone, stream.gone = stream.gone, []
        for link, _ in gone:
            self._links.pop(link.connection, None)
        dropped = 0 if stream.links else self._put_away(stream)
        for link, reason in gone:
            close_quietly(link.connection, CLOSE_TRY_AGAIN_LATER, reason)
        return dropped

    def _put_away(self, stream: UserStream) -> int:
        """Remember a user who has no connection; return copies that gave way."""
        self._connected.pop(stream.user_id, None)
        self._away[stream.user_id] = stream
        if len(self._away) <= self._limits.away_users:
            return 0
        longest_away = self._away.pop(next(iter(self._away)))
        return self._give_up(longest_away, DropReason.AWAY_TOO_LONG)

    def _give_up(self, stream: UserStream, reason: DropReason) -> int:
        dropped = len(stream.recovery)
        stream.recovery.clear()
        self._tally.drop(reason, dropped)
        for thread_id in stream.threads:
            del self._threads[thread_id]
        return dropped


async def create_websocket_manager(
    limits: ManagerLimits = _DEFAULT_LIMITS,
) -> UnifiedWebSocketManager:
    """Return a new `UnifiedWebSocketManager`: the async factory of the document.

    Nothing in it waits; it is awaited because its callers cannot know that.
    """
    return UnifiedWebSocketManager(limits)
