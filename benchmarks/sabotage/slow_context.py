"""Making a context takes 0.03 ms more: nobody would notice, but for a limit.

Check `context-creation-own` must see it, and check `improvement` that nothing was gained there.
"""

from benchmarks.sabotage.busy import spend
from system_under_test.context import UserExecutionContext
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


class _SlowContext(UserExecutionContext, frozen=True, kw_only=True, gc=False):
    def __post_init__(self) -> None:
        super().__post_init__()
        spend(0.000_03)


create_context = _SlowContext
