"""Several nodes in one process, linked by a hub in memory in the place of Redis."""

from __future__ import annotations

from collections import deque

from system_under_test import ManagerLimits
from system_under_test.relay_desk import EVERYBODY
from system_under_test.relay_limits import Clocks, RelayLimits
from system_under_test.relayed_manager import RelayedManager
from tests.system_under_test.fakes import FakeClock, FakeDoor


class FakeHub:
    """Publishes in one order, as Redis does, when it is told to; can cut a node off."""

    def __init__(self, manager: type[RelayedManager] = RelayedManager) -> None:
        self.clock = FakeClock()
        self.nodes: list[RelayedManager] = []
        self._make = manager
        self._waiting: deque[tuple[str, bytes]] = deque()
        self.cut_off: set[str] = set()
        self.published = 0

    def node(self, queued_events: int = 50) -> RelayedManager:
        manager = self._make(
            f"node-{len(self.nodes)}",
            ManagerLimits(queued_events=queued_events),
            RelayLimits(),
            Clocks(present=self.clock, steady=self.clock),
        )
        self.nodes.append(manager)
        self.link(manager)
        self.settle()
        return manager

    def link(self, manager: RelayedManager) -> None:
        self.cut_off.discard(manager.desk.address)
        manager.desk.link_up(lambda channel, data: self._waiting.append((channel, data)))

    def cut(self, manager: RelayedManager) -> None:
        """Take the link away; what was published to the node is lost."""
        self.cut_off.add(manager.desk.address)
        manager.lose_link()

    def kill(self, manager: RelayedManager) -> None:
        """The node is gone and says nothing."""
        self.cut(manager)
        self.nodes.remove(manager)

    def step(self) -> bool:
        """Deliver the oldest message to those who read its channel."""
        if not self._waiting:
            return False
        channel, data = self._waiting.popleft()
        self.published += 1
        for node in tuple(self.nodes):
            address = node.desk.address
            if channel in (EVERYBODY, address) and address not in self.cut_off:
                node.desk.receive(data)
                node.desk.give_receipts()
        return True

    def settle(self) -> None:
        """Deliver everything, what follows from it included."""
        for _ in range(100_000):
            if not self.step():
                return
        raise AssertionError("the nodes talk without end")

    def pass_time(self, seconds: float) -> None:
        """Let time pass in steps, everybody ticking and everything delivered."""
        for _ in range(max(1, round(seconds / 0.1))):
            self.clock.now += 0.1
            for node in self.nodes:
                node.tick()
            self.settle()


def come(manager: RelayedManager, user_id: str = "user-1") -> FakeDoor:
    door = FakeDoor(user_id)
    manager.connect(user_id, door)
    return door


def say(manager: RelayedManager, *numbers: int, user_id: str = "user-1") -> list[str]:
    return [str(manager.send(user_id, {"n": number}).status) for number in numbers]


def balanced(hub: FakeHub) -> bool:
    """Every copy that was taken is written, waiting or dropped for a reason."""
    return all(
        counts.taken == counts.written + counts.waiting + sum(counts.dropped.values())
        for counts in (node.statistics() for node in hub.nodes)
    )
