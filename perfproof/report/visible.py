"""Untrusted text made harmless to look at: one line, nothing invisible, not endless.

Names of benchmarks, reasons of failed tests and last lines of child processes come from outside.
A newline in them would break a table, an escape sequence would drive the terminal, a
bidirectional control would show another name than the one that is there (CVE-2021-42574).
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["shorten_middle", "visible"]

_MOST = 2000
_DOTS = "…"
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
# Control, format (bidi among them), surrogate, private, unassigned, line and paragraph separator.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str, *, most: int = _MOST) -> str:
    """``text`` as one line on which every character can be seen.

    Args:
        text: Anything.
        most: Characters kept; a longer text loses its middle.

    Returns:
        The text with what is invisible written as ``<U+202E>``.
    """
    # Shortened first: a text of megabytes is not worth looking at character by character.
    return _UNPRINTABLE.sub(_seen, shorten_middle(text, most))


def _seen(match: re.Match[str]) -> str:
    character = match.group()
    if unicodedata.category(character) in _UNSEEN:
        return f"<U+{ord(character):04X}>"
    return character


def shorten_middle(text: str, width: int) -> str:
    """``text`` in at most ``width`` characters: the beginning and the end tell names apart.

    Raises:
        ValueError: ``width`` is below 1.
    """
    if width < 1:
        raise ValueError("a text needs at least one character")
    if len(text) <= width:
        return text
    # The end of a node id (test and parameters) says more than its folder: it gets the larger half.
    head = (width - 1) * 2 // 5
    tail = width - 1 - head
    return text[:head] + _DOTS + (text[-tail:] if tail else "")
