"""What a supervisor is asked, what it answers, and the limits that it keeps."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from system_under_test.context import UserExecutionContext
from system_under_test.events import EventType
from system_under_test.execution import ExecutionState

Emit = Callable[[UserExecutionContext, EventType, Mapping[str, Any]], object]
"""Sends an event of a run, or keeps it until it may go out."""


class SupervisorLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a supervisor waits, and how much it does at once.

    Attributes:
        concurrent_answers: Answers in work at once; beyond that they are refused.
        step_seconds: Longest work of one agent. Three of them fit into the tracker's 25 s.
        heartbeat_seconds: Time between two signs of life of an agent that works.
        grace_seconds: How long an agent that was cancelled is waited for.
        closing_seconds: How long what is left of a cancelled answer may take: storing and telling.
    """

    concurrent_answers: int = 1_000
    step_seconds: float = 8.0
    heartbeat_seconds: float = 2.5
    grace_seconds: float = 1.0
    closing_seconds: float = 10.0

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            if not getattr(self, field) > 0:
                value = getattr(self, field)
                raise ValueError(f"SupervisorLimits.{field} is {value!r}, but a limit is above 0")


class SupervisorRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A message to be answered.

    Attributes:
        contexts: One for each step, all of one user and one thread, each with a run_id of its own.
        text: The message.
    """

    contexts: tuple[UserExecutionContext, ...]
    text: str


class StepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A step that has ended, to be stored.

    Attributes:
        step: Its name.
        run_id: Its run.
        state: How it ended: one of the five terminal states.
        result: The text of the agent's reply; None unless it completed.
        error: What went wrong, for the log and not for the user; None when it completed.
        started_at: Clock's seconds when its agent was called; None when it never was.
        ended_at: Clock's seconds when it had ended.
    """

    step: str
    run_id: str
    state: ExecutionState
    result: str | None
    error: str | None
    started_at: float | None
    ended_at: float


Store = Callable[[StepRecord], Awaitable[object]]
"""Stores a step that has ended; its last event is emitted when this has returned."""

CODES: Final[Mapping[ExecutionState, str]] = {
    ExecutionState.FAILED: "agent_failed",
    ExecutionState.TIMEOUT: "agent_timeout",
    ExecutionState.DEAD: "agent_timeout",
    ExecutionState.CANCELLED: "agent_cancelled",
}
"""What a user's program is told of a step that did not complete."""

REASONS: Final[Mapping[ExecutionState, str]] = {
    ExecutionState.FAILED: "the {step} step failed; send the message again",
    ExecutionState.TIMEOUT: "the {step} step took too long and was ended; send the message again",
    ExecutionState.DEAD: "the {step} step gave no sign of life; send the message again",
    ExecutionState.CANCELLED: "the {step} step was cancelled; send the message again",
}
"""What the user is told; never what the agent raised, which may hold secrets."""


class SupervisorReply(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message.

    Attributes:
        state: Completed, or the state of the step that did not complete.
        text: The answer, which is the last step's reply; None unless all steps completed.
        steps: All steps in order, those that never began included.
        code: One of the values of `CODES`; None when all steps completed.
        reason: A sentence for the user; None when all steps completed.
    """

    state: ExecutionState
    text: str | None
    steps: tuple[StepRecord, ...]
    code: str | None = None
    reason: str | None = None


class SupervisorStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counts since the supervisor was made.

    Attributes:
        answering: Answers in work.
        answered: Answers that ended, however they ended.
        refused: Answers refused because too many were in work.
        abandoned_agents: Agents that went on after they were cancelled and were left to themselves.
        unsent_events: Last events of a step that could not be emitted after it was stored.
    """

    answering: int
    answered: int
    refused: int
    abandoned_agents: int
    unsent_events: int
