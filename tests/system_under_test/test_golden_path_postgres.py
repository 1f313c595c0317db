"""The golden path on a real PostgreSQL, which goes away and comes back meanwhile."""

import logging
from pathlib import Path

import pytest

from benchmarks.servers import Unavailable
from benchmarks.servers.postgres import PostgresServer, postgres_server
from system_under_test.frames import ErrorCode
from tests.system_under_test.server_harness import (
    connecting,
    greeted,
    in_loop,
    is_error,
    refusal_of,
    say,
    serving,
    settings_in,
    told_until,
    until,
)

TEXT = "Costs were 10, 20 and 30 in March."


def test_a_database_that_is_away_refuses_messages_and_none_that_was_acknowledged_is_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def check(postgres: PostgresServer, url: str) -> None:
        settings = settings_in(tmp_path, database_url=url)
        postgres.stop("immediate")
        async with serving(settings, wait=False) as server:
            await until(lambda: ":" in server.readiness.phase()[1])
            assert (await refusal_of(connecting(server)))[0] == 503
            postgres.start()
            await server.ready.wait()
            async with connecting(server) as client:
                await greeted(client)
                await say(client, TEXT, message_id="m-1", thread_id="thread-1")
                assert (await told_until(client, "answer", "error"))[-1]["type"] == "answer"
                postgres.stop("immediate")
                await say(client, TEXT, message_id="m-2", thread_id="thread-1")
                assert is_error((await told_until(client, "error"))[-1], ErrorCode.STORAGE)
                postgres.start()
                await say(client, TEXT, message_id="m-2", thread_id="thread-1")
                assert (await told_until(client, "answer", "error"))[-1]["type"] == "answer"
            services = server.readiness.services
            assert services is not None
            stored = await services.database.messages("thread-1", "user-1")
            assert [message.message_id for message in stored if message.answers is None] == [
                "m-1",
                "m-2",
            ]

    try:
        with caplog.at_level(logging.CRITICAL), postgres_server() as postgres:
            in_loop(check(postgres, postgres.create_database()))
    except Unavailable as missing:
        pytest.skip(str(missing))
