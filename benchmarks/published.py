"""The import paths that users were told, kept apart from the registry that must honour them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("published_paths.toml")


@dataclass(frozen=True, slots=True)
class Published:
    """What was published.

    Attributes:
        canonical: Public name to its path, `package.module:name`.
        deprecated: Old path to the public name that it forwards to.
    """

    canonical: Mapping[str, str]
    deprecated: Mapping[str, str]

    def modules(self) -> tuple[str, ...]:
        """Return the modules that public names live in, in order."""
        return tuple(sorted({path.partition(":")[0] for path in self.canonical.values()}))

    def names_of(self, module: str) -> tuple[str, ...]:
        """Return the public names that live in a module."""
        return tuple(
            name for name, path in self.canonical.items() if path.partition(":")[0] == module
        )


@cache
def published() -> Published:
    """Return the stored list."""
    return Published(**tomllib.loads(_FILE.read_text(encoding="utf-8")))
