"""Records to store: threads, messages and runs that nobody else has."""

from system_under_test.database.records import MessageRecord, Role, RunRecord
from system_under_test.parts import TransactionPart

AGENTS = ("data", "optimisation", "report")
TEXT = "Which of these three plans costs least over two years, and what speaks against it?"


def a_message(user_id: str, thread_id: str, message_id: str) -> MessageRecord:
    """Return a message of a user."""
    return MessageRecord(
        message_id=message_id,
        thread_id=thread_id,
        user_id=user_id,
        role=Role.USER,
        text=TEXT,
        created_at=1_700_000_000.0,
    )


def its_runs(message: MessageRecord, run_ids: tuple[str, ...]) -> list[RunRecord]:
    """Return a run of each agent for a message."""
    return [
        RunRecord(
            run_id=run_id,
            message_id=message.message_id,
            thread_id=message.thread_id,
            user_id=message.user_id,
            agent=agent,
            state="pending",
            created_at=message.created_at,
        )
        for run_id, agent in zip(run_ids, AGENTS, strict=False)
    ]


def fresh_ids(system_id: str) -> tuple[str, str, str, tuple[str, ...]]:
    """Return ids of a user, a thread, a message and three runs, made from one that is unique."""
    return (
        f"user-{system_id}",
        f"thread-{system_id}",
        f"message-{system_id}",
        tuple(f"run-{system_id}-{agent}" for agent in AGENTS),
    )


async def store(transaction: TransactionPart, unique: str) -> MessageRecord:
    """Add a thread, a message and its three runs, as one message of a user does."""
    user_id, thread_id, message_id, run_ids = fresh_ids(unique)
    message = a_message(user_id, thread_id, message_id)
    await transaction.add_thread(thread_id, user_id)
    await transaction.add_message(message)
    await transaction.add_runs(its_runs(message, run_ids))
    return message
