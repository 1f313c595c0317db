r"""Secrets out of payloads, by the names of their keys.

A key is cut into words, at everything that is no letter or digit and where a lower-case letter
meets a capital; it is secret when one of its words is, or two neighbours together are. So
`API-Key`, `apiKey`, `user.password` and `X_AUTH_TOKEN` are secret, `monkey` and `keyboard` are not.
When in doubt it is redacted; the names that look secret and are not stand in a table. Only keys are
looked at: a secret inside a text is not found.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import msgspec

from system_under_test.errors import UnencodableEventError

REDACTED: Final = "[redacted]"

# Deeper values are redacted whole: what was not looked at is not sent.
MAX_NESTING: Final = 32

SECRET_WORDS: Final = frozenset(
    {
        "accesskey",
        "accesstoken",
        "apikey",
        "auth",
        "authorization",
        "authtoken",
        "bearer",
        "cookie",
        "cookies",
        "cred",
        "credential",
        "credentials",
        "creds",
        "csrf",
        "cvc",
        "cvv",
        "jwt",
        "key",
        "keys",
        "otp",
        "pass",
        "passcode",
        "passphrase",
        "passwd",
        "password",
        "passwords",
        "pin",
        "privatekey",
        "pwd",
        "refreshtoken",
        "secret",
        "secretkey",
        "secrets",
        "sessionid",
        "signature",
        "ssn",
        "token",
        "tokens",
        "xsrf",
    }
)

# Whole keys, in the spelling that `_words` gives them.
NOT_SECRET: Final = frozenset(
    {
        "cache key",
        "completion tokens",
        "foreign key",
        "idempotency key",
        "input tokens",
        "max tokens",
        "output tokens",
        "partition key",
        "primary key",
        "prompt tokens",
        "public key",
        "sort key",
        "token count",
        "token limit",
        "tokens used",
        "total tokens",
    }
)

_camel_joint: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_no_word: Final = re.compile(r"[^a-z0-9]+")

# Leaves that the encoder writes as they are, with nothing inside.
_LEAVES: Final = frozenset({str, int, float, bool, type(None)})

# Keys come from outside, so what is remembered about them is bounded, in number and in length.
_REMEMBERED_KEYS: Final = 4096
_REMEMBERED_CHARACTERS: Final = 64
_verdicts: dict[object, bool] = {}


def is_secret_key(key: object) -> bool:
    """Tell whether what stands under this key is a secret."""
    verdict = _verdicts.get(key)
    if verdict is None:
        text = str(key)
        verdict = _judge(text)
        if len(text) <= _REMEMBERED_CHARACTERS:
            if len(_verdicts) >= _REMEMBERED_KEYS:
                _verdicts.clear()
            _verdicts[key] = verdict
    return verdict


def redact(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the payload with every secret replaced; the same object when there is none.

    Raises:
        UnencodableEventError: It holds an object that JSON cannot say, so that nobody can tell what
            is inside.
    """
    cleaned: Mapping[str, Any] = _clean_mapping(payload, 0)
    return cleaned


def _judge(key: str) -> bool:
    words = _words(key)
    if " ".join(words) in NOT_SECRET:
        return False
    neighbours = (first + second for first, second in pairwise(words))
    return not SECRET_WORDS.isdisjoint(words) or not SECRET_WORDS.isdisjoint(neighbours)


def _words(key: str) -> list[str]:
    return [word for word in _no_word.split(_camel_joint.sub(" ", key).lower()) if word]


def _clean(value: Any, depth: int) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value without secrets; the same object when nothing had to go."""
    if isinstance(value, Mapping):
        return _clean_mapping(value, depth)
    if isinstance(value, (list, tuple)):
        return _clean_items(value, depth)
    if depth >= MAX_NESTING:
        return REDACTED
    return _clean_foreign(value, depth)


def _clean_mapping(mapping: Mapping[Any, Any], depth: int) -> Any:  # noqa: ANN401 - a mapping, or the mark
    """Return a mapping without secrets; copied only from the first secret on."""
    if depth >= MAX_NESTING:
        return REDACTED
    copy: dict[Any, Any] | None = None
    for key, value in mapping.items():
        verdict = _verdicts.get(key)
        if is_secret_key(key) if verdict is None else verdict:
            clean: Any = REDACTED
        elif type(value) in _LEAVES:
            continue
        else:
            clean = _clean(value, depth + 1)
            if clean is value:
                continue
        if copy is None:
            copy = dict(mapping)
        copy[key] = clean
    if copy is None:
        # The encoder knows dict and nothing else as an object.
        return mapping if type(mapping) is dict else dict(mapping)
    return copy


def _clean_items(items: list[Any] | tuple[Any, ...], depth: int) -> Any:  # noqa: ANN401 - a list, or the mark
    if depth >= MAX_NESTING:
        return REDACTED
    copy: list[Any] | None = None
    for index, value in enumerate(items):
        if type(value) in _LEAVES:
            continue
        clean = _clean(value, depth + 1)
        if clean is value:
            continue
        if copy is None:
            copy = list(items)
        copy[index] = clean
    return items if copy is None else copy


def _clean_foreign(value: Any, depth: int) -> Any:  # noqa: ANN401 - whatever a caller put in
    """Turn an object that the encoder would open (a struct, a set) into plain values first."""
    try:
        plain = msgspec.to_builtins(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnencodableEventError(str(error)) from error
    if plain is value:
        raise UnencodableEventError(f"it holds a {type(value).__name__}")
    return plain if type(plain) in _LEAVES else _clean(plain, depth)
