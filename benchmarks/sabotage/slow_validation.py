"""Stopping a bridge waits 0.85 s, so that the whole validation takes longer than the document's.

No other figure holds a stop. Checks `whole-validation` and `whole-validation-own` must see it.
"""

from benchmarks.sabotage.busy import wait
from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


class _SlowToStop(AgentWebSocketBridge):
    def stop(self) -> int:
        wait(0.85)
        return super().stop()


create_bridge = _SlowToStop
