"""What nodes say to each other, and the bytes it travels as.

Announcements go to every node and may be lost with the link; a Hello repeats all that they said.
Parcels go to one node, are numbered for it, and are kept by their sender until its receipt.
"""

from collections.abc import Callable
from typing import Final

import msgspec

Stamp = tuple[float, int, str]
"""When a message was taken from its sender: seconds since the epoch and a running count of the node
that took it, and its address. Messages of one node sort in the order in which they were taken, and
no two messages have the same stamp."""


class StampedBytes(bytes):
    """An encoded message that knows, in whatever queue it waits, when it was sent and to whom.

    Attributes:
        stamp: When it was taken from its sender.
        shared_with: Addresses of the other nodes that were given it.
    """

    stamp: Stamp
    shared_with: tuple[str, ...]


def stamped(data: bytes, stamp: Stamp, shared_with: tuple[str, ...] = ()) -> StampedBytes:
    """Return the message with its stamp."""
    message = StampedBytes(data)
    message.stamp = stamp
    message.shared_with = shared_with
    return message


class Stamps:
    """Stamps what a node takes, each message later than the one before.

    Args:
        address: The node's.
        clock: Returns the present, in seconds since the epoch; it may go backwards.
    """

    __slots__ = ("_address", "_clock", "_count", "_latest")

    def __init__(self, address: str, clock: Callable[[], float]) -> None:
        self._address = address
        self._clock = clock
        self._count = 0
        self._latest = clock()

    def stamp(self, data: bytes) -> StampedBytes:
        """Return a message with the next stamp, or with the one that it has."""
        if isinstance(data, StampedBytes):
            return data
        self._latest = max(self._latest, self._clock())
        self._count += 1
        return stamped(data, (self._latest, self._count, self._address))


def item_of(message: StampedBytes) -> "Item":
    """Return a message as it travels."""
    return Item(message.stamp, bytes(message))


def stamp_of(message: StampedBytes) -> Stamp:
    """Return when a message was sent."""
    return message.stamp


class Hello(msgspec.Struct, frozen=True, tag="hello", array_like=True):
    """A node says that it is there, and everything that it announced so far.

    Attributes:
        node: Its address.
        users: Users who have a connection there.
        answer: Whether the reader is to say hello too.
    """

    node: str
    users: tuple[str, ...]
    answer: bool


class Alive(msgspec.Struct, frozen=True, tag="alive", array_like=True):
    """A node is still there."""

    node: str


class Bye(msgspec.Struct, frozen=True, tag="bye", array_like=True):
    """A node goes."""

    node: str


class Arrived(msgspec.Struct, frozen=True, tag="arrived", array_like=True):
    """A user has a connection at a node, the first one there.

    Attributes:
        node: Where.
        user_id: Who.
        asked: Nodes of which the node awaits a handover, even an empty one.
    """

    node: str
    user_id: str
    asked: tuple[str, ...]


class Left(msgspec.Struct, frozen=True, tag="left", array_like=True):
    """A user has no connection at a node any more."""

    node: str
    user_id: str


class Item(msgspec.Struct, frozen=True, array_like=True):
    """One message on its way between nodes."""

    stamp: Stamp
    data: bytes


class Parcel(msgspec.Struct, frozen=True, tag="parcel", array_like=True):
    """Messages for one user, or for everybody who is connected at the node that it goes to.

    Attributes:
        node: Who sends it.
        epoch: Which acquaintance of the two nodes this is: a node that was taken for gone and comes
            back begins a new one.
        number: 1 for the first from this node to that one, then one more each.
        oldest: Number of the oldest parcel for that node that its sender has no receipt for.
        user_id: Whom the messages are for; None means everybody.
        items: The messages, in order.
        shared_with: Other nodes that were given the same messages, because the user is there too.
        handover: Whether these are all that waited at the sender for this user.
    """

    node: str
    epoch: int
    number: int
    oldest: int
    user_id: str | None
    items: tuple[Item, ...]
    shared_with: tuple[str, ...] = ()
    handover: bool = False


class Receipt(msgspec.Struct, frozen=True, tag="receipt", array_like=True):
    """A node has taken all parcels up to this number from the node that this goes to."""

    node: str
    epoch: int
    number: int


Message = Hello | Alive | Bye | Arrived | Left | Parcel | Receipt

encode_message: Final = msgspec.msgpack.Encoder().encode
decode_message: Final = msgspec.msgpack.Decoder(Message).decode
