import asyncio
from pathlib import Path

import pytest

from system_under_test.database.records import Role
from system_under_test.frames import ErrorCode
from system_under_test.server import BackendServer
from system_under_test.settings import ServerLimits
from tests.system_under_test.golden_path_fakes import (
    EVENTS,
    TEXT,
    FakeAgent,
    services_of,
    system_of,
)
from tests.system_under_test.server_harness import (
    connecting,
    greeted,
    in_loop,
    is_error,
    say,
    serving,
    settings_in,
    told,
    told_until,
    until,
)


def test_a_message_is_acknowledged_worked_on_in_three_runs_and_answered(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, connecting(server) as client:
            await greeted(client)
            await say(client, TEXT, message_id="m-1", thread_id="thread-1")
            frames = await told_until(client, "answer", "error")
            acknowledged, *events, answer = frames
            assert acknowledged["type"] == "acknowledged"
            assert (acknowledged["message_id"], acknowledged["thread_id"]) == ("m-1", "thread-1")
            runs = acknowledged["run_ids"]
            assert len(set(runs)) == 3
            assert [event["type"] for event in events] == EVENTS * 3
            assert [event["run_id"] for event in events] == [run for run in runs for _ in EVENTS]
            assert [event["sequence"] for event in events] == [1, 2, 3, 4, 5] * 3
            assert {event["user_id"] for event in events} == {"user-1"}
            assert {event["thread_id"] for event in events} == {"thread-1"}
            assert (answer["message_id"], answer["thread_id"]) == ("m-1", "thread-1")
            database = services_of(server).database
            stored = await database.messages("thread-1", "user-1")
            assert [(message.role, message.text) for message in stored] == [
                (Role.USER, TEXT),
                (Role.AGENT, answer["text"]),
            ]
            assert stored[1].answers == "m-1"
            ended = await database.runs("thread-1", "user-1")
            assert [(run.run_id, run.state) for run in ended] == [
                (run, "completed") for run in runs
            ]
            assert all(run.result for run in ended)
            assert server.path is not None
            await until(lambda: server.path is not None and server.path.in_work == 0)
            metrics = server.readiness.tracker.metrics() if server.readiness.tracker else None
            assert metrics is not None
            assert (metrics.created, metrics.completed) == (3, 3)

    in_loop(check())


def test_a_thread_goes_on_and_ids_are_made_when_none_are_given(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, connecting(server) as client:
            await greeted(client)
            await say(client, "first 1")
            first = (await told_until(client, "answer"))[-1]
            await say(client, "second 2", thread_id=first["thread_id"])
            second = (await told_until(client, "answer"))[-1]
            assert second["thread_id"] == first["thread_id"]
            assert second["message_id"] != first["message_id"]
            stored = await services_of(server).database.messages(first["thread_id"], "user-1")
            assert [message.role for message in stored] == [Role.USER, Role.AGENT] * 2

    in_loop(check())


def test_a_user_has_two_messages_in_work_and_another_user_is_not_kept_waiting(
    tmp_path: Path,
) -> None:
    async def check() -> None:
        agent = FakeAgent()
        async with (
            serving(settings_in(tmp_path), system_of(agent)) as server,
            connecting(server) as client,
            connecting(server, "user-2") as other,
        ):
            await greeted(client)
            await greeted(other)
            for number in range(3):
                await say(client, f"number {number}", message_id=f"m-{number}")
            frames = await told_until(client, "error")
            assert is_error(frames[-1], ErrorCode.BUSY)
            assert frames[-1]["message_id"] == "m-2"
            await say(other, "mine")
            agent.gate.set()
            assert (await told_until(other, "answer"))[-1]["text"] == "to user-2: mine"
            answers = {(await told_until(client, "answer"))[-1]["message_id"] for _ in range(2)}
            assert answers == {"m-0", "m-1"}
            await say(client, "again")
            await told_until(client, "answer")

    in_loop(check())


def test_all_users_together_have_a_limit_of_messages_in_work(tmp_path: Path) -> None:
    async def check() -> None:
        agent = FakeAgent()
        settings = settings_in(tmp_path, limits=ServerLimits(messages=1))
        async with (
            serving(settings, system_of(agent)) as server,
            connecting(server) as client,
            connecting(server, "user-2") as other,
        ):
            await greeted(client)
            await greeted(other)
            await say(client, "first")
            await told_until(client, "acknowledged")
            await say(other, "second")
            assert is_error(await told(other), ErrorCode.BUSY)
            agent.gate.set()
            await told_until(client, "answer")

    in_loop(check())


def test_who_vanishes_finds_everything_in_order_at_the_return(tmp_path: Path) -> None:
    async def check() -> None:
        agent = FakeAgent()
        async with serving(settings_in(tmp_path), system_of(agent)) as server:
            async with connecting(server) as client:
                await greeted(client)
                await say(client, "are you there")
                await told_until(client, "acknowledged")
                before = [(await told(client))["type"] for _ in range(3)]
            await until(lambda: not server.connections)
            agent.gate.set()
            await until(lambda: server.path is not None and server.path.in_work == 0)
            async with connecting(server) as client:
                await greeted(client)
                frames = await told_until(client, "answer")
            assert before + [frame["type"] for frame in frames] == [*EVENTS, "answer"]
            assert frames[-1]["text"] == "to user-1: are you there"

    in_loop(check())


def test_every_connection_of_the_user_sees_it_and_nobody_else(tmp_path: Path) -> None:
    async def check() -> None:
        async with (
            serving(settings_in(tmp_path)) as server,
            connecting(server) as one,
            connecting(server) as two,
            connecting(server, "user-2") as stranger,
        ):
            for client in (one, two, stranger):
                await greeted(client)
            await say(one, TEXT)
            assert await told_until(one, "answer") == await told_until(two, "answer")
            await stranger.send('{"type":"ping","data":"only this"}')
            assert await told(stranger) == {"type": "pong", "data": "only this"}

    in_loop(check())


@pytest.mark.parametrize("users", [30])
def test_many_users_at_once_get_their_own_answers(tmp_path: Path, users: int) -> None:
    async def converse(server: BackendServer, user_id: str) -> None:
        async with connecting(server, user_id) as client:
            await greeted(client)
            for number in range(3):
                await say(client, f"{user_id} asks for {number}")
                frames = await told_until(client, "answer", "error")
                assert [frame["type"] for frame in frames][1:-1] == EVENTS * 3
                assert {frame["user_id"] for frame in frames[1:-1]} == {user_id}

    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server:
            await asyncio.gather(*(converse(server, f"user-{n}") for n in range(users)))
            statistics = services_of(server).manager.statistics()
            assert sum(statistics.dropped.values()) == 0

    in_loop(check())
