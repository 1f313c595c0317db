"""Every tenth context is kept somewhere and never let go.

Check `no-leak` must see it.
"""

from itertools import count

from system_under_test.context import UserExecutionContext
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

_made = count(1)
_kept: list[UserExecutionContext] = []


class _Kept(UserExecutionContext, frozen=True, kw_only=True, gc=False):
    def __post_init__(self) -> None:
        super().__post_init__()
        if next(_made) % 10 == 0:
            _kept.append(self)


create_context = _Kept
