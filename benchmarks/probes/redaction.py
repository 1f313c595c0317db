"""No secret leaves in a payload, whatever its key is called and however deep it lies."""

from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from random import Random
from typing import Any, Final

from benchmarks.probes.trial import Trial, Wrong
from system_under_test.protocol import ReferenceSystem

SECRET_KEYS: Final = (
    "password",
    "Password",
    "user.password",
    "db_password",
    "token",
    "accessToken",
    "refresh_token",
    "X_AUTH_TOKEN",
    "api_key",
    "apiKey",
    "API-Key",
    "secret",
    "client_secret",
    "Authorization",
)
OPEN_KEYS: Final = ("query", "monkey", "keyboard", "message", "city", "Count", "passenger")
DEPTH: Final = 4


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one payload, up to four levels of mappings and lists deep."""
    for _ in range(count):
        yield partial(_payload, system, chance)


def _payload(system: ReferenceSystem, chance: Random) -> None:
    secrets: list[str] = []
    plain: list[str] = []
    payload = _mapping(chance, DEPTH, secrets, plain)
    before = deepcopy(payload)
    cleaned = system.encode_event(system.redact(payload)).decode()
    leaked = [secret for secret in secrets if secret in cleaned]
    if leaked:
        raise Wrong(f"{len(leaked)} of {len(secrets)} secrets left: {cleaned[:120]}")
    if any(value not in cleaned for value in plain):
        raise Wrong(f"what is no secret was taken out: {before!r}"[:200])
    if payload != before:
        raise Wrong("the payload itself was changed")


def _mapping(chance: Random, depth: int, secrets: list[str], plain: list[str]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key in chance.sample(OPEN_KEYS, chance.randint(1, 3)):
        mapping[key] = _value(chance, depth - 1, secrets, plain)
    for key in chance.sample(SECRET_KEYS, chance.choice((0, 0, 1, 2))):
        secret = f"{chance.getrandbits(64):016x}"
        secrets.append(secret)
        mapping[key] = chance.choice((secret, [secret], {"value": secret}))
    return mapping


def _value(chance: Random, depth: int, secrets: list[str], plain: list[str]) -> Any:  # noqa: ANN401 - any JSON
    kind = chance.randrange(4) if depth else 0
    if kind == 1:
        return _mapping(chance, depth, secrets, plain)
    if kind == 2:
        return [_value(chance, depth - 1, secrets, plain) for _ in range(chance.randint(1, 2))]
    text = f"{chance.getrandbits(64):016x}"
    plain.append(text)
    return text
