"""What contradicts the records, and what belongs to another user, on each engine alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from system_under_test.database.errors import (
    IntegrityError,
)
from system_under_test.database.records import MessageRecord
from system_under_test.database.transaction import Transaction
from system_under_test.errors import ContextIsolationError
from tests.system_under_test.database.stories import (
    MESSAGE,
    RUNS,
    STRANGER,
    THREAD,
    USER,
    a_message,
    fill,
    its_runs,
    opened,
    run,
)

NOTHING: list[object] = []


async def taken_message(transaction: Transaction) -> None:
    other = a_message(USER, THREAD, MESSAGE)
    values = {name: getattr(other, name) for name in other.__struct_fields__}
    await transaction.add_message(MessageRecord(**{**values, "text": "something else"}))


async def message_without_a_thread(transaction: Transaction) -> None:
    await transaction.add_message(a_message(USER, "thread-nobody-knows", "message-1"))


async def run_without_a_message(transaction: Transaction) -> None:
    await transaction.add_run(its_runs(a_message(USER, THREAD, "unknown"), ("run-new",))[0])


async def taken_run(transaction: Transaction) -> None:
    await transaction.add_message(a_message(USER, THREAD, "message-2"))
    await transaction.add_runs(its_runs(a_message(USER, THREAD, "message-2"), RUNS))


async def unknown_run(transaction: Transaction) -> None:
    await transaction.finish_run("run-nobody-knows", "completed", None, user_id=USER)


@pytest.mark.parametrize(
    "work",
    [taken_message, message_without_a_thread, run_without_a_message, taken_run, unknown_run],
    ids=lambda work: work.__name__,
)
def test_what_contradicts_the_records_is_refused(
    url: str, work: Callable[[Transaction], object]
) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            message = await fill(manager)
            with pytest.raises(IntegrityError):
                await manager.run(work)  # type: ignore[arg-type]
            assert await manager.messages(THREAD, USER) == [message]

    run(story())


async def their_thread(transaction: Transaction) -> None:
    await transaction.add_thread(THREAD, STRANGER)


async def message_in_their_thread(transaction: Transaction) -> None:
    await transaction.add_message(a_message(STRANGER, THREAD, "message-of-mine"))


async def run_for_their_message(transaction: Transaction) -> None:
    await transaction.add_run(its_runs(a_message(STRANGER, THREAD, MESSAGE), ("run-mine",))[0])


async def end_of_their_run(transaction: Transaction) -> None:
    await transaction.finish_run(RUNS[0], "failed", "mine now", user_id=STRANGER)


@pytest.mark.parametrize(
    ("work", "refusal"),
    [
        (their_thread, ContextIsolationError),
        (message_in_their_thread, ContextIsolationError),
        (run_for_their_message, IntegrityError),
        (end_of_their_run, IntegrityError),
    ],
)
def test_another_users_records_are_neither_read_nor_written(
    url: str, work: Callable[[Transaction], object], refusal: type[Exception]
) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            await fill(manager)
            before = (await manager.messages(THREAD, USER), await manager.runs(THREAD, USER))
            with pytest.raises(refusal):
                await manager.run(work)  # type: ignore[arg-type]
            assert await manager.messages(THREAD, STRANGER) == NOTHING
            assert await manager.runs(THREAD, STRANGER) == NOTHING
            after = (await manager.messages(THREAD, USER), await manager.runs(THREAD, USER))
        assert after == before

    run(story())


def test_two_users_may_have_messages_and_runs_of_one_id(url: str) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            for user, thread in ((USER, "thread-1"), (STRANGER, "thread-2")):
                message = a_message(user, thread, "message-1")
                async with manager.transaction() as transaction:
                    await transaction.add_thread(thread, user)
                    assert await transaction.add_message(message)
                    assert await transaction.add_runs(its_runs(message, ("run-1",))) == 1

    run(story())


@pytest.mark.parametrize(
    "text", ["", "'; DROP TABLE messages; --", "$1 ?1 %s", "x" * 8_192, "日本"]
)
def test_a_text_is_stored_as_it_is(url: str, text: str) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            message = await fill(manager)
            values = {name: getattr(message, name) for name in message.__struct_fields__}
            odd = MessageRecord(**{**values, "message_id": text[:50] or "-", "text": text})
            async with manager.transaction() as transaction:
                await transaction.add_message(odd)
            assert await manager.messages(THREAD, USER) == [message, odd]

    run(story())


def test_what_cannot_be_encoded_is_refused_and_nothing_breaks(url: str) -> None:
    async def story() -> None:
        async with opened(url) as manager:
            with pytest.raises(Exception, match="a statement or a value in it is wrong"):
                await fill(manager, "half-a-pair-\ud800")
            await fill(manager)

    run(story())
