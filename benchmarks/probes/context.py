"""A context cannot be changed by anybody, nor hold what belongs to another user."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any, Final

from benchmarks.probes.trial import Trial, Wrong, expect_refusal
from system_under_test.parts import ContextPart
from system_under_test.protocol import ReferenceSystem

FIELDS: Final = (
    "user_id",
    "thread_id",
    "run_id",
    "request_id",
    "depth",
    "parent_request_id",
    "agent_context",
    "audit_metadata",
)
METADATA: Final = ("agent_context", "audit_metadata")
MAX_DEPTH: Final = 10


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one context and one thing that must not work with it."""
    attempts: tuple[Callable[[ReferenceSystem, Random], None], ...] = (
        _set_a_field,
        _change_what_was_passed,
        _change_what_is_shown,
        _take_from_another_user,
        _use_a_reserved_key,
        _descend,
    )
    for number in range(count):
        yield partial(attempts[number % len(attempts)], system, chance)


def _made(system: ReferenceSystem, **fields: Any) -> ContextPart:  # noqa: ANN401 - any JSON
    ids = {"user_id": "user-7f3a9c", "thread_id": "thread-51b2", "run_id": "run-c0ffee42"}
    return system.create_context(**{**ids, **fields})


def _entries(chance: Random) -> dict[str, Any]:
    return {
        f"key-{chance.randrange(100)}": chance.random(),
        "list": [chance.randrange(9), {"deep": [1, 2]}],
        "map": {"inner": {"value": chance.randrange(9)}},
    }


def _set_a_field(system: ReferenceSystem, chance: Random) -> None:
    context, field = _made(system), chance.choice(FIELDS)
    before = getattr(context, field)
    try:
        setattr(context, field, "user-of-mine")
    except (AttributeError, TypeError):
        return
    raise Wrong(f"{field} was {before!r} and was set to {getattr(context, field)!r}")


def _change_what_was_passed(system: ReferenceSystem, chance: Random) -> None:
    field, entries = chance.choice(METADATA), _entries(chance)
    context = _made(system, **{field: entries})
    before = repr(getattr(context, field))
    entries["added"] = 1
    entries["list"].append("added")
    entries["list"][1]["deep"].append("added")
    entries["map"]["inner"]["value"] = "changed"
    if repr(getattr(context, field)) != before:
        raise Wrong(f"{field} changed when the mapping that was passed did")


def _change_what_is_shown(system: ReferenceSystem, chance: Random) -> None:
    field = chance.choice(METADATA)
    shown: Any = getattr(_made(system, **{field: _entries(chance)}), field)
    changes: tuple[Callable[[], object], ...] = (
        lambda: shown.__setitem__("added", 1),
        lambda: shown["map"].__setitem__("added", 1),
        lambda: shown["map"]["inner"].__setitem__("value", 1),
        lambda: shown["list"].append(1),
        lambda: shown["list"].__setitem__(0, 1),
        lambda: shown["list"][1]["deep"].append(1),
    )
    before = repr(shown)
    try:
        chance.choice(changes)()
    except (AttributeError, TypeError):
        if repr(shown) == before:
            return
    raise Wrong(f"{field} could be changed through what is shown of it")


def _take_from_another_user(system: ReferenceSystem, chance: Random) -> None:
    field = chance.choice(METADATA)
    foreign = getattr(_made(system, user_id="user-other", **{field: _entries(chance)}), field)
    refusal = system.errors()["context_isolation"]
    taken = foreign if chance.random() < 0.5 else {"nested": [foreign]}
    expect_refusal(refusal, lambda: _made(system, **{field: taken}), "metadata of another user")


def _use_a_reserved_key(system: ReferenceSystem, chance: Random) -> None:
    entries = {**_entries(chance), chance.choice(FIELDS): "user-other"}
    field = chance.choice(METADATA)
    refusal = system.errors()["invalid_context"]
    expect_refusal(refusal, lambda: _made(system, **{field: entries}), "a reserved key")


def _descend(system: ReferenceSystem, chance: Random) -> None:
    depth = chance.randint(1, MAX_DEPTH)
    context = _made(system, agent_context=_entries(chance))
    for level in range(1, depth + 1):
        child = context.create_child_context()
        if (child.depth, child.parent_request_id) != (level, context.request_id):
            raise Wrong(f"a child of {context.request_id} says depth {child.depth}")
        if child.request_id == context.request_id or child.user_id != context.user_id:
            raise Wrong("a child has its parent's request, or another user")
        context = child
    if depth == MAX_DEPTH:
        refusal = system.errors()["invalid_context"]
        expect_refusal(refusal, context.create_child_context, f"depth {MAX_DEPTH + 1}")
