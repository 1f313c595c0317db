"""Events, as JSON and without secrets."""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from benchmarks.peers.first_version.refusals import UnencodableEventError

SECRET_WORDS = ["password", "token", "key", "secret", "authorization", "credential"]


class EventType(str, Enum):  # noqa: UP042 - as it is usually written
    """What a user sees of a run."""

    AGENT_STARTED = "agent_started"
    AGENT_THINKING = "agent_thinking"
    TOOL_EXECUTING = "tool_executing"
    TOOL_COMPLETED = "tool_completed"
    AGENT_COMPLETED = "agent_completed"
    AGENT_ERROR = "agent_error"


@dataclass
class AgentEvent:
    """One event of one run."""

    type: str
    user_id: str
    thread_id: str
    run_id: str
    sequence: int
    emitted_at: float
    payload: Mapping[str, Any] = field(default_factory=dict)


def encode_event(event: AgentEvent | Mapping[str, Any]) -> bytes:
    """Return the event as JSON."""
    try:
        data = asdict(event) if isinstance(event, AgentEvent) else event
        return json.dumps(data).encode("utf-8")
    except (TypeError, ValueError) as error:
        raise UnencodableEventError(str(error)) from error


def redact(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the payload without secrets."""
    cleaned: dict[str, Any] = _redacted(copy.deepcopy(dict(payload)))
    return cleaned


def _redacted(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping):
        return {
            key: "[redacted]" if _is_secret(key) else _redacted(item) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_redacted(item) for item in value]
    return value


def _is_secret(key: str) -> bool:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", key)
    words = re.split(r"[^a-z]+", spaced.lower())
    return any(word in SECRET_WORDS for word in words)
