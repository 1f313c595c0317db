"""What is stored: frozen records. Every one belongs to one user, and every query names that user.

An id is text. Times are seconds since the epoch.
"""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """Who wrote a message."""

    USER = "user"
    AGENT = "agent"


class MessageRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message of a thread: the user's, or the agent's answer.

    Attributes:
        message_id: Unique among the user's messages of this thread.
        thread_id: The conversation.
        user_id: Whose it is.
        role: Who wrote it.
        text: What it says.
        created_at: Seconds since the epoch.
        answers: Id of the message that this one answers; None for a user's own.
    """

    message_id: str
    thread_id: str
    user_id: str
    role: Role
    text: str
    created_at: float
    answers: str | None = None


class RunRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One run of one agent for one message.

    Attributes:
        run_id: Unique among the user's runs.
        message_id: The message that it works on.
        thread_id: The conversation.
        user_id: Whose it is.
        agent: Name of the agent or step.
        state: As text, a value of `ExecutionState`.
        created_at: Seconds since the epoch.
        result: What it gave, or why it failed; None until it has ended.
    """

    run_id: str
    message_id: str
    thread_id: str
    user_id: str
    agent: str
    state: str
    created_at: float
    result: str | None = None
