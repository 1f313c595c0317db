"""One deprecated import path was removed from the registry.

Check `imports` must see it: whoever still imports from there is broken by it.
"""

from collections.abc import Mapping

from system_under_test import reference
from system_under_test.errors import UnknownPathError
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_REMOVED = "system_under_test.core.execution_tracker:ExecutionTracker"


def deprecated_paths() -> Mapping[str, str]:  # type: ignore[no-redef]
    """Return the deprecated paths but one."""
    paths = reference.deprecated_paths()
    return {path: name for path, name in paths.items() if path != _REMOVED}


def resolve(path: str) -> object:  # type: ignore[no-redef]
    """Import what a path stands for, but one."""
    if path == _REMOVED:
        raise UnknownPathError(path)
    return reference.resolve(path)
