"""The way of a message between this node's streams and the other nodes: the office behind the desk.

`system_under_test.relayed_manager` says what the rules are for.
"""

from typing import Final

from system_under_test.connection import ManagerLimits
from system_under_test.delivery import (
    QUEUED_ONCE,
    Drained,
    DropReason,
    Outcome,
    outcome_of,
)
from system_under_test.identity import unique_id
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.relay_desk import RelayDesk
from system_under_test.relay_limits import Clocks, RelayLimits
from system_under_test.relay_message import (
    Left,
    Parcel,
    StampedBytes,
    Stamps,
    item_of,
    stamped,
)
from system_under_test.relay_peers import Peer
from system_under_test.relay_wait import Waits
from system_under_test.stream import Link, UserStream

_DEFAULT_LIMITS: Final = ManagerLimits()
_DEFAULT_RELAY_LIMITS: Final = RelayLimits()
_REAL_CLOCKS: Final = Clocks()


class RelayRouting(UnifiedWebSocketManager):
    """A manager with a desk, to which the desk brings what comes from other nodes.

    Args:
        node: A name for this node, for people; it is made unique.
        limits: What one user, and all users together, may occupy here.
        relay_limits: What relaying may cost.
        clocks: What time it is.

    Attributes:
        desk: What it says to other nodes, and knows of them.
    """

    __slots__ = ("_clocks", "_gathering", "_stalled", "_stamps", "desk")

    def __init__(
        self,
        node: str,
        limits: ManagerLimits = _DEFAULT_LIMITS,
        relay_limits: RelayLimits = _DEFAULT_RELAY_LIMITS,
        clocks: Clocks = _REAL_CLOCKS,
    ) -> None:
        super().__init__(limits)
        self._clocks = clocks
        # Messages that wait for the receipt of older ones, and messages for users who have arrived
        # and wait for what other nodes have kept.
        self._stalled = Waits(relay_limits.gather_seconds, limits.queued_events)
        self._gathering = Waits(relay_limits.gather_seconds, limits.queued_events)
        self.desk = RelayDesk(f"{node}.{unique_id()}", self, relay_limits, clocks.steady)
        self._stamps = Stamps(self.desk.address, clocks.present)

    def users_here(self) -> tuple[str, ...]:
        """Return the users who have a connection here."""
        return tuple(self._connected)

    def take(self, parcel: Parcel, peer: Peer) -> None:
        """Take the messages of a parcel."""
        user_id = parcel.user_id
        for item in parcel.items:
            message = stamped(item.data, item.stamp, parcel.shared_with)
            if user_id is None:
                for here in tuple(self._connected):
                    self._give(here, message)
            elif user_id in self._connected:
                self._give(user_id, message)
            elif self._is_ours(parcel.shared_with, sender=peer.address):
                self._route(user_id, message)
        if user_id is None or not parcel.handover:
            return
        if self._gathering.answered(user_id, peer.address):
            self._release_gathered(user_id)

    def hand_over(self, user_id: str, peer: Peer, *, asked: bool) -> None:
        """Send what waits here for a user to the node where the user arrived."""
        stream = self._away.get(user_id)
        kept = () if stream is None else tuple(stream.recovery)
        if not kept and not asked:
            return
        items = tuple(item_of(self._stamps.stamp(data)) for data in kept)
        if self.desk.send(peer, user_id, items, handover=True) and stream is not None:
            stream.recovery.clear()
            # As if a connection had taken them: they are that node's now.
            self._tally.written += len(kept)

    def departed(self, user_id: str) -> None:
        """A user has left: what was given to where the user still is does not wait here."""
        stream = self._away.get(user_id)
        holders = self.desk.peers.holders(user_id)
        if stream is None or not holders:
            return
        there = {peer.address for peer in holders}
        waiting = [self._stamps.stamp(data) for data in stream.recovery]
        stream.recovery.clear()
        for message in waiting:
            if there.isdisjoint(message.shared_with):
                self._tally.written += 1  # as in `hand_over`
                self._route(user_id, message)
            else:
                # As in a stream of several connections: another one holds the same messages.
                self._tally.drop(DropReason.CONNECTION_CLOSED, 1)

    def settled(self, user_id: str, address: str) -> None:
        """Nothing for this user is on its way to that node any more."""
        if self._stalled.answered(user_id, address):
            self._release_stalled(user_id)

    def returned(self, address: str, parcels: list[Parcel]) -> None:
        """A node is gone: what it gave no receipt for finds another way."""
        for parcel in parcels:
            elsewhere = self.desk.address in parcel.shared_with or self.desk.peers.any_there(
                parcel.shared_with
            )
            if parcel.user_id is not None and not elsewhere:
                for item in parcel.items:
                    self._route(parcel.user_id, stamped(item.data, item.stamp))
        for user_id in self._stalled.answered_for_good(address):
            self._release_stalled(user_id)
        for user_id in self._gathering.answered_for_good(address):
            self._release_gathered(user_id)

    # The way of a message.

    def _is_ours(self, shared_with: tuple[str, ...], sender: str) -> bool:
        """Whether a message whose user is not here any more is this node's to pass on or to keep.

        Of several nodes that were given it, one must, and not two: its sender where the user was
        there too, else the first by address.
        """
        others = [each for each in shared_with if self.desk.peers.get(each) is not None]
        if sender not in others and all(self.desk.address < each for each in others):
            return True
        self._refuse(DropReason.CONNECTION_CLOSED)
        return False

    def _route(self, user_id: str, message: StampedBytes) -> Outcome:
        """Send a message to wherever its user is, or keep it, after what is on its way."""
        if user_id not in self._stalled:
            old = [
                peer.address
                for peer in self.desk.peers
                if user_id in peer.in_transit and user_id not in peer.users
            ]
            if not old or not self.desk.linked:  # without a link no receipt would come
                return self._send_everywhere(user_id, message)
            self._stalled.begin(user_id, old, self._clocks.steady())
        return self._let_wait(self._stalled, user_id, message)

    def _let_wait(self, waits: Waits, user_id: str, message: StampedBytes) -> Outcome:
        if waits.add(user_id, message):
            return QUEUED_ONCE
        return self._refuse(DropReason.RECOVERY_FULL)

    def _send_everywhere(self, user_id: str, message: StampedBytes) -> Outcome:
        holders = self.desk.peers.holders(user_id)
        if not holders:
            return self._give(user_id, message)
        here = (self.desk.address,) if user_id in self._connected else ()
        message.shared_with = tuple(peer.address for peer in holders)
        everywhere = (*here, *message.shared_with)
        item = item_of(message)
        queued = dropped = 0
        for peer in holders:
            others = tuple(each for each in everywhere if each != peer.address)
            if self.desk.send(peer, user_id, (item,), shared_with=others):
                queued += 1
            else:
                dropped += 1
        reason = DropReason.RECOVERY_FULL if dropped else None
        if not here:
            return outcome_of(0, queued, dropped, reason)
        local = self._give(user_id, message)
        return outcome_of(
            local.written, local.queued + queued, local.dropped + dropped, local.reason or reason
        )

    def _give(self, user_id: str, message: StampedBytes) -> Outcome:
        """Give a message to the user's connections here, or keep it for the user's return."""
        if user_id in self._gathering:
            return self._let_wait(self._gathering, user_id, message)
        stream = self._connected.get(user_id)
        if stream is not None:
            outcome = stream.send(message)
            return outcome if outcome.reason is None else self._after_trouble(stream, outcome)
        return self._send_away(user_id, message)

    def _release_stalled(self, user_id: str) -> None:
        for message in self._stalled.end(user_id):
            self._send_everywhere(user_id, message)

    def _release_gathered(self, user_id: str) -> None:
        """Write all that waited for a user who arrived, in order and once."""
        waited = self._gathering.end(user_id)
        stream = self._connected.get(user_id)
        if stream is None:  # gone again
            for message in waited:
                self._route(user_id, message)
            return
        for link in tuple(stream.links):
            here = [self._stamps.stamp(data) for data in link.queue]
            once = {message.stamp: message for message in (*here, *waited)}
            self._tally.taken += len(once) - len(here)
            link.queue.clear()
            link.queue.extend(once[stamp] for stamp in sorted(once))
            link.paused = False
            self._drain(link)

    def _drain(self, link: Link) -> Drained:
        if link.stream.user_id in self._gathering:
            link.paused = True
            return Drained(0, len(link.queue), 0, open=True)
        return super()._drain(link)

    def _put_away(self, stream: UserStream) -> int:
        user_id = stream.user_id
        was_here = self._connected.get(user_id) is stream
        dropped = super()._put_away(stream)
        if was_here:
            self.desk.announce(Left(self.desk.address, user_id))
        return dropped
