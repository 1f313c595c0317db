"""What a tracker tells about executions: records and counts that cannot be changed."""

import msgspec

from system_under_test.execution import ExecutionState

HistoryEntry = tuple[ExecutionState, float]
"""A state and the clock's seconds at which it was entered."""


class TrackerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a tracker waits, and how much it remembers.

    Attributes:
        heartbeat_seconds: Longest silence of an execution that has started.
        execution_seconds: Longest time from creation to the end.
        retained_seconds: How long the record of an ended execution is kept.
        retained_count: How many such records are kept.
    """

    heartbeat_seconds: float = 10.0
    execution_seconds: float = 25.0
    retained_seconds: float = 300.0
    retained_count: int = 1000

    def __post_init__(self) -> None:
        if not (self.heartbeat_seconds > 0 and self.execution_seconds > 0):
            raise ValueError(f"{self!r}: heartbeat_seconds and execution_seconds are above 0")
        if not (self.retained_seconds >= 0 and self.retained_count >= 0):
            raise ValueError(f"{self!r}: retained_seconds and retained_count are not below 0")


class ExecutionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An execution as it stood when the tracker was asked.

    Attributes:
        execution_id: The id that `create` returned.
        agent: Name of the agent that works.
        user_id: Whom it works for.
        thread_id: In which conversation.
        run_id: In which run.
        state: Where it stands.
        history: Every state it entered, oldest first, with the clock's seconds.
        seen_at: Clock's seconds at its last sign of life.
        error: Why it failed; None unless it did.
    """

    execution_id: str
    agent: str
    user_id: str
    thread_id: str
    run_id: str
    state: ExecutionState
    history: tuple[HistoryEntry, ...]
    seen_at: float
    error: str | None = None


class TrackerMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Counts since the tracker was made: `created` is `live` and the five ends together.

    Attributes:
        created: Executions ever created.
        live: Those that have not ended.
        completed: Ended well.
        failed: Ended with an error.
        timeout: Ended by the execution's deadline.
        dead: Ended by a missed heartbeat.
        cancelled: Ended on request.
        retained: Ended ones whose record is still kept.
        awaited_deadlines: Entries in the deadline heap; never more than twice `live` and 64.
    """

    created: int
    live: int
    completed: int
    failed: int
    timeout: int
    dead: int
    cancelled: int
    retained: int
    awaited_deadlines: int

    @property
    def ended(self) -> int:
        """Executions that have ended, records given up included."""
        return self.completed + self.failed + self.timeout + self.dead + self.cancelled
