"""An event is encoded by way of a hundred small objects that are thrown away.

Check `encoding-allocations` must see it.
"""

from collections.abc import Mapping
from typing import Any

from system_under_test import reference
from system_under_test.events import AgentEvent
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


def encode_event(event: AgentEvent | Mapping[str, Any]) -> bytes:  # type: ignore[no-redef]
    """Return an event as JSON, its letters taken one by one."""
    encoded = reference.encode_event(event)
    return b"".join([encoded[place : place + 2] for place in range(0, len(encoded), 2)])
