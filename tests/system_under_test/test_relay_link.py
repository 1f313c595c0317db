"""Nodes linked by a real Redis that is killed, started again, and made to hang."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager

import pytest

from benchmarks.servers import Unavailable
from benchmarks.servers.redis_server import RedisServer, redis_server
from system_under_test import AgentWebSocketBridge, IntegrationCause, IntegrationState
from system_under_test.relay_limits import RelayLimits
from system_under_test.relay_link import LinkLimits, RelayLink
from system_under_test.relayed_manager import RelayedManager
from tests.system_under_test.fakes import make_context, numbers
from tests.system_under_test.relay_hub import come, say

LIMITS = LinkLimits(answer_seconds=1.0, tick_seconds=0.02, longest_retry_seconds=0.1)
RELAY_LIMITS = RelayLimits(alive_seconds=0.1, resend_seconds=0.1)
PATIENCE_SECONDS = 30.0


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    try:
        with redis_server() as server:
            yield server
    except Unavailable as reason:
        pytest.skip(str(reason))


class Node:
    def __init__(self, name: str, url: str) -> None:
        self.manager = RelayedManager(name, relay_limits=RELAY_LIMITS)
        self.bridge = AgentWebSocketBridge()
        self.link = RelayLink(
            self.manager,
            url,
            on_lost=self.bridge.lose_link,
            on_restored=self.bridge.restore_link,
            limits=LIMITS,
        )

    @property
    def state(self) -> tuple[IntegrationState, IntegrationCause | None]:
        health = self.bridge.health()
        return health.state, health.cause


@asynccontextmanager
async def two_nodes(url: str) -> AsyncIterator[tuple[Node, Node]]:
    nodes = Node("a", url), Node("b", url)
    try:
        for node in nodes:
            node.bridge.start(node.manager)
            await node.link.start()
        await until(lambda: all(len(node.manager.desk.peers) == 1 for node in nodes))
        yield nodes
    finally:
        for node in nodes:
            await node.link.stop()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.005)


def run(scenario: Coroutine[object, object, None]) -> None:
    asyncio.run(scenario)


def test_a_run_at_one_node_is_seen_at_the_other_by_its_user_only(server: RedisServer) -> None:
    async def scenario() -> None:
        async with two_nodes(server.url) as (here, there):
            mine, foreign = come(there.manager), come(there.manager, "user-2")
            await until(lambda: here.manager.desk.peers.holders("user-2"))
            for event_type in (
                "agent_started",
                "agent_thinking",
                "tool_executing",
                "tool_completed",
                "agent_completed",
            ):
                here.bridge.emit(make_context(), event_type)
            await until(lambda: len(mine.taken) == 5)
            assert [event["sequence"] for event in mine.taken] == [1, 2, 3, 4, 5]
            assert {event["user_id"] for event in mine.taken} == {"user-1"}
            assert foreign.taken == []

    run(scenario())


def test_a_thousand_messages_come_in_order_and_once(server: RedisServer) -> None:
    async def scenario() -> None:
        async with two_nodes(server.url) as (here, there):
            door = come(there.manager)
            await until(lambda: here.manager.desk.peers.holders("user-1"))
            for number in range(1000):
                say(here.manager, number)
                if number % 100 == 0:
                    await asyncio.sleep(0)
            await until(lambda: len(door.taken) >= 1000)
            assert numbers(door) == list(range(1000))
            await until(lambda: not next(iter(here.manager.desk.peers)).unreceipted)

    run(scenario())


def test_what_waits_follows_its_user_to_the_other_node(server: RedisServer) -> None:
    async def scenario() -> None:
        async with two_nodes(server.url) as (here, there):
            say(here.manager, 1, 2, 3)
            door = come(there.manager)
            await until(lambda: len(door.taken) == 3)
            assert numbers(door) == [1, 2, 3]

    run(scenario())


def test_a_killed_redis_degrades_the_bridge_and_everything_follows_when_it_is_back(
    server: RedisServer,
) -> None:
    async def scenario() -> None:
        async with two_nodes(server.url) as (here, there):
            local, remote = come(here.manager, "user-2"), come(there.manager)
            await until(lambda: here.manager.desk.peers.holders("user-1"))
            assert here.state[0] is IntegrationState.ACTIVE
            server.kill()
            lost = (IntegrationState.DEGRADED, IntegrationCause.LINK_LOST)
            await until(lambda: here.state == there.state == lost)
            assert here.link.state.startswith("down: ")
            assert say(here.manager, 1, user_id="user-2") == ["delivered"]
            assert say(here.manager, 2, 3) == ["queued"] * 2
            assert numbers(local) == [1]
            server.start()
            await until(lambda: len(remote.taken) == 2)
            assert numbers(remote) == [2, 3]
            back = (IntegrationState.ACTIVE, IntegrationCause.LINK_RESTORED)
            await until(lambda: here.state == there.state == back)
            assert here.link.state == "up"

    run(scenario())


def test_a_redis_that_hangs_is_a_lost_link_too(server: RedisServer) -> None:
    async def scenario() -> None:
        async with two_nodes(server.url) as (here, there):
            door = come(there.manager)
            await until(lambda: here.manager.desk.peers.holders("user-1"))
            server.freeze()
            try:
                say(here.manager, 1)
                await until(lambda: here.state[0] is IntegrationState.DEGRADED)
            finally:
                server.thaw()
            await until(lambda: numbers(door) == [1])
            await until(lambda: here.state[0] is IntegrationState.ACTIVE)
            say(here.manager, 2)
            await until(lambda: numbers(door) == [1, 2])

    run(scenario())


def test_without_redis_a_node_works_alone_and_says_so() -> None:
    async def scenario() -> None:
        node = Node("a", "redis://127.0.0.1:1/0")
        node.bridge.start(node.manager)
        assert await node.link.start(wait_seconds=0.05) is False
        await until(lambda: node.state[0] is IntegrationState.DEGRADED)
        door = come(node.manager)
        assert say(node.manager, 1) == ["delivered"]
        assert numbers(door) == [1]
        assert "ConnectionError" in node.link.state
        await node.link.stop()

    run(scenario())


def test_a_node_that_stops_says_goodbye(server: RedisServer) -> None:
    async def scenario() -> None:
        async with two_nodes(server.url) as (here, there):
            come(there.manager)
            await until(lambda: here.manager.desk.peers.holders("user-1"))
            await there.link.stop()
            await until(lambda: len(here.manager.desk.peers) == 0)
            assert say(here.manager, 1) == ["queued"]

    run(scenario())


def test_a_node_alone_imports_nothing_of_all_this() -> None:
    program = (
        "import sys, system_under_test.reference, system_under_test.server\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'redis' or 'relay' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
