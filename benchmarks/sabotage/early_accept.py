"""One accepts who comes too early, and closes with 1011.

Checks `handshakes` and `cold-start-1011` must see it.
"""

from typing import Any

from picows import WSCloseCode, WSListener, WSTransport, WSUpgradeRequest

from system_under_test.admission import Phase
from system_under_test.readiness import Factories
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.server import BackendServer
from system_under_test.settings import ServerSettings


class _Regret(WSListener):
    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send_close(WSCloseCode.INTERNAL_ERROR, b"not ready")
        transport.disconnect()


class _Hasty(BackendServer):
    def decide(self, request: WSUpgradeRequest) -> Any:  # noqa: ANN401 - picows takes any listener
        if self.readiness.phase()[0] is Phase.READY or not request.path.startswith(b"/ws"):
            return super().decide(request)
        return _Regret()


def create_server(settings: ServerSettings, system: Factories) -> BackendServer:  # type: ignore[no-redef]
    """Return a server that cannot wait."""
    return _Hasty(settings, system)
