"""Managers of several nodes, linked by a hub in memory."""

from __future__ import annotations

import pytest

from system_under_test import ContextIsolationError, DropReason
from system_under_test.events import AgentEvent, EventType
from system_under_test.probe import probe
from system_under_test.relay_limits import RelayLimits
from tests.system_under_test.fakes import numbers
from tests.system_under_test.relay_hub import FakeHub, balanced, come, say


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


def test_a_message_finds_its_user_at_another_node(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    door = come(there)
    hub.settle()
    assert say(here, 1, 2, 3) == ["queued"] * 3
    hub.settle()
    assert numbers(door) == [1, 2, 3]
    assert here.statistics().waiting == there.statistics().waiting == 0


def test_a_message_goes_to_every_node_where_the_user_is_and_to_no_other_user(hub: FakeHub) -> None:
    nodes = [hub.node() for _ in range(3)]
    doors = [come(node) for node in nodes]
    strangers = [come(node, "user-2") for node in nodes]
    hub.settle()
    assert say(nodes[0], 1, 2) == ["delivered"] * 2
    hub.settle()
    assert [numbers(door) for door in doors] == [[1, 2]] * 3
    assert [numbers(door) for door in strangers] == [[]] * 3


def test_another_users_event_is_refused_before_it_goes_anywhere(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    door = come(there, "user-2")
    hub.settle()
    event = AgentEvent(
        type=EventType.AGENT_STARTED,
        user_id="user-1",
        thread_id="thread-1",
        run_id="run-1",
        sequence=1,
        emitted_at=0.0,
    )
    with pytest.raises(ContextIsolationError):
        here.send("user-2", event)
    hub.settle()
    assert door.taken == []


def test_what_waits_here_is_handed_over_where_the_user_arrives(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    assert say(here, 1, 2, 3) == ["queued"] * 3
    hub.settle()
    door = come(there)
    assert numbers(door) == []
    hub.settle()
    assert numbers(door) == [1, 2, 3]
    say(here, 4)
    hub.settle()
    assert numbers(door) == [1, 2, 3, 4]
    assert here.statistics().waiting == 0
    assert balanced(hub)


def test_what_waits_at_several_nodes_comes_in_the_order_in_which_it_was_sent(hub: FakeHub) -> None:
    nodes = [hub.node() for _ in range(3)]
    for number in range(1, 13):
        hub.clock.now += 0.001
        say(nodes[number % 3], number)
    hub.settle()
    door = come(nodes[0])
    say(nodes[0], 13)
    hub.settle()
    assert numbers(door) == list(range(1, 14))
    assert balanced(hub)


def test_a_message_that_meets_a_user_on_the_move_follows_and_is_not_overtaken(hub: FakeHub) -> None:
    origin, first, second = (hub.node() for _ in range(3))
    door = come(first)
    hub.settle()
    say(origin, 1, 2)
    first.disconnect(door)
    moved = come(second)
    say(origin, 3)
    hub.step()
    say(origin, 4)
    hub.settle()
    say(origin, 5)
    hub.settle()
    assert numbers(door) == []
    assert numbers(moved) == [1, 2, 3, 4, 5]


def test_a_user_who_moves_to_where_the_messages_come_from_misses_none(hub: FakeHub) -> None:
    origin, other = hub.node(), hub.node()
    door = come(other)
    hub.settle()
    say(origin, 1, 2)
    other.disconnect(door)
    back = come(origin)
    say(origin, 3)
    hub.settle()
    assert numbers(back) == [1, 2, 3]


def test_a_second_connection_of_a_user_who_still_gathers_gets_the_same(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    say(there, 1, 2)
    hub.settle()
    one, two = come(here), come(here)
    here.resume(one)
    hub.clock.now += 0.001
    say(here, 3)
    hub.settle()
    assert numbers(one) == numbers(two) == [1, 2, 3]
    assert balanced(hub)


def test_a_user_who_leaves_while_gathering_finds_everything_later(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    say(there, 1, 2)
    hub.settle()
    here.disconnect(come(here))
    hub.settle()
    hub.pass_time(1.0)
    door = come(here)
    hub.settle()
    assert numbers(door) == [1, 2]


def test_the_loopback_probe_does_not_wait_for_other_nodes(hub: FakeHub) -> None:
    here, _ = hub.node(), hub.node()
    assert probe(here) == ""
    hub.settle()
    assert probe(here) == ""


def test_a_node_that_does_not_answer_is_waited_for_only_so_long(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    say(there, 1)
    hub.settle()
    hub.cut(there)
    door = come(here)
    say(here, 2)
    hub.settle()
    assert numbers(door) == []
    hub.pass_time(RelayLimits().gather_seconds + 0.1)
    assert numbers(door) == [2]
    hub.link(there)
    hub.settle()
    assert numbers(door) == [2, 1]


def test_without_a_link_everything_works_here_and_the_rest_follows_when_it_is_back(
    hub: FakeHub,
) -> None:
    here, there = hub.node(), hub.node()
    local, remote = come(here, "user-2"), come(there)
    hub.settle()
    hub.cut(here)
    assert say(here, 1, user_id="user-2") == ["delivered"]
    assert say(here, 2, 3) == ["queued", "queued"]
    hub.pass_time(10.0)
    assert numbers(local) == [1]
    assert numbers(remote) == []
    hub.link(here)
    hub.settle()
    assert numbers(remote) == [2, 3]
    hub.pass_time(2.0)
    say(here, 4)
    hub.settle()
    assert numbers(remote) == [2, 3, 4]


def test_who_waits_for_other_nodes_when_the_link_is_lost_waits_no_longer(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    away = come(there)
    hub.settle()
    say(here, 1)
    there.disconnect(away)
    door = come(here)
    say(here, 2)
    assert numbers(door) == []
    hub.cut(here)
    assert numbers(door) == [2]
    assert say(here, 3) == ["delivered"]
    hub.link(here)
    hub.settle()
    assert sorted(numbers(door)) == [1, 2, 3]


def test_what_waits_for_other_nodes_at_the_end_is_counted(hub: FakeHub) -> None:
    here, _ = hub.node(), hub.node()
    come(here)
    say(here, 1, 2)
    assert here.shut_down() == 2
    assert here.statistics().dropped[DropReason.SHUT_DOWN] == 2
    assert balanced(hub)


def test_a_receipt_that_is_lost_brings_nothing_twice(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    door = come(there)
    hub.settle()
    say(here, 1)
    hub.cut_off.add(here.desk.address)
    hub.settle()
    assert numbers(door) == [1]
    hub.cut_off.clear()
    hub.pass_time(1.0)
    say(here, 2)
    hub.settle()
    assert numbers(door) == [1, 2]
    assert there.desk.counts.refused == 1
    assert here.desk.counts.resent == 1


def test_what_a_dead_node_did_not_take_waits_for_the_user_elsewhere(hub: FakeHub) -> None:
    here, dead, third = (hub.node() for _ in range(3))
    come(dead)
    hub.settle()
    hub.kill(dead)
    say(here, 1, 2)
    hub.pass_time(RelayLimits().gone_seconds + 1.0)
    assert here.statistics().waiting == 2
    door = come(third)
    hub.settle()
    assert numbers(door) == [1, 2]
    assert here.desk.counts.returned == 2


def test_a_node_that_says_goodbye_is_gone_at_once(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    come(there)
    hub.settle()
    there.shut_down()
    hub.nodes.remove(there)
    hub.settle()
    assert say(here, 1) == ["queued"]
    assert here.statistics().waiting == 1


def test_nodes_that_took_each_other_for_gone_find_together_again(hub: FakeHub) -> None:
    here, there = hub.node(), hub.node()
    door = come(there)
    hub.settle()
    say(here, 1)
    hub.settle()
    hub.cut_off = {here.desk.address, there.desk.address}
    hub.pass_time(5.0)
    assert len(here.desk.peers) == len(there.desk.peers) == 0
    say(here, 2)
    hub.cut_off.clear()
    hub.pass_time(2.0)
    say(here, 3)
    hub.settle()
    assert numbers(door) == [1, 2, 3]


def test_a_broadcast_reaches_everybody_at_every_node_once(hub: FakeHub) -> None:
    nodes = [hub.node() for _ in range(3)]
    doors = [come(node, f"user-{n}") for n, node in enumerate(nodes)]
    hub.settle()
    nodes[1].broadcast({"n": 7})
    nodes[1].broadcast({"n": 8})
    hub.settle()
    assert [numbers(door) for door in doors] == [[7, 8]] * 3


def test_what_is_no_message_of_ours_is_counted_and_changes_nothing(hub: FakeHub) -> None:
    here, _ = hub.node(), hub.node()
    for data in (b"", b"garbage", b"\x93\xa5hello", b'{"type":"parcel"}'):
        here.desk.receive(data)
    assert here.desk.counts.unreadable == 4
    assert len(here.desk.peers) == 1


def test_what_waits_for_another_node_is_bounded_and_the_loss_is_said(hub: FakeHub) -> None:
    here, there = hub.node(queued_events=5), hub.node(queued_events=5)
    assert say(here, *range(8)) == ["queued"] * 5 + ["dropped"] * 3
    hub.settle()
    door = come(there)
    hub.settle()
    assert numbers(door) == list(range(5))
    assert here.statistics().dropped[DropReason.RECOVERY_FULL] == 3
    assert balanced(hub)
