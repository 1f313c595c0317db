"""Metadata that cannot change and knows whose it is."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NoReturn

from system_under_test.errors import ContextIsolationError, InvalidContextError

# Deep enough for any record; a mapping that contains itself ends here and not in a stack overflow.
MAX_NESTING: Final = 16

_SCALARS: Final = frozenset({type(None), bool, int, float, str, bytes})


class UserMetadata(Mapping[str, object]):
    """A mapping of one user that is immutable all the way down.

    Values are None, bool, int, float, str and bytes, and mappings, lists, tuples and sets of them.
    What is given is
    copied: mappings become `UserMetadata` of the same user, lists become tuples, sets become
    frozensets.

    Args:
        user_id: Whose it is; None only for the empty mapping, which is everybody's.
        entries: What to copy.
        field: Where the metadata stands, for messages.

    Raises:
        ContextIsolationError: Something in `entries` belongs to another user.
        InvalidContextError: Something in `entries` could be changed later, or is nested too deep.
    """

    __slots__ = ("_entries", "user_id")

    _entries: Mapping[str, object]
    user_id: str | None

    def __init__(
        self, user_id: str | None, entries: Mapping[str, object], *, field: str = "metadata"
    ) -> None:
        frozen = {
            key: _frozen(value, user_id, f"{field}.{key}", 1) for key, value in entries.items()
        }
        _check_keys(frozen, field)
        object.__setattr__(self, "user_id", user_id)
        object.__setattr__(self, "_entries", MappingProxyType(frozen))

    def __getitem__(self, key: str) -> object:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        return f"UserMetadata({dict(self._entries)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return UserMetadata, (self.user_id, dict(self._entries))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"metadata cannot be changed ({name}); make a child context instead")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"metadata cannot be changed ({name}); make a child context instead")


def refuse_foreign(value: object, user_id: str | None, where: str) -> None:
    """Raise `ContextIsolationError` when `value` says that it belongs to another user."""
    owner = getattr(value, "user_id", None)
    if isinstance(owner, str) and owner != user_id:
        raise ContextIsolationError(where, owner, str(user_id))


def _check_keys(entries: Mapping[str, object], where: str) -> None:
    for key in entries:
        if type(key) is not str or not key:
            raise InvalidContextError(where, key, "keys of metadata are non-empty text")


def _frozen(value: object, user_id: str | None, where: str, depth: int) -> object:
    """Return an immutable copy of one metadata value."""
    if type(value) in _SCALARS:
        return value
    refuse_foreign(value, user_id, where)
    if depth > MAX_NESTING:
        raise InvalidContextError(where, "...", f"metadata nests at most {MAX_NESTING} deep")
    if isinstance(value, UserMetadata):
        return value
    if isinstance(value, Mapping):
        return _frozen_mapping(value, user_id, where, depth)
    if isinstance(value, (list, tuple)):
        return tuple(
            _frozen(item, user_id, f"{where}[{index}]", depth + 1)
            for index, item in enumerate(value)
        )
    if isinstance(value, (set, frozenset)):
        return frozenset(_frozen(item, user_id, f"{where}{{}}", depth + 1) for item in value)
    rule = f"a {type(value).__name__} could be changed later; pass its text or its plain values"
    raise InvalidContextError(where, value, rule)


def _frozen_mapping(
    value: Mapping[str, object], user_id: str | None, where: str, depth: int
) -> UserMetadata:
    frozen = {
        key: _frozen(item, user_id, f"{where}.{key}", depth + 1) for key, item in value.items()
    }
    return UserMetadata(user_id, frozen, field=where)


EMPTY_METADATA: Final = UserMetadata(None, {})
