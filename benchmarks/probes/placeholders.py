"""No placeholder passes for an id, in any spelling and any field; real ids pass."""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any, Final
from uuid import UUID

from benchmarks.probes.trial import Trial, Wrong, expect_refusal
from system_under_test.protocol import ReferenceSystem

FIELDS: Final = ("user_id", "thread_id", "run_id")
EXACT: Final = [
    "registry",
    "placeholder",
    "default",
    "temp",
    "none",
    "null",
    "undefined",
    "0",
    "1",
    "xxx",
    "yyy",
    "example",
    "test",
    "demo",
    "sample",
    "template",
    "mock",
    "fake",
    "dummy",
]
PREFIXES: Final = [
    "placeholder_",
    "registry_",
    "temp_",
    "example_",
    "demo_",
    "sample_",
    "template_",
    "mock_",
    "fake_",
    "default_",
]
NO_IDS: Final[tuple[Any, ...]] = ("", " ", "\t\n", None, 42, b"user-42", ["user-42"], True)

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one context: two ids are sound, the third is drawn."""
    makers = (_exact, _prefixed, _prefixed, _no_id)
    for _ in range(count):
        field = chance.choice(FIELDS)
        if chance.random() < 0.25:
            yield partial(_accepts, system, field, _real(chance))
        else:
            yield partial(_refuses, system, field, chance.choice(makers)(chance))


def _context(system: ReferenceSystem, field: str, value: Any) -> Any:  # noqa: ANN401 - whatever there is
    return system.create_context(
        **{"user_id": "user-7f3a9c", "thread_id": "thread-51b2", "run_id": "run-c0ff", field: value}
    )


def _refuses(system: ReferenceSystem, field: str, value: object) -> None:
    refusal = system.errors()["invalid_context"]
    expect_refusal(refusal, lambda: _context(system, field, value), f"{field} {value!r}")


def _accepts(system: ReferenceSystem, field: str, value: str) -> None:
    if getattr(_context(system, field, value), field) != value:
        raise Wrong(f"{field} {value!r} was changed")


def _exact(chance: Random) -> object:
    return _in_some_case(chance, chance.choice(EXACT))


def _prefixed(chance: Random) -> object:
    tail = "".join(chance.choices(_LETTERS, k=chance.randint(0, 60)))
    return _in_some_case(chance, chance.choice(PREFIXES)) + tail


def _no_id(chance: Random) -> object:
    return chance.choice(NO_IDS)


def _real(chance: Random) -> str:
    """Return an id as systems make them; most hold a placeholder's word somewhere inside."""
    token = f"{chance.getrandbits(64):016x}"
    return chance.choice(
        (
            str(UUID(int=chance.getrandbits(128), version=4)),
            f"user_{token}",
            f"{token}@example.com",
            f"contest-{token}",
            f"x-default_{token}",
            f"1{token}",
        )
    )


def _in_some_case(chance: Random, word: str) -> str:
    return "".join(chance.choice((letter.lower(), letter.upper())) for letter in word)
