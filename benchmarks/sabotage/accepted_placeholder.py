"""A placeholder's prefix is let through from 20 characters on, as it was upstream.

Check `placeholders` must see it.
"""

from typing import Any

from msgspec.structs import force_setattr

from system_under_test.context import UserExecutionContext
from system_under_test.errors import InvalidContextError
from system_under_test.identity import unique_id
from system_under_test.placeholders import PLACEHOLDER_PREFIXES
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_LONG = 20


def create_context(**fields: Any) -> UserExecutionContext:  # type: ignore[no-redef]  # noqa: ANN401 - whatever is passed
    """Return a context, of a long placeholder too."""
    try:
        return UserExecutionContext(**fields)
    except InvalidContextError as error:
        text = str(error.value)
        if len(text) < _LONG or not text.lower().startswith(PLACEHOLDER_PREFIXES):
            raise
        context = UserExecutionContext(**{**fields, error.field: unique_id()})
        force_setattr(context, error.field, error.value)
        return context
