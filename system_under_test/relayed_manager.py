"""A manager among others: its users' messages find them at whichever node they are connected.

It does no I/O: a link (`system_under_test.relay_link`) carries its messages to the other nodes and
theirs here, in the one order in which they were published, and calls `tick` now and then.

A message goes to every node that holds a connection of its user; when none does, it waits in the
recovery queue here, and is handed over to the node where the user arrives. What keeps order when
users move, and lets nothing come twice:

- A message does not go to a new place while an older one for the same user is on its way to the old
  place: it waits (`_stalled`) for the receipt. The old place passes on before it gives the receipt.
- A user who arrives is written to only after the nodes that may keep something have handed it over
  (`_gathering`), for at most `gather_seconds`; then all that waited goes out by its stamp.
- Parcels are numbered, kept until their receipt, sent again when it stays away and taken once.

When a node dies after it wrote a message and before its receipt arrived, the message comes again; a
client knows it by run and sequence. Threads (`send_to_thread`) are known where they were bound.
"""

from math import inf

from system_under_test.connection import Connection
from system_under_test.delivery import BroadcastOutcome, Drained, DropReason, Outcome
from system_under_test.encoding import encode_event
from system_under_test.errors import ContextIsolationError
from system_under_test.events import AgentEvent, Notice
from system_under_test.relay_message import Arrived, item_of
from system_under_test.relay_routing import RelayRouting


class RelayedManager(RelayRouting):
    """A manager whose users may be connected at other nodes too.

    A message that goes to other nodes counts there; its outcome here is queued.
    """

    __slots__ = ()

    def connect(
        self, user_id: str, connection: Connection, thread_id: str | None = None
    ) -> Drained:
        """Add a connection; what waits for the user comes from the other nodes too.

        A connection that says that it is `at_once` does not wait for that: the probe's.
        """
        if user_id in self._connected or not self.desk.linked:
            return super().connect(user_id, connection, thread_id)
        self._check_arrival(user_id, connection, thread_id)
        # Every node: one that keeps nothing yet may be given something that is on its way now.
        asked = tuple(peer.address for peer in self.desk.peers)
        if getattr(connection, "at_once", False):
            asked = ()
        if asked:
            self._gathering.begin(user_id, asked, self._clocks.steady())
        drained = super().connect(user_id, connection, thread_id)
        self.desk.announce(Arrived(self.desk.address, user_id, asked))
        return drained

    def send(self, user_id: str, event: AgentEvent | Notice) -> Outcome:
        """Send an event to one user, wherever the user is connected, and say what happened to it.

        Raises:
            ContextIsolationError: The event belongs to another user.
            InvalidContextError: `user_id` is new here, and a placeholder or no id.
            UnencodableEventError: The event cannot be written as JSON.
        """
        if isinstance(event, AgentEvent) and event.user_id != user_id:
            raise ContextIsolationError("the event", event.user_id, user_id)
        return self._route(user_id, self._stamps.stamp(encode_event(event)))

    def broadcast(self, notice: Notice) -> BroadcastOutcome:
        """Send a message of the system to every user who is connected now, at any node.

        The counts are those of this node.
        """
        message = self._stamps.stamp(encode_event(notice))
        outcome = super().broadcast(notice)
        for peer in self.desk.peers:
            self.desk.send(peer, None, (item_of(message),))
        return outcome

    def shut_down(self) -> int:
        """Close every connection with 1001, for good, and tell the other nodes."""
        dropped = super().shut_down()
        for waits in (self._stalled, self._gathering):
            for user_id in waits.overdue(inf):
                for _ in waits.end(user_id):
                    dropped += self._refuse(DropReason.SHUT_DOWN).dropped
        self.desk.close()
        return dropped

    def tick(self) -> None:
        """Do what time asks for; the link calls it several times a second."""
        self.desk.tick()
        self._release(self._clocks.steady())

    def lose_link(self) -> None:
        """Go on alone: what waits for word from other nodes goes out now."""
        self.desk.link_down()
        self._release(inf)

    def _release(self, until: float) -> None:
        """Send what was to wait no longer than this."""
        for user_id in self._stalled.overdue(until):
            self._release_stalled(user_id)
        for user_id in self._gathering.overdue(until):
            self._release_gathered(user_id)
