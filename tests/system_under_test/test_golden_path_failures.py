"""What cannot be stored or worked on is told, and nothing else is."""

import asyncio
import json
import logging
from pathlib import Path

import pytest

from system_under_test.database.errors import ConnectionError as DatabaseConnectionError
from system_under_test.database.records import Role
from system_under_test.frames import ErrorCode
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
)


def test_nothing_is_told_before_it_is_stored(tmp_path: Path) -> None:
    gates = {number: asyncio.Event() for number in range(1, 6)}

    async def before(number: int) -> None:
        await gates[number].wait()

    async def check() -> None:
        system = system_of(before=before)
        async with serving(settings_in(tmp_path), system) as server, connecting(server) as client:
            await greeted(client)
            await say(client, TEXT)
            heard: list[str] = []
            # What each piece of stored work lets out: the acknowledgement with the first four
            # events, then each result with its last event and the next step's, then the answer.
            expected = [["acknowledged", *EVENTS[:4]]]
            expected += [[EVENTS[4], *EVENTS[:4]]] * 2
            expected += [[EVENTS[4]], ["answer"]]
            for number, allowed in enumerate(expected, 1):
                # The echo shows that nothing else was on its way.
                await client.send('{"type":"ping"}')
                assert (await told(client))["type"] == "pong"
                gates[number].set()
                heard = [(await told(client))["type"] for _ in allowed]
                assert heard == allowed

    in_loop(check())


def test_a_message_that_cannot_be_stored_is_refused_and_nothing_of_it_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def before(number: int) -> None:
        if number == 1:
            raise DatabaseConnectionError("a test")

    async def check() -> None:
        system = system_of(before=before)
        async with serving(settings_in(tmp_path), system) as server, connecting(server) as client:
            await greeted(client)
            await say(client, TEXT, message_id="m-1", thread_id="thread-1")
            refused = await told(client)
            assert is_error(refused, ErrorCode.STORAGE)
            assert refused["message_id"] == "m-1"
            assert "send the message again" in refused["reason"]
            assert await services_of(server).database.messages("thread-1", "user-1") == []
            await say(client, TEXT, message_id="m-1", thread_id="thread-1")
            assert (await told_until(client, "answer", "error"))[-1]["type"] == "answer"

    with caplog.at_level(logging.CRITICAL):
        in_loop(check())


def test_a_result_that_cannot_be_stored_is_never_told_as_a_result(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def before(number: int) -> None:
        if number == 3:
            raise DatabaseConnectionError("a test")

    async def check() -> None:
        system = system_of(before=before)
        async with serving(settings_in(tmp_path), system) as server, connecting(server) as client:
            await greeted(client)
            await say(client, TEXT, message_id="m-1")
            frames = await told_until(client, "answer", "error")
            assert is_error(frames[-1], ErrorCode.STORAGE)
            of_run: dict[str, list[str]] = {}
            for event in frames[1:-1]:
                of_run.setdefault(event["run_id"], []).append(event["type"])
            first, second, *_ = of_run.values()
            assert first == EVENTS
            assert second == [*EVENTS[:4], "agent_error"]

    with caplog.at_level(logging.CRITICAL):
        in_loop(check())


def test_an_agent_that_fails_is_told_without_what_it_said(tmp_path: Path) -> None:
    async def check() -> None:
        agent = FakeAgent(failure=RuntimeError("password is hunter2"))
        agent.gate.set()
        async with (
            serving(settings_in(tmp_path), system_of(agent)) as server,
            connecting(server) as client,
        ):
            await greeted(client)
            await say(client, TEXT, message_id="m-1", thread_id="thread-1")
            frames = await told_until(client, "answer", "error")
            assert is_error(frames[-1], ErrorCode.AGENT_FAILED)
            assert frames[-1]["message_id"] == "m-1"
            assert "hunter2" not in json.dumps(frames)
            (run,) = await services_of(server).database.runs("thread-1", "user-1")
            assert run.state == "failed"

    in_loop(check())


def test_the_same_message_sent_again_is_stored_once_and_another_with_its_id_is_refused(
    tmp_path: Path,
) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, connecting(server) as client:
            await greeted(client)
            for _ in range(2):
                await say(client, TEXT, message_id="m-1", thread_id="thread-1")
                assert (await told_until(client, "answer", "error"))[-1]["type"] == "answer"
            stored = await services_of(server).database.messages("thread-1", "user-1")
            assert [message.role for message in stored].count(Role.USER) == 1
            await say(client, "something else", message_id="m-1", thread_id="thread-1")
            refused = (await told_until(client, "answer", "error"))[-1]
            assert is_error(refused, ErrorCode.BAD_MESSAGE)
            assert "message_id" in refused["reason"]

    in_loop(check())
