"""One parcel in fifty from another node is acknowledged and lost.

Check `relay` must see it.
"""

from itertools import count

from system_under_test.connection import ManagerLimits
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.relay_message import Parcel
from system_under_test.relay_peers import Peer
from system_under_test.relayed_manager import RelayedManager

_taken = count(1)
_LIMITS = ManagerLimits()


class _Careless(RelayedManager):
    def take(self, parcel: Parcel, peer: Peer) -> None:
        if parcel.handover or next(_taken) % 50:
            super().take(parcel, peer)


def create_relayed_manager(  # type: ignore[no-redef]
    node: str, limits: ManagerLimits = _LIMITS
) -> RelayedManager:
    """Return a manager that loses things on the way."""
    return _Careless(node, limits)
