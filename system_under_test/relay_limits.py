"""What relaying may cost, and by which clocks it is counted."""

import time
from collections.abc import Callable

import msgspec


class RelayLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What relaying may cost.

    Attributes:
        alive_seconds: Time between two signs of life of a node.
        gone_seconds: Silence after which another node is taken for gone.
        resend_seconds: How long a parcel waits for its receipt before it is sent again.
        gather_seconds: Longest that a user who arrives waits for what other nodes have kept.
        parcels_per_peer: Parcels without a receipt for one node; beyond that messages are dropped.
    """

    alive_seconds: float = 0.5
    gone_seconds: float = 3.0
    resend_seconds: float = 0.5
    gather_seconds: float = 0.5
    parcels_per_peer: int = 10_000

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            if not getattr(self, field) > 0:
                value = getattr(self, field)
                raise ValueError(f"RelayLimits.{field} is {value!r}, but a limit is above 0")


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """The two clocks of a relay.

    Attributes:
        present: Returns seconds since the epoch; it puts in order what waits at different nodes.
        steady: Returns seconds from any fixed point, never going backwards; for patience.
    """

    present: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
