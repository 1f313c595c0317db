"""The reference server, led by the lines that lead the peers; see `benchmarks.peers.duty`.

It is the server itself with its own admission, manager and encoder, on a SQLite file of its own.
"""

import gc
import os
import tempfile
import time
from pathlib import Path

import uvloop

from benchmarks.choice import default_system
from benchmarks.peers.duty import AUDIENCE, SECRET_VARIABLE, announce, event_of, obey
from system_under_test.events import AgentEvent, EventType
from system_under_test.protocol import load_system
from system_under_test.server import BackendServer
from system_under_test.settings import ServerSettings

_PAYLOAD = event_of("", 0)["payload"]


async def _serve(folder: Path) -> None:
    settings = ServerSettings(
        token_secret=os.environ[SECRET_VARIABLE],
        token_audience=AUDIENCE,
        port=0,
        database_url=f"sqlite:///{folder / 'backend.sqlite3'}",
    )
    system = load_system(default_system())
    server: BackendServer = system.create_server(settings, system)
    await server.open()
    await server.ready.wait()
    gc.collect()
    gc.freeze()  # as `python -m system_under_test` does
    services = server.readiness.services
    assert services is not None
    manager = services.manager

    def users() -> set[str]:
        return {connection.identity.user_id for connection in server.connections}

    async def send(user_id: str, sequence: int) -> None:
        event = AgentEvent(
            type=EventType.TOOL_COMPLETED,
            user_id=user_id,
            thread_id="thread-5f3a9c",
            run_id="run-8b1d44",
            sequence=sequence,
            emitted_at=time.time(),
            payload=_PAYLOAD,
        )
        manager.send(user_id, event)

    announce(server.address[1])
    await obey(users, send)
    await server.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        uvloop.run(_serve(Path(name)))
