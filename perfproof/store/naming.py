"""Names of baselines: checked once, so that no name ever becomes another path."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from perfproof.errors import UseError

__all__ = ["CURRENT", "SUFFIX", "is_name", "nearest", "require_name"]

CURRENT = "current"
"""Refers to the promoted baseline; never the name of one."""

SUFFIX = ".jsonl"

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


def is_name(text: str) -> bool:
    """Whether ``text`` may name a baseline."""
    return (
        _NAME.fullmatch(text) is not None
        and ".." not in text
        and text != CURRENT
        and not text.endswith((SUFFIX, ".json", "."))
    )


def require_name(text: str) -> None:
    """Refuse what may not name a baseline.

    Raises:
        UseError: Not lower-case letters, digits, ``.``, ``_`` and ``-``, too long, or reserved.
    """
    if is_name(text):
        return
    # The name itself may hold anything, a terminal's control codes among it.
    raise UseError(
        f"{text[:80]!a} is no name for a baseline",
        remedy=(
            "use 1 to 64 lower-case letters, digits, '.', '_' or '-', beginning with a letter or "
            f"digit, without '..' or a file's ending, and not '{CURRENT}'"
        ),
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean x?`` where something known is near, else what there is."""
    names = sorted(known)
    found = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if found:
        return f"did you mean {found[0]}?"
    return f"there are {', '.join(names[:10])}" if names else "save one first"
