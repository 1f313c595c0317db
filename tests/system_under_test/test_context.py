import copy
import pickle
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest

from system_under_test import (
    ContextIsolationError,
    InvalidContextError,
    UserExecutionContext,
    UserMetadata,
)
from system_under_test.context import MAX_DEPTH, RESERVED_KEYS
from system_under_test.metadata import MAX_NESTING
from system_under_test.placeholders import EXACT_PLACEHOLDERS, PLACEHOLDER_PREFIXES
from tests.system_under_test.fakes import make_context

IDS: dict[str, Any] = {"user_id": "user-1", "thread_id": "thread-1", "run_id": "run-1"}
MAPPINGS = ("agent_context", "audit_metadata")
PLACEHOLDERS = (*sorted(EXACT_PLACEHOLDERS), *(f"{p}{'9' * 30}" for p in PLACEHOLDER_PREFIXES))

MakeContext = Callable[..., UserExecutionContext]


def accepted_placeholders(make: MakeContext) -> list[str]:
    """Return every field=placeholder that `make` lets through."""
    through = []
    for field in ("user_id", "thread_id", "run_id", "request_id"):
        for value in PLACEHOLDERS:
            for spelt in {value, value.upper()}:
                fields: dict[str, Any] = {**IDS, field: spelt}
                try:
                    make(**fields)
                except InvalidContextError as error:
                    assert error.field == field  # noqa: PT017 - which field it names is the point
                else:
                    through.append(f"{field}={spelt}")
    return through


def test_no_field_accepts_a_placeholder() -> None:
    assert accepted_placeholders(UserExecutionContext) == []


def test_a_context_that_accepts_long_placeholders_would_be_caught() -> None:
    def upstream(**fields: Any) -> UserExecutionContext:
        disguised: dict[str, Any] = {k: f"id-{v}" if len(v) >= 20 else v for k, v in fields.items()}
        return UserExecutionContext(**disguised)

    through = accepted_placeholders(upstream)
    assert len(through) == 4 * 2 * len(PLACEHOLDER_PREFIXES)


@pytest.mark.parametrize("field", [*IDS, "request_id"])
@pytest.mark.parametrize("value", [None, 7, 1.5, b"user", ["user"], "", "  ", "a b", "a\nb"])
def test_an_id_that_is_no_visible_text_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidContextError) as caught:
        UserExecutionContext(**(IDS | {field: value}))
    assert caught.value.field == field


@pytest.mark.parametrize("field", list(IDS))
def test_a_missing_id_is_refused(field: str) -> None:
    given = {name: value for name, value in IDS.items() if name != field}
    with pytest.raises(TypeError, match=field):
        UserExecutionContext(**given)


@pytest.mark.parametrize("value", ["now", None, float("nan"), float("inf"), -1.0])
def test_a_creation_time_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(InvalidContextError) as caught:
        UserExecutionContext(**IDS, created_at=value)
    assert caught.value.field == "created_at"


def test_each_context_has_its_own_request_id() -> None:
    assert len({make_context().request_id for _ in range(1000)}) == 1000


def changes(context: UserExecutionContext) -> list[Callable[[], object]]:
    """Return every way to change a context that the language offers politely."""
    held: Any = context.agent_context
    nested: Any = held["nested"]
    listed: Any = nested["list"]
    return [
        lambda: setattr(context, "user_id", "user-2"),
        lambda: delattr(context, "user_id"),
        lambda: setattr(context, "new", 1),
        lambda: held.__setitem__("key", "changed"),
        lambda: held.update(key="changed"),
        lambda: held.pop("key"),
        lambda: setattr(held, "user_id", "user-2"),
        lambda: setattr(held, "_entries", {}),
        lambda: delattr(held, "user_id"),
        lambda: nested.__setitem__("key", "changed"),
        lambda: nested["deeper"].__setitem__("key", "changed"),
        lambda: listed.append("changed"),
        lambda: listed[1].__setitem__("key", "changed"),
        lambda: nested["set"].add("changed"),
    ]


def make_nested(field: str = "agent_context") -> tuple[UserExecutionContext, dict[str, Any]]:
    given = {
        "key": "value",
        "nested": {"list": ["a", {"key": 1}], "set": {1, 2}, "deeper": {"key": b"x"}},
    }
    mappings: dict[str, Any] = {field: given}
    return UserExecutionContext(**IDS, **mappings), given


@pytest.mark.parametrize("number", range(14))
def test_a_context_is_immutable_all_the_way_down(number: int) -> None:
    context, _ = make_nested()
    before = repr(context)
    with pytest.raises((AttributeError, TypeError)):
        changes(context)[number]()
    assert repr(context) == before


def test_every_way_to_change_is_tried() -> None:
    assert len(changes(make_nested()[0])) == 14


@pytest.mark.parametrize("field", MAPPINGS)
def test_what_was_passed_in_is_copied(field: str) -> None:
    context, given = make_nested(field)
    before = repr(context)
    given["key"] = "changed"
    given["nested"]["list"][1]["key"] = "changed"
    given["nested"]["deeper"]["key"] = "changed"
    assert repr(context) == before


def test_equal_contexts_hash_alike_and_survive_copies() -> None:
    context, _ = make_nested()
    for twin in (copy.copy(context), copy.deepcopy(context), pickle.loads(pickle.dumps(context))):
        assert twin == context
        assert hash(twin) == hash(context)


@pytest.mark.parametrize("field", MAPPINGS)
@pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
def test_reserved_keys_are_refused(field: str, key: str) -> None:
    mappings: dict[str, Any] = {field: {key: "user-2"}}
    with pytest.raises(InvalidContextError, match="reserved"):
        UserExecutionContext(**IDS, **mappings)


def test_reserved_keys_are_the_fields() -> None:
    assert set(UserExecutionContext.__struct_fields__) == RESERVED_KEYS


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize("value", [object(), bytearray(b"x"), lambda: None, Colour.RED, 1j])
def test_a_value_that_could_change_later_is_refused_with_its_place(value: object) -> None:
    with pytest.raises(InvalidContextError) as caught:
        UserExecutionContext(**IDS, agent_context={"a": [{"b": value}]})
    assert caught.value.field == "agent_context.a[0].b"


@pytest.mark.parametrize("key", [1, "", None, b"key"])
def test_keys_of_metadata_are_text(key: Any) -> None:
    for entries in ({key: 1}, {"nested": {key: 1}}):
        with pytest.raises(InvalidContextError, match="non-empty text"):
            UserExecutionContext(**IDS, agent_context=entries)


def test_metadata_that_holds_itself_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    with pytest.raises(InvalidContextError, match=f"{MAX_NESTING} deep"):
        UserExecutionContext(**IDS, agent_context=endless)


def test_what_is_no_mapping_is_refused() -> None:
    wrong: Any = ["a"]
    with pytest.raises(InvalidContextError, match="it is a mapping"):
        UserExecutionContext(**IDS, audit_metadata=wrong)


def foreign_objects() -> dict[str, Any]:
    other = UserExecutionContext(
        user_id="user-2", thread_id="t-2", run_id="r-2", agent_context={"secret": {"of": "user-2"}}
    )
    return {
        "mapping itself": other.agent_context,
        "nested mapping": {"a": other.agent_context},
        "mapping in a list": {"a": [{"b": other.agent_context["secret"]}]},
        "whole context": {"a": other},
        "other mapping": UserMetadata("user-2", {"a": 1}),
    }


@pytest.mark.parametrize("field", MAPPINGS)
@pytest.mark.parametrize("kind", sorted(foreign_objects()))
def test_metadata_of_another_user_is_refused(field: str, kind: str) -> None:
    mappings = {field: foreign_objects()[kind]}
    with pytest.raises(ContextIsolationError) as caught:
        UserExecutionContext(**IDS, **mappings)
    assert caught.value.owner == "user-2"
    assert "user-2" not in str(caught.value)
    with pytest.raises(ContextIsolationError):
        make_context("user-1").create_child_context(**mappings)


def test_metadata_of_the_same_user_is_shared() -> None:
    context, _ = make_nested()
    again = UserExecutionContext(**IDS, agent_context=context.agent_context)
    assert again.agent_context is context.agent_context


def test_a_child_is_one_deeper_with_a_new_request_id() -> None:
    parent, _ = make_nested()
    child = parent.create_child_context(agent_context={"key": "new", "more": 1})
    assert (child.user_id, child.thread_id, child.run_id) == ("user-1", "thread-1", "run-1")
    assert child.depth == 1
    assert child.parent_request_id == parent.request_id
    assert child.request_id != parent.request_id
    assert child.agent_context["key"] == "new"
    assert child.agent_context["nested"] == parent.agent_context["nested"]
    assert parent.agent_context["key"] == "value"


def test_children_are_at_most_ten_deep() -> None:
    context = make_context()
    for depth in range(1, MAX_DEPTH + 1):
        context = context.create_child_context()
        assert context.depth == depth
    with pytest.raises(InvalidContextError, match="0 to 10"):
        context.create_child_context()


@pytest.mark.parametrize(
    ("depth", "parent", "field"),
    [
        (-1, "request-0", "depth"),
        (11, "request-0", "depth"),
        (1.0, "request-0", "depth"),
        ("1", "request-0", "depth"),
        (True, "request-0", "depth"),
        (1, None, "parent_request_id"),
        (1, "temp_" + "9" * 30, "parent_request_id"),
        (0, "request-0", "parent_request_id"),
    ],
)
def test_a_made_up_lineage_is_refused(depth: Any, parent: Any, field: str) -> None:
    with pytest.raises(InvalidContextError) as caught:
        UserExecutionContext(**IDS, depth=depth, parent_request_id=parent)
    assert caught.value.field == field
