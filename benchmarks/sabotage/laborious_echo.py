"""Every frame of a client is parsed forty times. Check `echo-cpu` must see it."""

from system_under_test.frames import read_frame
from system_under_test.readiness import Factories
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.server import BackendServer
from system_under_test.settings import ServerSettings
from system_under_test.socket_connection import SocketConnection


class _Laborious(BackendServer):
    def received(self, connection: SocketConnection, data: bytes) -> None:
        for _ in range(40):
            read_frame(data)
        super().received(connection, data)


def create_server(settings: ServerSettings, system: Factories) -> BackendServer:  # type: ignore[no-redef]
    """Return a server that reads everything forty times."""
    return _Laborious(settings, system)
