"""How a raw client speaks to each kind of server."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

DATA: Final = "0123456789abcdef" * 4
_ECHO: Final = msgspec.json.encode({"type": "ping", "data": DATA})
_SOCKETIO_ECHO: Final = b"42" + msgspec.json.encode(["ping", {"data": DATA}])


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent and what is waited for.

    Attributes:
        path: The address, with `{token}` in it.
        replies: What to send when a frame begins with the key.
        ready: Part of the frame after which a connection is open for good.
        refused: How a frame begins that says no after the handshake, or None.
        echo: What is sent to be answered; the answer holds `DATA`.
    """

    path: str = "/ws?token={token}"
    replies: Mapping[bytes, bytes] = {}
    ready: bytes = b"welcome"
    refused: bytes | None = None
    echo: bytes = _ECHO


PLAIN: Final = Dialect()
# The packets of engine.io 4: 0 opens, 2 asks for a sign of life, 3 gives it; 40 joins a namespace,
# 44 says that one may not.
SOCKETIO: Final = Dialect(
    path="/socket.io/?EIO=4&transport=websocket&token={token}",
    replies=MappingProxyType({b"0{": b"40", b"2": b"3"}),
    refused=b"44",
    echo=_SOCKETIO_ECHO,
)

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType({"plain": PLAIN, "socketio": SOCKETIO})
