"""Ids and contexts take as long as the first version took to make them.

Check `improvement` must see it: nothing was gained there.
"""

from typing import Any

from benchmarks.peers import first_version
from system_under_test.context import UserExecutionContext
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

unique_id = first_version.unique_id


def create_context(**fields: Any) -> UserExecutionContext:  # type: ignore[no-redef]  # noqa: ANN401 - whatever is passed
    """Return a context, after making one in the first version's way too."""
    context = UserExecutionContext(**fields)
    first_version.create_context(**fields)
    return context
