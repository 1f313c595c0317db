"""What a node knows of the other nodes: who is there, and what is on its way to them."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import msgspec

from system_under_test.relay_message import Parcel


class Peer:
    """Another node.

    Args:
        address: Its address.
        epoch: Which acquaintance with it this is, for parcels to it.
        now: Seconds of the node's clock.
    """

    __slots__ = (
        "address",
        "epoch",
        "in_transit",
        "last_sent",
        "received",
        "received_epoch",
        "seen_at",
        "sent_at",
        "unreceipted",
        "users",
    )

    def __init__(self, address: str, epoch: int, now: float) -> None:
        self.address = address
        self.epoch = epoch
        self.seen_at = now
        self.users: set[str] = set()
        self.last_sent = 0
        # When the oldest parcel without a receipt was sent, the last time.
        self.sent_at = now
        self.unreceipted: OrderedDict[int, Parcel] = OrderedDict()
        # Parcels without a receipt, by user.
        self.in_transit: dict[str, int] = {}
        # Number of the last parcel that was taken from it.
        self.received = 0
        self.received_epoch: int | None = None

    def pack(self, parcel: Parcel, now: float) -> Parcel:
        """Number a parcel for this node and keep it until its receipt."""
        self.last_sent += 1
        parcel = msgspec.structs.replace(
            parcel,
            epoch=self.epoch,
            number=self.last_sent,
            oldest=next(iter(self.unreceipted), self.last_sent),
        )
        if not self.unreceipted:
            self.sent_at = now
        self.unreceipted[parcel.number] = parcel
        if parcel.user_id is not None:
            self.in_transit[parcel.user_id] = self.in_transit.get(parcel.user_id, 0) + 1
        return parcel

    def receipt(self, number: int, now: float) -> list[str]:
        """Forget parcels up to this number; return users to whom nothing is on its way any more."""
        arrived = []
        while self.unreceipted and next(iter(self.unreceipted)) <= number:
            _, parcel = self.unreceipted.popitem(last=False)
            self.sent_at = now
            user_id = parcel.user_id
            if user_id is None:
                continue
            self.in_transit[user_id] -= 1
            if not self.in_transit[user_id]:
                del self.in_transit[user_id]
                arrived.append(user_id)
        return arrived

    def takes(self, parcel: Parcel) -> bool:
        """Whether a parcel from it is the next one; then it counts as taken."""
        if parcel.epoch != self.received_epoch:
            self.received_epoch = parcel.epoch
            self.received = parcel.oldest - 1
        if parcel.number != self.received + 1:
            return False
        self.received = parcel.number
        return True


class Peers:
    """All other nodes, and an index of where users are."""

    __slots__ = ("_by_address", "_epochs", "_holders")

    def __init__(self) -> None:
        self._by_address: dict[str, Peer] = {}
        self._epochs = 0
        self._holders: dict[str, dict[str, Peer]] = {}

    def __len__(self) -> int:
        return len(self._by_address)

    def __iter__(self) -> Iterator[Peer]:
        return iter(tuple(self._by_address.values()))

    def get(self, address: str) -> Peer | None:
        """Return the node of this address, or None."""
        return self._by_address.get(address)

    def heard(self, address: str, now: float) -> tuple[Peer, bool]:
        """Return the node that was heard, and whether it is new."""
        peer = self._by_address.get(address)
        if peer is not None:
            peer.seen_at = now
            return peer, False
        self._epochs += 1
        peer = self._by_address[address] = Peer(address, self._epochs, now)
        return peer, True

    def holders(self, user_id: str) -> tuple[Peer, ...]:
        """Return the nodes at which a user has a connection."""
        found = self._holders.get(user_id)
        return tuple(found.values()) if found else ()

    def any_there(self, addresses: Iterable[str]) -> bool:
        """Whether one of these nodes is still there."""
        return any(address in self._by_address for address in addresses)

    def arrived(self, peer: Peer, user_id: str) -> None:
        """Note that a user has a connection there."""
        peer.users.add(user_id)
        self._holders.setdefault(user_id, {})[peer.address] = peer

    def left(self, peer: Peer, user_id: str) -> None:
        """Note that a user has no connection there."""
        peer.users.discard(user_id)
        holders = self._holders.get(user_id)
        if holders is not None:
            holders.pop(peer.address, None)
            if not holders:
                del self._holders[user_id]

    def replace(self, peer: Peer, users: Iterable[str]) -> list[str]:
        """Note everything that a node says of itself; return the users who are new there."""
        users = set(users)
        new = [user_id for user_id in users if user_id not in peer.users]
        for user_id in peer.users - users:
            self.left(peer, user_id)
        for user_id in new:
            self.arrived(peer, user_id)
        return new

    def forget(self, peer: Peer) -> list[Parcel]:
        """Forget a node that is gone; return the parcels that it never gave a receipt for."""
        for user_id in tuple(peer.users):
            self.left(peer, user_id)
        self._by_address.pop(peer.address, None)
        return list(peer.unreceipted.values())
