"""A TOML table into a frozen record, or one sentence that says what is wrong and where."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from perfproof.errors import SettingError

__all__ = ["nearest", "read_toml", "to_record"]

_Record = TypeVar("_Record", bound=msgspec.Struct)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        SettingError: The file cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise SettingError(
            f"cannot be read: {exc.strerror}", where=str(path), remedy="name a file that exists"
        ) from exc
    except UnicodeDecodeError as exc:
        raise SettingError("is not UTF-8 text", where=str(path)) from exc
    except tomllib.TOMLDecodeError as exc:
        raise SettingError(f"is not TOML: {exc}", where=str(path)) from exc


def to_record(kind: type[_Record], table: Mapping[str, Any], *, where: str) -> _Record:
    """The table as a record of ``kind``.

    Args:
        kind: A frozen struct; its fields are the keys that are known.
        table: What the file holds.
        where: File and table, for the message.

    Raises:
        SettingError: Unknown key (the nearest known one is named), or a value that is refused.
    """
    keys = kind.__struct_encode_fields__
    for key in table:
        if key not in keys:
            raise SettingError(
                f"unknown key '{key}'{nearest(key, keys)}",
                where=where,
                remedy=f"the keys are {', '.join(sorted(keys))}",
            )
    try:
        return msgspec.convert(dict(table), kind)
    except msgspec.ValidationError as exc:
        raise SettingError(f"refused: {exc}", where=where) from exc


def nearest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` where something known is near, else nothing."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean '{found[0]}'?)" if found else ""
