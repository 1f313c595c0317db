from typing import Any

import pytest

from system_under_test import Outcome, UnifiedWebSocketManager
from system_under_test.delivery import DELIVERED_ONCE
from system_under_test.probe import probe


class Deaf(UnifiedWebSocketManager):
    def send(self, user_id: str, event: Any) -> Outcome:  # noqa: ARG002 - ignoring it is the sabotage
        return DELIVERED_ONCE


class TellsEverybody(UnifiedWebSocketManager):
    def send(self, user_id: str, event: Any) -> Outcome:  # noqa: ARG002 - ignoring it is the sabotage
        self.broadcast(event)
        return DELIVERED_ONCE


class Changes(UnifiedWebSocketManager):
    def send(self, user_id: str, event: Any) -> Outcome:
        return super().send(user_id, {**event, "sequence": 0})


class Raises(UnifiedWebSocketManager):
    def send(self, user_id: str, event: Any) -> Outcome:  # noqa: ARG002 - ignoring it is the sabotage
        raise RuntimeError("no loop")


def test_a_sound_manager_passes_and_keeps_nothing_of_the_probe() -> None:
    manager = UnifiedWebSocketManager()
    assert probe(manager) == ""
    statistics = manager.statistics()
    assert (statistics.connections, statistics.away_users, statistics.waiting) == (0, 0, 0)


@pytest.mark.parametrize(
    ("manager", "problem"),
    [
        (Deaf(), "0 of 2 messages arrived, or not as they were sent"),
        (TellsEverybody(), "a message for one user reached another"),
        (Changes(), "2 of 2 messages arrived, or not as they were sent"),
        (Raises(), "the manager raised RuntimeError: no loop"),
    ],
)
def test_a_manager_that_does_not_deliver_is_found_out(
    manager: UnifiedWebSocketManager, problem: str
) -> None:
    assert probe(manager) == problem


def test_a_closed_manager_does_not_deliver() -> None:
    manager = UnifiedWebSocketManager()
    manager.shut_down()
    assert probe(manager).startswith("the manager raised ManagerClosedError")
