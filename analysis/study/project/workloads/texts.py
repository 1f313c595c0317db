"""Text: JSON, regular expressions, building and sorting of strings."""

import json
import re
from collections.abc import Callable

from .size import units

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2}) +(\w+): (.*)$")
_WORDS = ("pear", "apple", "fig", "quince", "plum", "cherry")


def prepare_json(count: int) -> Callable[[], int]:
    """One small object written and read again a unit."""
    objects = [{"id": 1234567, "name": "quince", "tags": ["a", "b"], "ok": True}] * units(count)

    def there_and_back() -> int:
        return len(json.loads(json.dumps(objects)))

    return there_and_back


def prepare_matching(count: int) -> Callable[[], int]:
    """One line matched and taken apart a unit."""
    lines = ("2026-11-22  worker: took 4 ms for 17 rows",) * units(count)

    def match() -> int:
        found = 0
        for line in lines:
            matched = _DATE.match(line)
            if matched is not None and matched.group(4) == "worker":
                found += 1
        return found

    return match


def prepare_strings(count: int) -> Callable[[], int]:
    """Six words sorted, joined and put into upper case a unit."""
    rows = (_WORDS,) * units(count)

    def build() -> int:
        parts = []
        for row in rows:
            parts.append(", ".join(sorted(row)).upper())
        return len("\n".join(parts))

    return build
