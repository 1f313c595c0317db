"""One lets a user have any number of connections. Check `handshakes` must see it."""

from msgspec.structs import replace

from system_under_test.readiness import Factories
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.server import BackendServer
from system_under_test.settings import ServerSettings


def create_server(settings: ServerSettings, system: Factories) -> BackendServer:  # type: ignore[no-redef]
    """Return a server whose limit is never reached."""
    limits = replace(settings.limits, connections_per_user=1_000_000)
    return BackendServer(replace(settings, limits=limits), system)
