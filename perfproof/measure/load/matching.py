"""What a connection looks for in its replies: bytes, as most of them are passed over."""

from __future__ import annotations

from dataclasses import dataclass

from perfproof.measure.load.endpoint import Asking
from perfproof.measure.load.ledger import Fate

__all__ = ["Matching", "matching_of"]

_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """What one connection's replies are told apart by.

    Attributes:
        answered: In a reply that ends a request.
        refused: In one that says no.
        prefix: What every id of this run begins with; ``None`` where messages have none.
        owned: In whatever says whose it is, with the beginning of the owner's name.
        owner: The same with this connection's name.
        events: Texts of events, and how many of each an answered request has.
        connection: Its number.
        connections: How many there are.
    """

    answered: bytes
    refused: bytes | None
    prefix: bytes | None
    owned: bytes | None
    owner: bytes
    events: tuple[tuple[bytes, int], ...]
    connection: int
    connections: int

    def fate(self, payload: bytes) -> Fate | None:
        """What a reply says to its request; ``None`` where it ends none."""
        if self.refused is not None and self.refused in payload:
            return Fate.REFUSED
        return Fate.ANSWERED if self.answered in payload else None

    def number(self, payload: bytes) -> int | None:
        """Of the request whose id it holds; ``None`` where it holds none."""
        if self.prefix is None:
            return None
        place = payload.find(self.prefix)
        if place < 0:
            return None
        digits = payload[place + len(self.prefix) : place + len(self.prefix) + _DIGITS]
        try:
            return int(digits, 16)
        except ValueError:
            return None

    def is_astray(self, payload: bytes, number: int | None) -> bool:
        """Whether it belongs to another connection, by its owner or by its request."""
        if self.owned is not None:
            place = payload.find(self.owned)
            if place >= 0 and not payload.startswith(self.owner, place):
                return True
        return number is not None and number % self.connections != self.connection


def matching_of(asking: Asking, connection: int) -> Matching:
    """What one connection of a scenario looks for."""
    scenario = asking.scenario
    owned, _, rest = (scenario.owner or "").partition("{connection}")
    return Matching(
        answered=asking.answered.encode(),
        refused=None if asking.refused is None else asking.refused.encode(),
        prefix=asking.run.encode() if asking.has_id else None,
        owned=owned.encode() or None,
        owner=f"{owned}{connection}{rest}".encode(),
        events=tuple((text.encode(), count) for text, count in scenario.events.items()),
        connection=connection,
        connections=asking.connections,
    )
