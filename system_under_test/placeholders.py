r"""The rule for ids: an opaque token that is nobody's placeholder.

An id is 1 to 128 visible ASCII characters (`!` to `~`: no space, no control character), so a UUID
in any spelling, an e-mail address and `user_42` all are ids. ASCII only, because "the same but for
case" means one thing there. Refused, whatever their case, are the exact placeholders and everything
that starts with a placeholder prefix, however long: the length of a value says nothing about who
put it there.

`explain` is the rule, word by word; `ID_PATTERN` is the same rule for speed, and a test holds them
together.
"""

import re
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Final

from system_under_test.errors import InvalidContextError

ID_CHARACTERS: Final = 128

EXACT_PLACEHOLDERS: Final = frozenset(
    {
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
    }
)
PLACEHOLDER_PREFIXES: Final = (
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
)

# In the order in which they are asked: the later ones may rely on the earlier ones.
_RULES: Final[tuple[tuple[str, Callable[[str], object]], ...]] = (
    ("an id is not blank", lambda text: not text.strip()),
    (f"an id has at most {ID_CHARACTERS} characters", lambda text: len(text) > ID_CHARACTERS),
    (
        "an id is made of visible ASCII characters only",
        lambda text: not all("!" <= character <= "~" for character in text),
    ),
    (
        "this is a placeholder; pass the real id",
        lambda text: text.lower() in EXACT_PLACEHOLDERS,
    ),
    (
        "it starts with a placeholder's prefix; pass the real id",
        lambda text: text.lower().startswith(PLACEHOLDER_PREFIXES),
    ),
)


def explain(value: object) -> str | None:
    """Return the rule that `value` breaks as an id, or None when it is one."""
    if not isinstance(value, str):
        return f"an id is text, not {type(value).__name__}"
    return next((rule for rule, broken in _RULES if broken(value)), None)


def _line_pattern() -> str:
    """Return the pattern of one id and its newline, in lower case."""
    # Grouped by first character, a word that no placeholder starts like is passed at once.
    openings = sorted([*PLACEHOLDER_PREFIXES, *(f"{word}\n" for word in EXACT_PLACEHOLDERS)])
    groups = (
        f"{first}(?:{'|'.join(opening[1:] for opening in group)})"
        for first, group in groupby(openings, key=itemgetter(0))
    )
    return rf"(?!{'|'.join(groups)})[!-~]{{1,{ID_CHARACTERS}}}\n"


def is_id(value: object) -> bool:
    """Tell whether `explain` has nothing to say about `value`, quickly."""
    # isascii comes first: outside ASCII, lower() turns other characters into letters.
    return isinstance(value, str) and value.isascii() and bool(_matches(f"{value.lower()}\n"))


def check_id(field: str, value: object) -> None:
    """Raise `InvalidContextError` when `value` is no id."""
    if not is_id(value):
        raise InvalidContextError(field, value, str(explain(value)))


# Several ids are checked by one match: joined by newlines, which no id can hold, and in lower case.
ID_PATTERN: Final = _line_pattern()
_matches: Final = re.compile(ID_PATTERN).fullmatch
