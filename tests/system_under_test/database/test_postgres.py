"""Every error for real, on a real PostgreSQL and a real file; and a server that comes and goes."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from benchmarks.connection_faults import LOSSES
from benchmarks.database_faults import FAULTS, Expected, Scene, ended, error_of
from benchmarks.servers.cutting_proxy import CuttingProxy
from benchmarks.servers.postgres import PostgresServer, postgres_server, through
from system_under_test.database import errors
from system_under_test.database.engine import DatabaseOptions
from system_under_test.database.errors import ERRORS_BY_ROLE, TransactionError
from system_under_test.database.retry import RetryPolicy
from system_under_test.database.transaction import Transaction
from tests.system_under_test.database.stories import RUNS, THREAD, USER, fill, opened, run, store

PATIENT = RetryPolicy(attempts=200, first_seconds=0.01, longest_seconds=0.1, total_seconds=25.0)


@pytest.mark.parametrize(
    "expected", [*FAULTS, *LOSSES], ids=lambda expected: expected.fault.__name__
)
def test_a_real_error_is_told_as_what_it_is(scene: Scene, expected: Expected) -> None:
    error = run(expected.fault(scene))
    assert type(error) is ERRORS_BY_ROLE[expected.role]
    assert isinstance(error, TransactionError)
    assert error.__cause__ is not None
    assert error.retryable is expected.retryable
    if expected.role != "connection" or expected.code:
        assert error.code == expected.code
    assert error.outcome_unknown is (expected.fault.__name__ == "cut_at_commit")


def test_a_deadlock_is_repeated_until_both_are_done(postgres_url: str) -> None:
    async def story() -> None:
        async with opened(postgres_url) as manager:
            await fill(manager)
            both = asyncio.Barrier(2)
            attempts: list[str] = []

            async def cross(first: str, second: str, transaction: Transaction) -> None:
                attempts.append(first)
                await transaction.finish_run(first, "completed", first, user_id=USER)
                if len(attempts) <= 2:
                    await both.wait()
                await transaction.finish_run(second, "completed", first, user_id=USER)

            await asyncio.gather(
                manager.run(partial(cross, RUNS[0], RUNS[1]), safe_to_repeat=True),
                manager.run(partial(cross, RUNS[1], RUNS[0]), safe_to_repeat=True),
            )
            runs = {each.run_id: each.result for each in await manager.runs(THREAD, USER)}
        assert len(attempts) == 3
        assert runs[RUNS[0]] == runs[RUNS[1]]  # of the one that came last

    run(story())


def test_a_commit_whose_answer_is_lost_is_never_repeated_unless_that_is_safe(
    postgres: PostgresServer, postgres_url: str
) -> None:
    async def story() -> None:
        async with (
            CuttingProxy(postgres.reach) as proxy,
            opened(through(postgres_url, proxy.port)) as manager,
        ):
            attempts: list[int] = []
            sent: list[int] = []

            async def work(transaction: Transaction) -> None:
                attempts.append(1)
                transaction.queue(partial(sent.append, 1))
                await store(transaction, "7f3a9c")
                proxy.fatal = b"COMMIT" if len(attempts) <= 2 else None

            with pytest.raises(errors.ConnectionError) as caught:
                await manager.run(work)
            assert caught.value.outcome_unknown
            assert "whether the transaction was kept is unknown" in str(caught.value)
            assert (len(attempts), sent) == (1, [])
            await manager.run(work, safe_to_repeat=True)
            assert (len(attempts), sent) == (3, [1])
            assert len(await manager.messages(THREAD, USER)) == 1

    run(story())


def test_a_commit_that_was_kept_and_whose_answer_is_lost_is_not_stored_twice(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """The proxy lets the COMMIT through and cuts the answer: the second time nothing is added."""

    async def story() -> None:
        async with (
            CuttingProxy(postgres.reach) as proxy,
            opened(through(postgres_url, proxy.port)) as manager,
        ):
            added: list[int] = []

            async def work(transaction: Transaction) -> None:
                await transaction.add_thread(THREAD, USER)
                message = await store(transaction, "7f3a9c")
                added.append(len(message.text))
                proxy.fatal_answer = b"COMMIT" if len(added) == 1 else None

            await manager.run(work, safe_to_repeat=True)
            assert len(added) == 2
            assert len(await manager.messages(THREAD, USER)) == 1
            assert len(await manager.runs(THREAD, USER)) == 3

    run(story())


def test_a_cancelled_statement_leaves_a_pool_that_works(scene: Scene) -> None:
    async def story() -> None:
        options = DatabaseOptions(connections=2)
        async with opened(scene.url, options) as manager:
            await fill(manager)
            async with manager.transaction() as transaction:
                await transaction.finish_run(RUNS[0], "completed", None, user_id=USER)
                waiting = asyncio.create_task(ended(manager, USER, RUNS[0]))
                await asyncio.sleep(0.02)  # on its way, or not: both must end well
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            for number in range(4):
                await fill(manager, f"{number}")

    run(story())


async def stored_as(name: str, transaction: Transaction) -> None:
    await store(transaction, name)


def test_a_server_that_is_stopped_is_a_lost_connection_and_its_return_is_noticed() -> None:
    with postgres_server() as server:
        if not hasattr(server, "folder"):
            pytest.skip("the server that was named is not ours to stop")
        url = server.create_database()

        async def story() -> None:
            async with opened(url, retry=PATIENT) as manager:
                for number, mode in enumerate(("fast", "immediate", "kill")):
                    await fill(manager, f"before-{number}")
                    await asyncio.to_thread(server.stop, mode)
                    for _ in range(2):
                        error = await error_of(fill(manager, "meanwhile"))
                        assert isinstance(error, errors.ConnectionError)
                        assert error.retryable
                    again = asyncio.create_task(
                        manager.run(
                            partial(stored_as, f"after-{number}"),
                            safe_to_repeat=True,
                        )
                    )
                    await asyncio.to_thread(server.start)
                    await again
                for number in range(3):
                    for name in (f"before-{number}", f"after-{number}"):
                        found = await manager.messages(f"thread-{name}", f"user-{name}")
                        assert len(found) == 1
                assert await manager.messages("thread-meanwhile", "user-meanwhile") == []

        run(story())


def test_more_transactions_than_connections_wait_for_their_turn(postgres_url: str) -> None:
    async def story() -> None:
        async with opened(postgres_url, DatabaseOptions(connections=2)) as manager:
            await asyncio.gather(*(fill(manager, f"{number}") for number in range(20)))

    run(story())


def test_who_waits_too_long_for_a_connection_of_the_pool_is_told(postgres_url: str) -> None:
    async def story() -> None:
        options = DatabaseOptions(connections=1, acquire_seconds=1.0)
        async with opened(postgres_url, options) as manager:
            async with manager.transaction():
                error = await error_of(fill(manager))
            assert type(error) is errors.TooManyConnectionsError
            assert (error.code, error.retryable) == (None, True)
            await fill(manager)

    run(story())


def test_nothing_of_one_transaction_is_set_for_the_next(postgres_url: str) -> None:
    """Connections are not reset between transactions: isolation must not stick."""

    async def story() -> None:
        async with opened(postgres_url, DatabaseOptions(connections=1)) as manager:
            async with manager.transaction(serializable=True) as transaction:
                await store(transaction, "7f3a9c")
            session = await manager._engine.begin(serializable=False)
            from system_under_test.database.statements import Statement

            rows = await session.fetch(Statement("", "", "SHOW transaction_isolation"), ())
            await session.rollback()
        assert rows[0][0] == "read committed"

    run(story())


def test_the_password_of_a_url_is_in_no_error() -> None:
    async def story() -> str:
        from system_under_test.database.manager import create_database_manager

        url = "postgresql://user:hunter2secret@127.0.0.1:1/db"
        return str(await error_of(create_database_manager(url)))

    assert "hunter2secret" not in run(story())
