"""The desk of a node: what it says to the other nodes, and what it makes of what they say.

It does no I/O. It knows where users are and what is on its way; what becomes of a message here is
its office's business.
"""

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from system_under_test.relay_limits import RelayLimits
from system_under_test.relay_message import (
    Alive,
    Arrived,
    Bye,
    Hello,
    Item,
    Left,
    Message,
    Parcel,
    Receipt,
    decode_message,
    encode_message,
)
from system_under_test.relay_peers import Peer, Peers

EVERYBODY: Final = "everybody"
"""The channel that every node reads, beside the one of its own address."""

Publish = Callable[[str, bytes], None]
"""Takes a channel and a message; what it is given first is published first."""


class Office(Protocol):
    """The manager behind a desk."""

    def users_here(self) -> tuple[str, ...]:
        """Return the users who have a connection here."""

    def take(self, parcel: Parcel, peer: Peer) -> None:
        """Take the messages of a parcel."""

    def hand_over(self, user_id: str, peer: Peer, *, asked: bool) -> None:
        """Send what waits here for a user to the node where the user arrived."""

    def departed(self, user_id: str) -> None:
        """This node's word that a user left is back: all that others said before is known."""

    def settled(self, user_id: str, address: str) -> None:
        """Nothing for this user is on its way to that node any more."""

    def returned(self, address: str, parcels: list[Parcel]) -> None:
        """A node is gone, and these parcels have no receipt."""


class RelayCounts(msgspec.Struct):
    """What went over a desk.

    Attributes:
        sent: Parcels sent, those that were sent again not counted again.
        resent: Parcels sent again.
        taken: Parcels taken.
        refused: Parcels that came twice or too early.
        unreadable: Messages that were none of ours.
        returned: Parcels that came back because their node was gone.
        full: Parcels that were not sent because too many had no receipt.
    """

    sent: int = 0
    resent: int = 0
    taken: int = 0
    refused: int = 0
    unreadable: int = 0
    returned: int = 0
    full: int = 0


class RelayDesk:
    """Speaks with the other nodes for one manager.

    Args:
        address: This node's, which no other process ever has.
        office: What happens here.
        limits: What relaying may cost.
        clock: Returns seconds from any fixed point.
    """

    __slots__ = (
        "_clock",
        "_limits",
        "_office",
        "_owed",
        "_publish",
        "_said_alive",
        "address",
        "counts",
        "peers",
    )

    def __init__(
        self, address: str, office: Office, limits: RelayLimits, clock: Callable[[], float]
    ) -> None:
        self.address = address
        self.peers = Peers()
        self.counts = RelayCounts()
        self._office = office
        self._limits = limits
        self._clock = clock
        self._publish: Publish | None = None
        self._owed: dict[str, Receipt] = {}
        self._said_alive = clock()

    @property
    def linked(self) -> bool:
        """Whether a link carries what is said."""
        return self._publish is not None

    def link_up(self, publish: Publish) -> None:
        """Begin to speak through a link; what has no receipt is sent again."""
        self._publish = publish
        now = self._clock()
        for peer in self.peers:
            # Nobody could be heard meanwhile; the time of silence begins now.
            peer.seen_at = now
        self._hello(EVERYBODY, answer=True)
        for peer in self.peers:
            self._resend(peer, now)

    def link_down(self) -> None:
        """The link is lost: what has no receipt waits for the next one."""
        self._publish = None

    def close(self) -> None:
        """Tell the others that this node goes."""
        self.announce(Bye(self.address))
        self._publish = None

    def announce(self, message: Message) -> None:
        """Say something to every node, as long as there is a link."""
        self._say(EVERYBODY, message)

    def send(
        self,
        peer: Peer,
        user_id: str | None,
        items: tuple[Item, ...],
        *,
        shared_with: tuple[str, ...] = (),
        handover: bool = False,
    ) -> bool:
        """Send messages to a node; return False when too many parcels for it have no receipt."""
        if len(peer.unreceipted) >= self._limits.parcels_per_peer:
            self.counts.full += 1
            return False
        draft = Parcel(self.address, 0, 0, 0, user_id, items, shared_with, handover)
        self.counts.sent += 1
        self._say(peer.address, peer.pack(draft, self._clock()))
        return True

    def receive(self, data: bytes) -> None:
        """Take what was published on one of this node's two channels."""
        try:
            message = decode_message(data)
        except (msgspec.DecodeError, ValueError):
            self.counts.unreadable += 1
            return
        if message.node == self.address:
            if isinstance(message, Left):
                self._office.departed(message.user_id)
            return
        if isinstance(message, Bye):
            self._forget(self.peers.get(message.node))
            return
        peer, new = self.peers.heard(message.node, self._clock())
        if new and not isinstance(message, Hello):
            self._hello(peer.address, answer=True)
        self._understand(peer, message)

    def give_receipts(self) -> None:
        """Say what was taken since the last time; the link calls it when nothing more is there."""
        owed, self._owed = self._owed, {}
        for address, receipt in owed.items():
            self._say(address, receipt)

    def tick(self) -> None:
        """Do what time asks for: signs of life, parcels again, nodes given up."""
        if self._publish is None:
            return
        now = self._clock()
        if now - self._said_alive >= self._limits.alive_seconds:
            self._said_alive = now
            self.announce(Alive(self.address))
        for peer in self.peers:
            if now - peer.seen_at >= self._limits.gone_seconds:
                self._forget(peer)
            elif peer.unreceipted and now - peer.sent_at >= self._limits.resend_seconds:
                self._resend(peer, now)

    def _understand(self, peer: Peer, message: Message) -> None:
        match message:
            case Parcel():
                self._take(peer, message)
            case Receipt():
                self._receipt(peer, message)
            case Hello():
                self._greeted(peer, message)
            case Arrived(user_id=user_id, asked=asked):
                self.peers.arrived(peer, user_id)
                self._office.hand_over(user_id, peer, asked=self.address in asked)
            case Left(user_id=user_id):
                self.peers.left(peer, user_id)

    def _greeted(self, peer: Peer, hello: Hello) -> None:
        if hello.answer:
            self._hello(peer.address, answer=False)
        for user_id in self.peers.replace(peer, hello.users):
            self._office.hand_over(user_id, peer, asked=False)
        self._resend(peer, self._clock())

    def _take(self, peer: Peer, parcel: Parcel) -> None:
        if peer.takes(parcel):
            self.counts.taken += 1
            # Passed on before the receipt: whoever waits for it sends after what is passed on.
            self._office.take(parcel, peer)
        else:
            self.counts.refused += 1
        self._owed[peer.address] = Receipt(self.address, parcel.epoch, peer.received)

    def _receipt(self, peer: Peer, receipt: Receipt) -> None:
        if receipt.epoch == peer.epoch:
            for user_id in peer.receipt(receipt.number, self._clock()):
                self._office.settled(user_id, peer.address)

    def _forget(self, peer: Peer | None) -> None:
        if peer is None:
            return
        parcels = self.peers.forget(peer)
        self.counts.returned += len(parcels)
        self._office.returned(peer.address, parcels)

    def _resend(self, peer: Peer, now: float) -> None:
        peer.sent_at = now
        oldest = next(iter(peer.unreceipted), 0)
        for parcel in tuple(peer.unreceipted.values()):
            self.counts.resent += 1
            self._say(peer.address, msgspec.structs.replace(parcel, oldest=oldest))

    def _hello(self, channel: str, *, answer: bool) -> None:
        self._say(channel, Hello(self.address, self._office.users_here(), answer))

    def _say(self, channel: str, message: Message) -> None:
        if self._publish is not None:
            self._publish(channel, encode_message(message))
