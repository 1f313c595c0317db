"""One believes the user that a message names, instead of the token. Check `tokens` must see it."""

from system_under_test.frames import ClientMessage, FrameError, read_frame
from system_under_test.readiness import Factories
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.server import BackendServer
from system_under_test.settings import ServerSettings
from system_under_test.socket_connection import SocketConnection


class _Believing(BackendServer):
    def received(self, connection: SocketConnection, data: bytes) -> None:
        try:
            frame = read_frame(data)
        except FrameError:
            frame = None
        if isinstance(frame, ClientMessage) and frame.user_id and self.path is not None:
            self.path.take(frame.user_id, frame)
        else:
            super().received(connection, data)


def create_server(settings: ServerSettings, system: Factories) -> BackendServer:  # type: ignore[no-redef]
    """Return a server whose users may speak for one another."""
    return _Believing(settings, system)
