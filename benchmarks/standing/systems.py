"""The servers that are held beside each other."""

from typing import Final

import msgspec


class StandingSystem(msgspec.Struct, frozen=True):
    """One server.

    Attributes:
        name: What the table calls it.
        module: What `python -m` starts; it announces its port and obeys `{"send": n}`.
        dialect: How it is spoken to: a name of `DIALECTS`.
    """

    name: str
    module: str
    dialect: str = "plain"


SYSTEMS: Final = (
    StandingSystem("reference", "benchmarks.standing.reference_server"),
    StandingSystem("websockets", "benchmarks.peers.plain_websockets"),
    StandingSystem("FastAPI, uvicorn", "benchmarks.peers.fastapi_uvicorn"),
    StandingSystem("python-socketio", "benchmarks.peers.socketio_server", "socketio"),
)
