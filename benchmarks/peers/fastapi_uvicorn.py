"""A server on FastAPI and uvicorn: the connection manager of its tutorial, with users."""

import asyncio
import json
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Query, WebSocket, WebSocketDisconnect, WebSocketException, status

from benchmarks.peers.duty import announce, answer_to, event_of, obey, user_of, welcome_of


class ConnectionManager:
    """Who is connected, and the way to one user."""

    def __init__(self) -> None:
        self.users: dict[str, set[WebSocket]] = {}

    async def connect(self, user_id: str, websocket: WebSocket) -> None:
        """Accept a connection and welcome its user."""
        await websocket.accept()
        self.users.setdefault(user_id, set()).add(websocket)
        await websocket.send_text(json.dumps(welcome_of(user_id)))

    def disconnect(self, user_id: str, websocket: WebSocket) -> None:
        """Forget a connection."""
        self.users[user_id].discard(websocket)
        if not self.users[user_id]:
            del self.users[user_id]

    async def send(self, user_id: str, sequence: int) -> None:
        """Send the event with this number to one user."""
        text = json.dumps(event_of(user_id, sequence))
        for websocket in tuple(self.users.get(user_id, ())):
            await websocket.send_text(text)


app = FastAPI()
manager = ConnectionManager()


@app.websocket("/ws")
async def talk(websocket: WebSocket, token: Annotated[str | None, Query()] = None) -> None:
    """Serve one connection; without a valid token the handshake is refused with 403."""
    user_id = user_of(token)
    if user_id is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION, "no valid token")
    await manager.connect(user_id, websocket)
    try:
        while True:
            answer = answer_to(await websocket.receive_text())
            if answer is not None:
                await websocket.send_text(json.dumps(answer))
    except WebSocketDisconnect:
        pass  # how it ended is of no interest
    finally:
        manager.disconnect(user_id, websocket)


async def _serve() -> None:
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", access_log=False, ws_max_size=8_192
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    announce(server.servers[0].sockets[0].getsockname()[1])
    await obey(lambda: manager.users, manager.send)
    server.should_exit = True
    server.force_exit = True
    await serving


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve())
