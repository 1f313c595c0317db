"""Messages that wait for word from other nodes, so that nothing overtakes what is older."""

from collections.abc import Iterable

import msgspec

from system_under_test.relay_message import StampedBytes, stamp_of


class Wait(msgspec.Struct):
    """Messages of one user that wait.

    Attributes:
        awaited: Addresses of the nodes that have not answered.
        until: Seconds after which they are not waited for.
        messages: What waits.
    """

    awaited: set[str]
    until: float
    messages: list[StampedBytes] = []

    def in_order(self) -> list[StampedBytes]:
        """Return what waits, oldest first and each once."""
        return sorted({message.stamp: message for message in self.messages}.values(), key=stamp_of)


class Waits:
    """All users whose messages wait for the same kind of word.

    Args:
        seconds: Longest wait.
        capacity: Messages that wait for one user.
    """

    __slots__ = ("_by_user", "_capacity", "_seconds")

    def __init__(self, seconds: float, capacity: int) -> None:
        self._seconds = seconds
        self._capacity = capacity
        self._by_user: dict[str, Wait] = {}

    def __contains__(self, user_id: str) -> bool:
        return user_id in self._by_user

    def begin(self, user_id: str, addresses: Iterable[str], now: float) -> None:
        """Wait for these nodes too, from now on."""
        wait = self._by_user.setdefault(user_id, Wait(set(), now))
        wait.awaited.update(addresses)
        wait.until = now + self._seconds

    def add(self, user_id: str, message: StampedBytes) -> bool:
        """Let a message of such a user wait too; return False when there is no room."""
        messages = self._by_user[user_id].messages
        if len(messages) >= self._capacity:
            return False
        messages.append(message)
        return True

    def waiting(self) -> int:
        """Return how many messages wait."""
        return sum(len(wait.messages) for wait in self._by_user.values())

    def answered(self, user_id: str, address: str) -> bool:
        """Note that a node answered; return whether it was the last one."""
        wait = self._by_user.get(user_id)
        if wait is None:
            return False
        wait.awaited.discard(address)
        return not wait.awaited

    def answered_for_good(self, address: str) -> list[str]:
        """Note that a node is gone; return the users for whom it was the last one."""
        return [user_id for user_id in self._by_user if self.answered(user_id, address)]

    def overdue(self, now: float) -> list[str]:
        """Return the users for whom was waited long enough."""
        return [user_id for user_id, wait in self._by_user.items() if wait.until <= now]

    def end(self, user_id: str) -> list[StampedBytes]:
        """Wait no longer for a user; return what waited, oldest first and each once."""
        wait = self._by_user.pop(user_id, None)
        return [] if wait is None else wait.in_order()
