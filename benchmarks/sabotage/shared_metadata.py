"""Lists in a context's metadata are not copied, so that whoever passed them can change them.

Check `context` must see it.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import force_setattr

from system_under_test.context import UserExecutionContext
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


def create_context(**fields: Any) -> UserExecutionContext:  # type: ignore[no-redef]  # noqa: ANN401 - whatever is passed
    """Return a context that holds the caller's own lists."""
    context = UserExecutionContext(**fields)
    passed = fields.get("agent_context")
    if isinstance(passed, Mapping) and any(isinstance(each, list) for each in passed.values()):
        lists = {key: each for key, each in passed.items() if isinstance(each, list)}
        force_setattr(context, "agent_context", {**context.agent_context, **lists})
    return context
