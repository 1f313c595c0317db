"""One bridge takes no note of it when other nodes cannot be reached: its health is assumed.

Check `link-loss` must see it.
"""

from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


class _Unimpressed(AgentWebSocketBridge):
    def lose_link(self) -> None:
        """Go on as if nothing had happened."""


create_bridge = _Unimpressed
