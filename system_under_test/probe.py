"""A real message on a real way: whether a manager delivers, and to nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from system_under_test.encoding import encode_event
from system_under_test.identity import unique_id
from system_under_test.manager import UnifiedWebSocketManager

_MESSAGES: Final = 2


class _Loopback:
    """A connection that keeps what it is given."""

    # Nothing waits for the probe's user at other nodes: what is sent is to be written now.
    at_once = True

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def write(self, data: bytes, /) -> None:
        self.taken.append(data)

    def close(self, code: int, reason: str, /) -> None:
        """Nothing is open."""


def probe(manager: UnifiedWebSocketManager) -> str:
    """Send messages through the manager to a user of the probe; return what is wrong, or "".

    Two users are made for it and forgotten afterwards. What the first is sent must arrive there,
    whole and in order, and must not arrive at the second. A manager that raises is wrong too.
    """
    try:
        return _send_and_compare(manager)
    except Exception as error:  # whatever it raises, it does not deliver
        return f"the manager raised {type(error).__name__}: {error}"


def _send_and_compare(manager: UnifiedWebSocketManager) -> str:
    addressee = f"probe-{unique_id()}"
    with _connected(manager, addressee) as here, _connected(manager, f"{addressee}-2") as elsewhere:
        notices = [{"type": "probe", "sequence": number} for number in range(1, _MESSAGES + 1)]
        for notice in notices:
            manager.send(addressee, notice)
        if elsewhere.taken:
            return "a message for one user reached another"
        if here.taken != [encode_event(notice) for notice in notices]:
            return f"{len(here.taken)} of {_MESSAGES} messages arrived, or not as they were sent"
        return ""


@contextmanager
def _connected(manager: UnifiedWebSocketManager, user_id: str) -> Iterator[_Loopback]:
    """Connect a loopback for the time of the block."""
    loopback = _Loopback()
    manager.connect(user_id, loopback)
    try:
        yield loopback
    finally:
        manager.disconnect(loopback)
        manager.forget(user_id)
