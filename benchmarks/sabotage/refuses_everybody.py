"""One refuses everybody, so that nothing can go wrong.

Checks `handshakes` and `cold-start-refusals` must see it.
"""

from http import HTTPStatus
from typing import Any

from picows import WSUpgradeRequest

from system_under_test.admission import Refusal
from system_under_test.plain_http import refusal_answer
from system_under_test.readiness import Factories
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.server import BackendServer
from system_under_test.settings import ServerSettings


class _Closed(BackendServer):
    def decide(self, request: WSUpgradeRequest) -> Any:  # noqa: ANN401 - of picows
        if not request.path.startswith(b"/ws"):
            return super().decide(request)
        reason = "the server is starting; try again"
        return refusal_answer(Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", reason, 1.0))


def create_server(settings: ServerSettings, system: Factories) -> BackendServer:  # type: ignore[no-redef]
    """Return a server that never closes a connection with 1011, having none."""
    return _Closed(settings, system)
