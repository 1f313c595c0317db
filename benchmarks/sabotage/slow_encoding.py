"""An event is encoded five times, and the last result is taken.

Check `no-regression` must see it in comparison with the baseline, and check `encoding-instructions`
by what the machine executed.
"""

from collections.abc import Mapping
from typing import Any

from system_under_test import reference
from system_under_test.events import AgentEvent
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


def encode_event(event: AgentEvent | Mapping[str, Any]) -> bytes:  # type: ignore[no-redef]
    """Return an event as JSON, the long way."""
    return [reference.encode_event(event) for _ in range(5)][-1]
