"""The nine states of an execution and its legal moves, as promised to users.

Written out here once more, so that a system is held against the promise and not against itself.
"""

from collections.abc import Mapping
from typing import Final

TERMINAL: Final = ("completed", "failed", "timeout", "dead", "cancelled")

LEGAL: Final[Mapping[str, tuple[str, ...]]] = {
    "pending": ("starting", "running", "failed", "timeout", "cancelled"),
    "starting": ("running", "failed", "timeout", "dead", "cancelled"),
    "running": ("completing", "completed", "failed", "timeout", "dead", "cancelled"),
    "completing": ("completed", "failed", "timeout", "dead", "cancelled"),
    **dict.fromkeys(TERMINAL, ()),
}

MOVES: Final = tuple((current, target) for current, targets in LEGAL.items() for target in targets)

# A way from the first state to each one.
WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "pending": (),
    "starting": ("starting",),
    "running": ("running",),
    "completing": ("running", "completing"),
    **{end: ("running", end) for end in TERMINAL},
}
