"""Transactions, on each engine alike."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

import pytest

from system_under_test.database.errors import (
    AbortedTransactionError,
    DatabaseClosedError,
    DatabaseUrlError,
    DeadlockError,
    IntegrityError,
    SchemaVersionError,
)
from system_under_test.database.manager import DatabaseManager, create_database_manager
from system_under_test.database.records import MessageRecord, Role
from system_under_test.database.retry import RetryPolicy
from system_under_test.database.transaction import Transaction
from tests.system_under_test.database.stories import (
    MESSAGE,
    RUNS,
    THREAD,
    USER,
    a_message,
    fill,
    its_runs,
    opened,
    run,
    store,
)

NOTHING: list[object] = []


class GivenUpError(Exception):
    """What a body raises."""


async def give_up(manager: DatabaseManager, queued: Callable[[], object]) -> None:
    async with manager.transaction() as transaction:
        transaction.queue(queued)
        await store(transaction, "7f3a9c")
        raise GivenUpError


def test_what_is_committed_is_there_after_the_database_was_closed(url: str) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            message = await fill(manager)
            answer = MessageRecord(
                message_id="answer-1",
                thread_id=THREAD,
                user_id=USER,
                role=Role.AGENT,
                text='The second one: cheaper by 12 €, "says" he.\n',
                created_at=1_700_000_001.5,
                answers=MESSAGE,
            )
            async with manager.transaction() as transaction:
                await transaction.finish_run(RUNS[0], "completed", "3 figures", user_id=USER)
                await transaction.add_message(answer)
        async with opened(url) as manager:
            assert await manager.messages(THREAD, USER) == [message, answer]
            runs = {each.run_id: each for each in await manager.runs(THREAD, USER)}
        assert set(runs) == set(RUNS)
        assert (runs[RUNS[0]].state, runs[RUNS[0]].result) == ("completed", "3 figures")
        assert (runs[RUNS[1]].state, runs[RUNS[1]].result) == ("pending", None)

    run(story())


def test_messages_come_in_the_order_they_were_added_and_the_newest_count(url: str) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            await fill(manager)
            async with manager.transaction() as transaction:
                for name in ("z", "a", "m"):
                    await transaction.add_message(a_message(USER, THREAD, name))
            everything = [each.message_id for each in await manager.messages(THREAD, USER)]
            newest = [each.message_id for each in await manager.messages(THREAD, USER, newest=2)]
        assert everything == [MESSAGE, "z", "a", "m"]
        assert newest == ["a", "m"]

    run(story())


def test_nothing_is_kept_of_a_transaction_whose_body_raises(url: str) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            with pytest.raises(GivenUpError):
                await give_up(manager, lambda: None)
            assert await manager.messages(THREAD, USER) == NOTHING
            assert await manager.runs(THREAD, USER) == NOTHING
            await fill(manager)  # and the next one works
            assert len(await manager.messages(THREAD, USER)) == 1

    run(story())


def test_nobody_reads_what_is_not_committed(url: str) -> None:
    async def story() -> None:
        async with opened(url) as manager, manager.transaction() as transaction:
            await store(transaction, "7f3a9c")
            assert await manager.messages(THREAD, USER) == NOTHING

    run(story())


def test_adding_the_same_again_changes_nothing_and_says_so(url: str) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            message = await fill(manager)
            async with manager.transaction() as transaction:
                assert not await transaction.add_thread(THREAD, USER)
                assert not await transaction.add_message(message)
                assert not await transaction.add_run(its_runs(message, RUNS)[0])
                assert await transaction.add_runs(its_runs(message, RUNS)) == 0
            assert await manager.messages(THREAD, USER) == [message]
            assert len(await manager.runs(THREAD, USER)) == 3

    run(story())


def test_a_transaction_in_which_a_statement_failed_cannot_be_committed(url: str) -> None:
    sent: list[int] = []

    async def swallow(transaction: Transaction) -> None:
        transaction.queue(partial(sent.append, 1))
        await store(transaction, "7f3a9c")
        with pytest.raises(IntegrityError):
            await transaction.add_thread("thread-2", None)  # type: ignore[arg-type]

    async def story() -> None:
        async with opened(url) as manager:
            with pytest.raises(AbortedTransactionError):
                await manager.run(swallow)
            assert await manager.messages(THREAD, USER) == NOTHING
            await fill(manager)

    run(story())
    assert sent == []


def test_events_go_out_after_the_commit_in_order_and_not_without_it(url: str) -> None:
    async def story() -> None:
        sent: list[str] = []
        async with opened(url) as manager:
            async with manager.transaction() as transaction:
                transaction.queue(partial(sent.append, "first"))
                await store(transaction, "7f3a9c")
                transaction.queue(partial(sent.append, "second"))
                assert sent == []
            assert sent == ["first", "second"]
            with pytest.raises(GivenUpError):
                await give_up(manager, partial(sent.append, "never"))
            counts = manager.outbox
        assert sent == ["first", "second"]
        assert (counts.queued, counts.sent, counts.failed, counts.dropped) == (3, 2, 0, 1)

    run(story())


def test_a_send_that_fails_undoes_nothing_and_keeps_back_nothing(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[str] = []

    def broken() -> None:
        raise ConnectionResetError("the other end is gone")

    async def story() -> None:
        async with opened(url) as manager:
            async with manager.transaction() as transaction:
                await store(transaction, "7f3a9c")
                transaction.queue(broken)
                transaction.queue(partial(sent.append, "after"))
            assert len(await manager.messages(THREAD, USER)) == 1
            counts = manager.outbox
        assert (counts.queued, counts.sent, counts.failed, counts.dropped) == (2, 1, 1, 0)

    with caplog.at_level(logging.ERROR):
        run(story())
    assert sent == ["after"]
    assert "could not be sent" in caplog.text


def test_a_transaction_that_is_cancelled_keeps_nothing_and_hands_on_its_turn(url: str) -> None:
    async def story() -> None:
        sent: list[str] = []
        async with opened(url) as manager:
            begun = asyncio.Event()

            async def dawdle() -> None:
                async with manager.transaction() as transaction:
                    transaction.queue(partial(sent.append, "never"))
                    await store(transaction, "7f3a9c")
                    begun.set()
                    await asyncio.Event().wait()

            task = asyncio.create_task(dawdle())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await manager.messages(THREAD, USER) == NOTHING
            await fill(manager)
        assert sent == []

    run(story())


def test_many_transactions_at_once_all_happen_once(url: str) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            names = [f"many-{number}" for number in range(40)]
            await asyncio.gather(*(fill(manager, name) for name in names))
            found = [await manager.messages(f"thread-{name}", f"user-{name}") for name in names]
        assert [len(each) for each in found] == [1] * len(names)

    run(story())


def test_work_is_repeated_only_when_it_is_safe_and_a_retry_can_help(url: str) -> None:
    async def story() -> None:
        calls: list[int] = []
        sent: list[str] = []

        async def unlucky(transaction: Transaction) -> str:
            calls.append(len(calls))
            transaction.queue(partial(sent.append, f"attempt {len(calls)}"))
            await store(transaction, "7f3a9c")
            if len(calls) < 3:
                raise DeadlockError("working")
            return "done"

        async with opened(url, retry=RetryPolicy(first_seconds=0.0)) as manager:
            with pytest.raises(DeadlockError):
                await manager.run(unlucky)
            assert (len(calls), sent) == (1, [])
            assert await manager.run(unlucky, safe_to_repeat=True) == "done"
            assert (len(calls), sent) == (3, ["attempt 3"])
            assert len(await manager.messages(THREAD, USER)) == 1

    run(story())


def test_a_schema_of_a_newer_program_is_left_alone(url: str) -> None:
    async def story() -> None:
        from system_under_test.database.statements import ADD_VERSION, SCHEMA_VERSION, Statement

        async with opened(url) as manager:
            session = await manager._engine.begin(serializable=False)
            await session.execute(Statement("", *["DELETE FROM schema_version"] * 2), ())
            await session.execute(ADD_VERSION, (SCHEMA_VERSION + 1,))
            await session.commit()
        with pytest.raises(SchemaVersionError, match="newer than this program"):
            await create_database_manager(url)

    run(story())


def test_nodes_that_start_at_once_create_the_schema_once(url: str) -> None:
    async def story() -> None:
        managers = await asyncio.gather(*(create_database_manager(url) for _ in range(6)))
        for number, manager in enumerate(managers):
            await fill(manager, f"node-{number}")
        for manager in managers:
            await manager.close()

    run(story())


def test_a_closed_manager_says_so_and_closing_twice_is_once(url: str) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            await manager.ping()
            await manager.close()
            with pytest.raises(DatabaseClosedError):
                await fill(manager)
            with pytest.raises(DatabaseClosedError):
                await manager.ping()

    run(story())


@pytest.mark.parametrize(
    "wrong", ["mysql://root@host/db", "", "sqlite://", "sqlite:///", "sqlite:///:memory:",
              "sqlite://file.db", "sqlite:///file.db?mode=memory", "sqlite:///file.db?timeout=1"]
)  # fmt: skip
def test_a_url_that_no_engine_serves_is_refused(wrong: str) -> None:
    with pytest.raises(DatabaseUrlError, match="use sqlite:///relative/path"):
        run(create_database_manager(wrong))
