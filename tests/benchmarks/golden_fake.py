"""A fake backend of the tests: speaks the wire protocol in this process, with faults at will."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from benchmarks.golden.client import Door
from benchmarks.golden.conversation import CRITICAL_EVENTS, STEPS

Frames = list[dict[str, Any]]
"""What a server says after a message: acknowledged, 15 events, answer."""
Spoil = Callable[[Frames], Frames]


def as_it_must_be(frames: Frames) -> Frames:
    return frames


def reply_to(user_id: str, message: dict[str, Any], emitted_at: float) -> Frames:
    """What a faultless server says to a message."""
    about = {"message_id": message["message_id"], "thread_id": message["thread_id"]}
    run_ids = [f"run-{step}-{about['message_id']}" for step in range(STEPS)]
    events: Frames = [
        {
            "type": kind,
            "user_id": user_id,
            "thread_id": about["thread_id"],
            "run_id": run_id,
            "sequence": number,
            "emitted_at": emitted_at,
            "payload": {},
        }
        for run_id in run_ids
        for number, kind in enumerate(CRITICAL_EVENTS, 1)
    ]
    return [
        {"type": "acknowledged", **about, "run_ids": run_ids},
        *events,
        {"type": "answer", **about, "text": "Yes."},
    ]


class FakeBackend:
    """Says what `spoil` makes of a faultless reply.

    `refuse` answers the first so many handshakes, `close_first` closes the first so many
    connections; `silent` says nothing but welcome.
    """

    def __init__(self, spoil: Spoil = as_it_must_be) -> None:
        self.spoil = spoil
        self.refuse: list[tuple[int, dict[str, str]]] = []
        self.close_first: list[int] = []
        self.silent = False
        self.connections: list[WSTransport] = []
        self.most_at_once = 0

    def end(self, transport: WSTransport, code: int) -> None:
        if not transport.is_disconnected:
            transport.send_close(WSCloseCode(code))
            transport.disconnect()

    def accept(self, request: WSUpgradeRequest) -> Any:
        if self.refuse:
            status, headers = self.refuse.pop(0)
            refusal = WSUpgradeResponse.create_error_response(status, b"{}", headers)
            return WSUpgradeResponseWithListener(refusal, None)
        user_id = request.headers["Authorization"].removeprefix("Bearer token of ")
        return _Connection(self, user_id)


class _Connection(WSListener):  # type: ignore[misc, unused-ignore]
    def __init__(self, backend: FakeBackend, user_id: str) -> None:
        super().__init__()
        self._backend = backend
        self._user_id = user_id

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self._backend.close_first:
            transport.send_close(WSCloseCode(self._backend.close_first.pop(0)))
            transport.disconnect()
            return
        self._backend.connections.append(transport)
        here = sum(not each.is_disconnected for each in self._backend.connections)
        self._backend.most_at_once = max(self._backend.most_at_once, here)
        _say(transport, {"type": "welcome", "user_id": self._user_id, "node": "fake-node"})

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            if not transport.is_close_frame_sent:
                transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type is WSMsgType.TEXT and not self._backend.silent:
            message = json.loads(frame.get_payload_as_bytes())
            for each in self._backend.spoil(reply_to(self._user_id, message, time.time())):
                _say(transport, each)


def _say(transport: WSTransport, frame: dict[str, Any]) -> None:
    transport.send(WSMsgType.TEXT, json.dumps(frame).encode())


@asynccontextmanager
async def listening(backend: FakeBackend, port: int = 0) -> AsyncIterator[Door]:
    """The fake on a port of its own, or on one that is reserved for it."""
    server = await ws_create_server(backend.accept, "127.0.0.1", port, backlog=1024)
    here = server.sockets[0].getsockname()[1]
    try:
        yield Door(f"ws://127.0.0.1:{here}/ws", lambda user_id: f"token of {user_id}")
    finally:
        server.close()
        for transport in backend.connections:
            transport.disconnect(False)
        await asyncio.sleep(0)
