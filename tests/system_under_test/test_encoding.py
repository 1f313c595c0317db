import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test import UnencodableEventError, encode_event

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None, database=None)
@given(st.dictionaries(st.text("abc", max_size=3), json_values, max_size=4))
def test_any_json_object_reads_back_as_it_was(event: dict[str, Any]) -> None:
    assert json.loads(encode_event(event)) == event


endless: dict[str, Any] = {}
endless["self"] = endless

UNENCODABLE: dict[str, Any] = {
    "object": {"a": object()},
    "function": {"a": len},
    "key": {"a": {(1, 2): 3}},
    "lone surrogate": {"a": "\ud800"},
    "itself": endless,
}


@pytest.mark.parametrize("kind", sorted(UNENCODABLE))
def test_what_json_cannot_say_is_our_error_and_keeps_its_cause(kind: str) -> None:
    with pytest.raises(UnencodableEventError) as caught:
        encode_event(UNENCODABLE[kind])
    assert caught.value.problem
    assert caught.value.__cause__ is not None or "holds" in caught.value.problem
