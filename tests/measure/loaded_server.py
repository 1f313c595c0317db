"""A real server with planted behaviour, for the load driver: echoes over WebSocket or HTTP.

Started as a script; its one thread stands still for ``--stall`` seconds in every ``--every``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time

import aiohttp
from aiohttp import web


def every(count: int, number: int) -> bool:
    return bool(count) and number % count == 0


class Planted:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.number = self.events = self.answers = 0
        self.links: dict[int, web.WebSocketResponse] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.transports: dict[web.WebSocketResponse, asyncio.WriteTransport] = {}

    async def answer(self, text: str) -> str | None:
        """What is said to a message; nothing to a mute one."""
        options = self.options
        self.number += 1
        number = self.number
        if options.delay:
            await asyncio.sleep(options.delay)
        if options.work:
            time.sleep(options.work)
        if every(options.mute_every, number):
            return None
        if every(options.refuse_every, number):
            return f'{{"type":"error","reason":"busy","to":{text}}}'
        return f'{{"type":"answer","to":{text}}}'

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if self.options.token and request.headers.get("Authorization") not in {
            f"Bearer {self.options.token}-{n}" for n in range(100)
        }:
            raise web.HTTPUnauthorized
        link = web.WebSocketResponse()
        await link.prepare(request)
        assert isinstance(request.transport, asyncio.WriteTransport)
        self.transports[link] = request.transport
        who = int(request.query.get("who", len(self.links)))
        self.links[who] = link
        async for message in link:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            # Each message at once: a delay is one of every request, not of the connection.
            task = asyncio.create_task(self.reply(who, message.data))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return link

    async def reply(self, who: int, text: str) -> None:
        link, options = self.links[who], self.options
        other = self.links[(who + 1) % len(self.links)]
        with contextlib.suppress(ConnectionError):
            answer = await self.answer(text)
            self.events += 1
            if not every(options.lose_event_every, self.events):
                away = every(options.misdeliver_event_every, self.events)
                await (other if away else link).send_str(f'{{"type":"event","user":"user-{who}."}}')
            if answer is not None:
                self.answers += 1
                away = every(options.misdeliver_every, self.answers)
                await (other if away else link).send_str(answer)
            if options.drop_after and self.number >= options.drop_after:
                await link.close(code=1011, message=b"planted")
            if options.abort_after and self.number >= options.abort_after:
                self.transports[link].abort()

    async def page(self, request: web.Request) -> web.Response:
        answer = await self.answer((await request.text()) or "null")
        if answer is None:
            await asyncio.sleep(60)
        status = 503 if answer and "error" in answer else 200
        return web.Response(text=answer or "", status=status)

    async def stall(self) -> None:
        while True:
            await asyncio.sleep(self.options.every - self.options.stall)
            time.sleep(self.options.stall)


async def serve(options: argparse.Namespace) -> None:
    planted = Planted(options)
    app = web.Application()
    app.add_routes([web.get("/ws", planted.socket), web.route("*", "/", planted.page)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", options.port).start()
    print("listening", flush=True)
    if options.stall:
        await planted.stall()
    await asyncio.sleep(600)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--stall", type=float, default=0.0)
    parser.add_argument("--every", type=float, default=1.0)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--work", type=float, default=0.0)
    parser.add_argument("--refuse-every", type=int, default=0)
    parser.add_argument("--mute-every", type=int, default=0)
    parser.add_argument("--drop-after", type=int, default=0)
    parser.add_argument("--abort-after", type=int, default=0)
    parser.add_argument("--misdeliver-every", type=int, default=0)
    parser.add_argument("--misdeliver-event-every", type=int, default=0)
    parser.add_argument("--lose-event-every", type=int, default=0)
    parser.add_argument("--token")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
