"""The public API as plain data, so that two commits can be compared."""

import inspect
from collections.abc import Callable, Mapping
from enum import Enum

import msgspec

from system_under_test.registry import CANONICAL, resolve

Api = dict[str, dict[str, str]]
"""Public name to its members; the name's own kind and signature stand under ""."""


def describe_public_api() -> Api:
    """Return every public name with its kind, its signature and, for a class, its public members.

    A default is told by its presence only: its text could hold an address, which differs in each
    process.
    """
    return {name: _describe(resolve(name)) for name in sorted(CANONICAL)}


def breaking_changes(base: Api, head: Api) -> list[str]:
    """Return, as sentences, what a user of `base` could trip over in `head`.

    What is gone or has another signature breaks; what is new does not.
    """
    changes = []
    for name, members in sorted(base.items()):
        if name not in head:
            changes.append(f"{name} is gone")
            continue
        for member, text in sorted(members.items()):
            full = f"{name}.{member}" if member else name
            now = head[name].get(member)
            if now is None:
                changes.append(f"{full} is gone")
            elif now != text:
                changes.append(f"{full} was {text} and is {now}")
    return changes


def _describe(thing: object) -> dict[str, str]:
    if isinstance(thing, type):
        return _describe_class(thing)
    if callable(thing):
        return {"": _signature(thing)}
    return {"": f"constant {type(thing).__name__}"}


def _describe_class(cls: type) -> dict[str, str]:
    if issubclass(cls, Enum):
        return {"": "enum", **{member.name: str(member.value) for member in cls}}
    told = {"": f"class({', '.join(base.__name__ for base in cls.__bases__)})"}
    if _says_how_it_is_made(cls):
        told["__init__"] = _signature(cls)
    for name, member in _own_members(cls).items():
        function = getattr(member, "__func__", member)
        told[name] = _signature(function) if inspect.isroutine(function) else "attribute"
    return told


def _says_how_it_is_made(cls: type) -> bool:
    """Tell whether a class has a constructor of its own, and not only that of a built-in."""
    if issubclass(cls, msgspec.Struct):
        return True
    return not getattr(cls, "_is_protocol", False) and any(
        "__init__" in vars(base) for base in cls.__mro__ if _is_ours(base)
    )


def _is_ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "system_under_test"


def _own_members(cls: type) -> Mapping[str, object]:
    """Return the public members that the class and its bases of ours define, in reading order."""
    ours = [base for base in reversed(cls.__mro__) if _is_ours(base)]
    members: dict[str, object] = {}
    for base in ours:
        members.update(vars(base))
    return {name: member for name, member in members.items() if not name.startswith("_")}


def _signature(function: Callable[..., object]) -> str:
    signature = inspect.signature(function)
    parameters = ", ".join(_parameter(parameter) for parameter in signature.parameters.values())
    prefix = "async " if inspect.iscoroutinefunction(function) else ""
    returned = signature.return_annotation
    arrow = "" if returned is inspect.Signature.empty else f" -> {_annotation(returned)}"
    return f"{prefix}({parameters}){arrow}"


def _parameter(parameter: inspect.Parameter) -> str:
    mark = {
        inspect.Parameter.POSITIONAL_ONLY: "positional ",
        inspect.Parameter.KEYWORD_ONLY: "keyword ",
        inspect.Parameter.VAR_POSITIONAL: "*",
        inspect.Parameter.VAR_KEYWORD: "**",
        inspect.Parameter.POSITIONAL_OR_KEYWORD: "",
    }[parameter.kind]
    optional = "" if parameter.default is inspect.Parameter.empty else " = ..."
    bare = parameter.annotation is inspect.Parameter.empty
    annotated = "" if bare else f": {_annotation(parameter.annotation)}"
    return f"{mark}{parameter.name}{annotated}{optional}"


def _annotation(annotation: object) -> str:
    if annotation is None:
        return "None"
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
