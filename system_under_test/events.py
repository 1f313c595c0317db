"""What a user sees of a run: five critical events in order, or an error."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import msgspec


class EventType(StrEnum):
    """The five critical events, in order, and the one that ends a run early."""

    AGENT_STARTED = "agent_started"
    AGENT_THINKING = "agent_thinking"
    TOOL_EXECUTING = "tool_executing"
    TOOL_COMPLETED = "tool_completed"
    AGENT_COMPLETED = "agent_completed"
    AGENT_ERROR = "agent_error"


CRITICAL_EVENTS: Final = (
    EventType.AGENT_STARTED,
    EventType.AGENT_THINKING,
    EventType.TOOL_EXECUTING,
    EventType.TOOL_COMPLETED,
    EventType.AGENT_COMPLETED,
)

# What may follow what within a run; None stands before the first event. A run may think and use
# tools more than once, but none completes without all five events.
FOLLOWERS: Final[Mapping[EventType | None, frozenset[EventType]]] = MappingProxyType(
    {
        None: frozenset({EventType.AGENT_STARTED, EventType.AGENT_ERROR}),
        EventType.AGENT_STARTED: frozenset({EventType.AGENT_THINKING, EventType.AGENT_ERROR}),
        EventType.AGENT_THINKING: frozenset({EventType.TOOL_EXECUTING, EventType.AGENT_ERROR}),
        EventType.TOOL_EXECUTING: frozenset({EventType.TOOL_COMPLETED, EventType.AGENT_ERROR}),
        EventType.TOOL_COMPLETED: frozenset(
            {
                EventType.AGENT_THINKING,
                EventType.TOOL_EXECUTING,
                EventType.AGENT_COMPLETED,
                EventType.AGENT_ERROR,
            }
        ),
        EventType.AGENT_COMPLETED: frozenset(),
        EventType.AGENT_ERROR: frozenset(),
    }
)


class AgentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one run, addressed to one user.

    Attributes:
        type: Which of the six it is.
        user_id: The only user it may reach.
        thread_id: The conversation it belongs to.
        run_id: The run that emits it.
        sequence: 1 for the first event of the run, then one more each: a client that misses a
            number saw a gap.
        emitted_at: Seconds since the epoch.
        payload: What the event says; secrets are redacted by the bridge, not here.
    """

    type: EventType
    user_id: str
    thread_id: str
    run_id: str
    sequence: int
    emitted_at: float
    payload: Mapping[str, Any] = {}


Notice = Mapping[str, Any]
"""A message of the system itself, any JSON object: it belongs to no user and may be broadcast."""
