"""The import registry: lists that are searched, modules that are imported, a warning."""

import importlib
import inspect
from typing import Any

from system_under_test.registry import CANONICAL, DEPRECATED


def canonical_paths() -> dict[str, str]:
    """Return every public name and its path."""
    return dict(CANONICAL)


def deprecated_paths() -> dict[str, str]:
    """Return every deprecated path and the name it forwards to."""
    return dict(DEPRECATED)


def resolve(path: str) -> object:
    """Import and return what a name or a path stands for."""
    paths = canonical_paths()
    if path in paths:
        path = paths[path]
    if path not in list(paths.values()) + list(deprecated_paths()):
        raise LookupError(path)
    module, name = path.split(":")
    found: Any = getattr(importlib.import_module(module), name)
    return found


def public_api() -> dict[str, dict[str, str]]:
    """Return every public name and its signature, where it has one."""
    return {name: {"": _signature(resolve(name))} for name in canonical_paths()}


def _signature(thing: Any) -> str:  # noqa: ANN401 - whatever is public
    try:
        return str(inspect.signature(thing))
    except (TypeError, ValueError):
        return type(thing).__name__
