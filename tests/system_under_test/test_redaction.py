import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from system_under_test import REDACTED, UnencodableEventError, UserMetadata, encode_event, redact
from system_under_test.redaction import (
    MAX_NESTING,
    NOT_SECRET,
    SECRET_WORDS,
    _verdicts,
    is_secret_key,
)

Redact = Callable[[Mapping[str, Any]], Mapping[str, Any]]

SECRET_KEYS = (
    "password",
    "PASSWORD",
    "userPassword",
    "db.password",
    "token",
    "access_token",
    "X-Auth-Token",
    "refreshToken",
    "key",
    "api_key",
    "API-Key",
    "apiKey",
    "APIKey",
    "apikey",
    "ssh private key",
    "Authorization",
    "Set-Cookie",
    "client_secret",
    "aws_secret_access_key",
    "jwt",
)
PLAIN_KEYS = ("keyboard", "monkey", "passenger", "author", "tokenize", "secretary", "text", "", "n")

SECRET = "s3cr3t-value"
leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text("xyz", max_size=4)


def holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    plain = st.dictionaries(st.sampled_from(PLAIN_KEYS), inner, max_size=3)
    return st.lists(inner, max_size=3) | st.lists(inner, max_size=2).map(tuple) | plain


plain_payloads = st.dictionaries(
    st.sampled_from(PLAIN_KEYS), st.recursive(leaves, holding, max_leaves=6), max_size=4
)
planted = st.dictionaries(
    st.sampled_from(SECRET_KEYS), st.sampled_from([SECRET, [SECRET], {"a": SECRET}]), min_size=1
)
payloads_with_secrets = st.dictionaries(
    st.sampled_from(["a", "b"]), st.recursive(planted, holding, max_leaves=6), min_size=1
)


SETTINGS = settings(max_examples=100, deadline=None, database=None)
# Nothing is shrunk where a failure is what is asked for.
SABOTAGE = settings(SETTINGS, phases=[Phase.generate], derandomize=True, report_multiple_bugs=False)


def lets_no_secret_through(redact_payload: Redact, how: settings) -> None:
    """Plant secrets anywhere in payloads and look for them on the wire."""

    @how
    @given(payloads_with_secrets)
    def look(payload: dict[str, Any]) -> None:
        before = repr(payload)
        assert SECRET.encode() not in encode_event(redact_payload(payload))
        assert repr(payload) == before

    look()


def test_no_planted_secret_reaches_the_wire() -> None:
    lets_no_secret_through(redact, SETTINGS)


def shallow(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: REDACTED if is_secret_key(key) else value for key, value in payload.items()}


def case_sensitive(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    text = json.dumps(payload, default=list)
    for key in ("password", "token", "key", "api_key"):
        text = text.replace(f'"{key}": "{SECRET}"', f'"{key}": "{REDACTED}"')
    cleaned: dict[str, Any] = json.loads(text)
    return cleaned


@pytest.mark.parametrize("sabotaged", [shallow, case_sensitive, dict])
def test_a_sabotaged_redaction_is_caught(sabotaged: Redact) -> None:
    with pytest.raises(AssertionError):
        lets_no_secret_through(sabotaged, SABOTAGE)


@SETTINGS
@given(plain_payloads)
def test_a_payload_without_secrets_is_handed_on_itself(payload: dict[str, Any]) -> None:
    assert redact(payload) is payload


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_secret_keys_are_found_in_any_spelling(key: str) -> None:
    assert redact({key: SECRET, "text": "kept"}) == {key: REDACTED, "text": "kept"}


@pytest.mark.parametrize("key", [*PLAIN_KEYS, *sorted(NOT_SECRET), "max_tokens", "primaryKey"])
def test_keys_that_only_look_secret_are_kept(key: str) -> None:
    assert redact({key: "kept"}) == {key: "kept"}


def test_every_secret_word_is_found_alone_and_among_others() -> None:
    for word in SECRET_WORDS:
        assert is_secret_key(word)
        assert is_secret_key(f"my_{word.upper()}_2")


def test_a_secret_of_any_type_is_replaced_whole() -> None:
    for value in (1234, True, None, ["a", "b"], {"a": "b"}, 1.5):
        assert redact({"password": value}) == {"password": REDACTED}


@dataclass
class Login:
    name: str
    password: str


class Session(msgspec.Struct):
    login: Login


def test_objects_that_the_encoder_would_open_are_looked_into() -> None:
    payload = {"a": Login("ann", SECRET), "b": [Session(Login("ann", SECRET))], "c": {SECRET[:2]}}
    assert redact(payload) == {
        "a": {"name": "ann", "password": REDACTED},
        "b": [{"login": {"name": "ann", "password": REDACTED}}],
        "c": [SECRET[:2]],
    }


def test_any_mapping_is_looked_into() -> None:
    payload = {
        "a": MappingProxyType({"token": SECRET, "n": 1}),
        "b": UserMetadata("user-1", {"deep": {"token": SECRET}}),
    }
    assert redact(payload) == {"a": {"token": REDACTED, "n": 1}, "b": {"deep": {"token": REDACTED}}}
    assert SECRET.encode() not in encode_event(redact(payload))


def test_values_that_json_knows_in_other_types_are_kept() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert redact({"at": moment}) == {"at": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("value", [object(), len, msgspec.Raw(b'{"password": "x"}')])
def test_what_nobody_can_look_into_is_refused(value: object) -> None:
    with pytest.raises(UnencodableEventError):
        redact({"a": [value]})


@pytest.mark.parametrize("make", [lambda inner: {"a": inner}, lambda inner: [inner]])
def test_what_is_too_deep_to_look_at_is_not_sent(make: Callable[[Any], Any]) -> None:
    value: Any = {"text": SECRET}
    for _ in range(MAX_NESTING + 5):
        value = make(value)
    assert SECRET not in repr(redact({"a": value}))


def test_a_payload_that_holds_itself_ends() -> None:
    endless: dict[str, Any] = {"password": SECRET}
    endless["self"] = [endless]
    assert SECRET.encode() not in encode_event(redact(endless))


def test_what_is_remembered_about_keys_is_bounded() -> None:
    for number in range(10_000):
        redact({f"key-of-a-stranger-{number}": 1})
    redact({"k" * 10_000: 1})
    assert len(_verdicts) <= 4096
    assert max(len(str(key)) for key in _verdicts) <= 64
