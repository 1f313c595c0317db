"""One transaction: what may be done in it, and what goes out when it is committed."""

import time
from collections.abc import Sequence
from typing import Any

from system_under_test.database.engine import Row, Session
from system_under_test.database.errors import (
    AbortedTransactionError,
    IntegrityError,
    TransactionError,
)
from system_under_test.database.outbox import Outbox, Send
from system_under_test.database.records import MessageRecord, RunRecord
from system_under_test.database.statements import (
    ADD_MESSAGE,
    ADD_RUN,
    ADD_THREAD,
    FINISH_RUN,
    SAME_MESSAGE,
    SAME_RUN,
    THREAD_OWNER,
    Statement,
)
from system_under_test.errors import ContextIsolationError


class Transaction:
    """A transaction that has begun; made by `DatabaseManager.transaction`.

    Adding the same record again changes nothing, so that work whose commit got lost can be
    repeated. After a statement failed, the transaction can only end: PostgreSQL would take a COMMIT
    for a ROLLBACK without a word, and here that is an error on both engines.
    """

    __slots__ = ("_failed", "_outbox", "_session")

    def __init__(self, session: Session, outbox: Outbox) -> None:
        self._session = session
        self._outbox = outbox
        self._failed = False

    async def add_thread(self, thread_id: str, user_id: str) -> bool:
        """Add a thread of this user; return False when it was there already.

        Raises:
            ContextIsolationError: It is another user's.
            TransactionError: The database did not do it.
        """
        if await self._execute(ADD_THREAD, (thread_id, user_id, time.time())):
            return True
        await self._own_thread(thread_id, user_id, "adding a thread that vanished meanwhile")
        return False

    async def add_message(self, message: MessageRecord) -> bool:
        """Add a message to a thread of its user; return False when the same one was there.

        Raises:
            ContextIsolationError: The thread is another user's.
            IntegrityError: There is no such thread, or another message has this id.
            TransactionError: The database did not do it.
        """
        m = message
        values = (
            m.message_id, m.thread_id, m.user_id, str(m.role), m.text, m.created_at, m.answers
        )  # fmt: skip
        if await self._execute(ADD_MESSAGE, values):
            return True
        await self._own_thread(m.thread_id, m.user_id, "adding a message to an unknown thread")
        found = await self._fetch(SAME_MESSAGE, (m.user_id, m.thread_id, m.message_id))
        if [tuple(row) for row in found] != [(str(m.role), m.text, m.answers)]:
            raise IntegrityError("adding a message whose id another one has")
        return False

    async def add_run(self, run: RunRecord) -> bool:
        """Add a run for a message of its user; return False when the same one was there.

        Raises:
            IntegrityError: The user has no such message, or another run with this id.
            TransactionError: The database did not do it.
        """
        if await self._execute(ADD_RUN, _run_values(run)):
            return True
        found = await self._fetch(SAME_RUN, (run.user_id, run.run_id))
        if not found:
            raise IntegrityError("adding a run for a message that the user does not have")
        if tuple(found[0]) != (run.message_id, run.thread_id, run.agent):
            raise IntegrityError("adding a run whose id another one has")
        return False

    async def add_runs(self, runs: Sequence[RunRecord]) -> int:
        """Add several runs in one round trip; return how many of them were not there already.

        Raises: as `add_run`.
        """
        added = await self._execute_many(ADD_RUN, [_run_values(run) for run in runs])
        if added != len(runs):  # each says what is wrong with it, if anything is
            for run in runs:
                await self.add_run(run)
        return added

    async def finish_run(
        self, run_id: str, state: str, result: str | None, *, user_id: str
    ) -> None:
        """Write down how a run of this user ended: its state, and what it gave or why it failed.

        Raises:
            IntegrityError: The user has no such run.
            TransactionError: The database did not do it.
        """
        if not await self._execute(FINISH_RUN, (user_id, run_id, str(state), result)):
            raise IntegrityError("ending a run that the user does not have")

    def queue(self, send: Send) -> None:
        """Let `send` run after the commit, in order; it never runs when there is none."""
        self._outbox.queue(send)

    async def commit(self) -> None:
        """Keep everything; the manager calls it at the end of the `async with` block.

        Raises:
            AbortedTransactionError: A statement had failed; nothing was kept.
            TransactionError: The database did not do it.
        """
        if self._failed:
            await self.rollback()
            raise AbortedTransactionError("committing")
        try:
            await self._session.commit()
        except BaseException:
            self._outbox.drop()
            raise
        self._outbox.release()

    async def rollback(self) -> None:
        """Keep nothing, send nothing."""
        self._outbox.drop()
        await self._session.rollback()

    async def _own_thread(self, thread_id: str, user_id: str, doing: str) -> None:
        found = await self._fetch(THREAD_OWNER, (thread_id,))
        if not found:
            raise IntegrityError(doing)
        owner = str(found[0][0])
        if owner != user_id:
            raise ContextIsolationError("the thread", owner, user_id)

    async def _execute(self, statement: Statement, values: Sequence[Any]) -> int:
        try:
            return await self._session.execute(statement, values)
        except TransactionError:
            self._failed = True
            raise

    async def _execute_many(self, statement: Statement, rows: Sequence[Sequence[Any]]) -> int:
        try:
            return await self._session.execute_many(statement, rows)
        except TransactionError:
            self._failed = True
            raise

    async def _fetch(self, statement: Statement, values: Sequence[Any]) -> Sequence[Row]:
        try:
            return await self._session.fetch(statement, values)
        except TransactionError:
            self._failed = True
            raise


def _run_values(run: RunRecord) -> tuple[object, ...]:
    r = run
    return (
        r.run_id, r.message_id, r.thread_id, r.user_id, r.agent, r.state, r.created_at, r.result
    )  # fmt: skip
