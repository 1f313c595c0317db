"""The crowd in a process of its own: `python -m benchmarks.standing.client HOST PORT DIALECT`.

Each line of the standard input is one order in JSON, each line of the standard output its result:
`{"open": n}` opens n more connections, each of a user of its own; `{"echo": seconds}` has all of
them send, wait for the echo and send again, for so long and 20 times each at least; `{"count": n}`
waits until each has received n frames more than at the last count; `{"cut": true}` resets all.
"""

import asyncio
import os
import sys
import time
from typing import Final

import jwt
import msgspec
import uvloop

from benchmarks.peers.duty import AUDIENCE, SECRET_VARIABLE
from benchmarks.standing.connection import Line, open_line
from benchmarks.standing.dialects import DIALECTS, Dialect

_IN_FLIGHT: Final = 64
_ECHOES_A_LINE: Final = 20
_PATIENCE_SECONDS: Final = 30.0


class Order(msgspec.Struct, frozen=True):
    """One line of the standard input; exactly one field is given."""

    open: int | None = None
    echo: float | None = None
    count: int | None = None
    cut: bool = False


class Crowd:
    """All connections to one server."""

    def __init__(self, host: str, port: int, dialect: Dialect) -> None:
        self._host, self._port, self._dialect = host, port, dialect
        self._lines: list[Line] = []
        self._counted = 0
        self._made = 0

    async def carry_out(self, order: Order) -> dict[str, float]:
        """Return what an order led to."""
        if order.open is not None:
            return await self._open(order.open)
        if order.echo is not None:
            return await self._echo(order.echo)
        if order.count is not None:
            return await self._count(order.count)
        for line in self._lines:
            line.cut()
        self._lines.clear()
        self._counted = 0
        return {"open": 0}

    async def _open(self, number: int) -> dict[str, float]:
        tokens = [token_of(f"standing-{self._made + index:06d}") for index in range(number)]
        self._made += number
        tokens.reverse()

        async def opener() -> None:
            while tokens:
                token = tokens.pop()
                self._lines.append(await open_line(self._host, self._port, token, self._dialect))

        begin = time.perf_counter()
        await asyncio.gather(*(opener() for _ in range(min(_IN_FLIGHT, number))))
        return {"open": len(self._lines), "seconds": time.perf_counter() - begin}

    async def _echo(self, seconds: float) -> dict[str, float]:
        before = sum(line.echoes for line in self._lines)
        begin = time.perf_counter()
        for line in self._lines:
            line.echoing = True
            line.send_echo()
        await asyncio.sleep(seconds)
        # On a busy machine a short time may hold nearly nothing.
        wanted = before + _ECHOES_A_LINE * len(self._lines)
        while sum(line.echoes for line in self._lines) < wanted:
            if time.perf_counter() - begin > _PATIENCE_SECONDS:
                break
            await asyncio.sleep(0.01)
        broken = sum(not line.echoing for line in self._lines)
        for line in self._lines:
            line.echoing = False
        passed = time.perf_counter() - begin
        echoes = sum(line.echoes for line in self._lines) - before
        await asyncio.sleep(0.05)  # the last answers arrive and are not counted as events
        for line in self._lines:
            line.received = 0
        return {"echoes": echoes, "seconds": passed, "broken": broken}

    async def _count(self, number: int) -> dict[str, float]:
        self._counted += number
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while any(line.received < self._counted for line in self._lines):
                await asyncio.sleep(0.005)
        return {"received": sum(line.received for line in self._lines)}


def token_of(user_id: str) -> str:
    """Return a token of this user, good for ten minutes."""
    claims = {"sub": user_id, "aud": AUDIENCE, "exp": int(time.time()) + 600}
    return jwt.encode(claims, os.environ[SECRET_VARIABLE], algorithm="HS256")


async def _serve(host: str, port: int, dialect: Dialect) -> None:
    crowd = Crowd(host, port, dialect)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        try:
            said = await crowd.carry_out(msgspec.json.decode(line, type=Order))
        except Exception as error:  # noqa: BLE001, RUF100 - whatever it is, the measurement is told
            sys.stdout.write(
                msgspec.json.encode({"error": f"{type(error).__name__}: {error}"}).decode()
            )
        else:
            sys.stdout.write(msgspec.json.encode(said).decode())
        sys.stdout.write("\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1], int(sys.argv[2]), DIALECTS[sys.argv[3]]))
