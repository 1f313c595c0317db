"""The golden path: a message comes in, is stored, is worked on, and its answer is stored and sent.

What is told is stored first. `acknowledged` goes out when thread, message and its three runs are
committed; the events of a step go out as they happen, because its run is stored by then; its last
event goes out when its result is committed; `answer` goes out when the answer is committed.
Everything goes to the user and not to the connection that asked, so that it waits for a user who
has gone.
"""

import asyncio
import logging
from functools import partial
from typing import Final

import msgspec

from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.context import UserExecutionContext
from system_under_test.database.errors import IntegrityError, TransactionError
from system_under_test.database.manager import DatabaseManager
from system_under_test.database.records import MessageRecord, Role, RunRecord
from system_under_test.database.transaction import Transaction
from system_under_test.errors import (
    BackendError,
    ContextIsolationError,
    InvalidContextError,
    SupervisorBusyError,
)
from system_under_test.execution import ExecutionState
from system_under_test.frames import (
    ClientMessage,
    ErrorCode,
    FrameError,
    acknowledged,
    answer,
    error_frame,
)
from system_under_test.identity import unique_id
from system_under_test.manager import UnifiedWebSocketManager
from system_under_test.placeholders import check_id
from system_under_test.settings import ServerLimits
from system_under_test.supervisor import Supervisor
from system_under_test.supervisor_record import StepRecord, SupervisorRequest

_log: Final = logging.getLogger(__name__)
_NOT_STORED: Final = "it could not be stored ({why}); send the message again in a moment"
_CUT_OFF: Final = "the server stopped before it was answered; connect again and resend"
# For a cancelled answer to store and tell how its steps ended.
_CANCELLING_SECONDS: Final = 5.0


class Services(msgspec.Struct, frozen=True):
    """The parts that work on a message.

    Attributes:
        manager: Sends to users.
        bridge: Sends the events of runs.
        supervisor: Leads a message through its steps.
        database: Keeps threads, messages and runs.
    """

    manager: UnifiedWebSocketManager
    bridge: AgentWebSocketBridge
    supervisor: Supervisor
    database: DatabaseManager


class _Work(msgspec.Struct, frozen=True):
    """One message in work."""

    message_id: str
    thread_id: str
    text: str
    contexts: tuple[UserExecutionContext, ...]

    @property
    def user_id(self) -> str:
        return self.contexts[0].user_id


class GoldenPath:
    """Takes messages and answers each in a task of its own.

    Args:
        services: The parts that work on a message.
        limits: How many may be in work.
    """

    __slots__ = ("_limits", "_of_user", "_services", "_stopping", "_tasks")

    def __init__(self, services: Services, limits: ServerLimits) -> None:
        self._services = services
        self._limits = limits
        self._stopping = False
        self._of_user: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def in_work(self) -> int:
        """Messages that are being answered."""
        return len(self._tasks)

    def take(self, user_id: str, message: ClientMessage) -> None:
        """Begin to answer a message.

        Raises:
            FrameError: It is refused, and nothing of it was kept.
        """
        self._check_room(user_id, message)
        work = self._work_on(user_id, message)
        task = asyncio.get_running_loop().create_task(self._answer(work))
        self._of_user[user_id] = self._of_user.get(user_id, 0) + 1
        self._tasks.add(task)
        task.add_done_callback(partial(self._done, user_id))

    async def drain(self, seconds: float) -> int:
        """Take no more messages and wait for those in work; return how many were cut off."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=seconds)
        late = tuple(self._tasks)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_CANCELLING_SECONDS)
        return len(late)

    def _check_room(self, user_id: str, message: ClientMessage) -> None:
        """Refuse what cannot be taken now, and another user's name."""
        code, reason = None, ""
        mine = self._of_user.get(user_id, 0)
        if message.user_id is not None and message.user_id != user_id:
            code, reason = ErrorCode.ISOLATION, "the message names another user than the token"
        elif self._stopping:
            code, reason = ErrorCode.GOING_AWAY, "the server is stopping; connect again and resend"
        elif mine >= self._limits.messages_per_user:
            code, reason = ErrorCode.BUSY, f"{mine} messages of yours are in work; wait for one"
        elif len(self._tasks) >= self._limits.messages or not self._services.supervisor.has_room:
            code, reason = ErrorCode.BUSY, "too many messages are in work; send it again later"
        if code is not None:
            raise FrameError(code, reason, message.message_id)

    def _work_on(self, user_id: str, message: ClientMessage) -> _Work:
        """Check what the client said once, in the types that stand for it."""
        message_id = message.message_id or unique_id()
        thread_id = message.thread_id or unique_id()
        try:
            check_id("message_id", message_id)
            contexts = tuple(
                UserExecutionContext(user_id=user_id, thread_id=thread_id, run_id=unique_id())
                for _ in self._services.supervisor.step_names
            )
        except InvalidContextError as error:
            raise FrameError(ErrorCode.BAD_MESSAGE, str(error)) from error
        if not message.text.strip():
            reason = "text is blank; say what the agent shall do"
            raise FrameError(ErrorCode.BAD_MESSAGE, reason, message_id)
        return _Work(message_id, thread_id, message.text, contexts)

    async def _answer(self, work: _Work) -> None:
        """Answer one message, or tell the user why not."""
        try:
            await self._run(work)
        except asyncio.CancelledError:
            self._tell_failure(work, FrameError(ErrorCode.GOING_AWAY, _CUT_OFF, work.message_id))
            raise
        except Exception as error:  # a task has nobody above it: here it is told and logged
            self._tell_failure(work, error)

    async def _run(self, work: _Work) -> None:
        services = self._services
        await services.database.run(partial(self._store_message, work), safe_to_repeat=True)
        request = SupervisorRequest(contexts=work.contexts, text=work.text)
        reply = await services.supervisor.answer(
            request, emit=services.bridge.emit, store=partial(self._store_step, work)
        )
        if reply.text is None:
            code = ErrorCode(reply.code or ErrorCode.AGENT_FAILED)
            raise FrameError(code, reply.reason or "no answer was found", work.message_id)
        await services.database.run(
            partial(self._store_answer, work, unique_id(), reply.text), safe_to_repeat=True
        )

    async def _store_message(self, work: _Work, transaction: Transaction) -> None:
        """Store a message with its runs; the acknowledgement goes out after the commit."""
        now = work.contexts[0].created_at
        await transaction.add_thread(work.thread_id, work.user_id)
        await transaction.add_message(_message(work, work.message_id, Role.USER, work.text, now))
        steps = self._services.supervisor.step_names
        await transaction.add_runs(
            [
                RunRecord(
                    run_id=context.run_id,
                    message_id=work.message_id,
                    thread_id=work.thread_id,
                    user_id=work.user_id,
                    agent=step,
                    state=ExecutionState.PENDING,
                    created_at=context.created_at,
                )
                for step, context in zip(steps, work.contexts, strict=True)
            ]
        )
        run_ids = [context.run_id for context in work.contexts]
        frame = acknowledged(work.message_id, work.thread_id, run_ids)
        transaction.queue(partial(self._services.manager.send, work.user_id, frame))

    async def _store_step(self, work: _Work, record: StepRecord) -> None:
        """Store how a step ended; the supervisor sends its last event after that."""

        async def finish(transaction: Transaction) -> None:
            result = record.result if record.error is None else record.error
            await transaction.finish_run(record.run_id, record.state, result, user_id=work.user_id)

        await self._services.database.run(finish, safe_to_repeat=True)

    async def _store_answer(
        self, work: _Work, answer_id: str, text: str, transaction: Transaction
    ) -> None:
        """Store the answer, which goes out after the commit."""
        now = work.contexts[0].created_at
        await transaction.add_message(_message(work, answer_id, Role.AGENT, text, now))
        frame = answer(work.message_id, work.thread_id, text)
        transaction.queue(partial(self._services.manager.send, work.user_id, frame))

    def _tell_failure(self, work: _Work, error: Exception) -> None:
        told = _told(error, work.message_id)
        if told.code is ErrorCode.STORAGE or not isinstance(error, BackendError):
            _log.error("message %s was not answered", work.message_id, exc_info=error)
        self._services.manager.send(work.user_id, error_frame(told))

    def _done(self, user_id: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        left = self._of_user[user_id] - 1
        if left:
            self._of_user[user_id] = left
        else:
            del self._of_user[user_id]


def _message(work: _Work, message_id: str, role: Role, text: str, now: float) -> MessageRecord:
    return MessageRecord(
        message_id=message_id,
        thread_id=work.thread_id,
        user_id=work.user_id,
        role=role,
        text=text,
        created_at=now,
        answers=work.message_id if role is Role.AGENT else None,
    )


def _told(error: Exception, message_id: str) -> FrameError:
    """Return what the user is told of an error, without what the database or an agent said."""
    if isinstance(error, FrameError):
        return error
    code, reason = ErrorCode.AGENT_FAILED, "the server failed at it; send the message again"
    if isinstance(error, ContextIsolationError):
        code, reason = ErrorCode.ISOLATION, str(error)
    elif isinstance(error, SupervisorBusyError):
        code, reason = ErrorCode.BUSY, "too many messages are in work; send it again later"
    elif isinstance(error, IntegrityError):
        code = ErrorCode.BAD_MESSAGE
        reason = "another message has this message_id; send it with a new one"
    elif isinstance(error, TransactionError):
        code = ErrorCode.STORAGE
        reason = _NOT_STORED.format(why=error.happened)
    return FrameError(code, reason, message_id)
